"""Primaries of a real cluster that are killed in turn under load in; losses, and how long nobody took flushes, out.

Before each kill the primary's replica is held for a moment, so that it takes over without the last writes for certain.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from common.shards import shards
from tests.chaos.clustered import SHARDS, clustered, follower, hold, let_go
from tests.chaos.rig import SITE, Loss, Rig
from tests.chaos.scenario import Outcome, RigFactory

RATE = 1_000.0
#: From the kill to the first flush that each shard of the dead primary takes.
MOST_SECONDS = 15.0
#: For how long a replica has got nothing when its primary dies, in s.
_BEHIND = 0.7


class Survived(NamedTuple):
    """What came of it."""

    loss: Loss
    slowest: float
    behind: int  #: flushes that replicas had not got


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """SIGKILL of a primary; it comes back as a replica. The control's journal forgets what is applied at once."""
    collectors, kills = (2, 2) if quick else (4, 10)
    with rig_factory() as rig:
        kept = _killed(rig, collectors, kills)
    with rig_factory() as rig:
        gone = _killed(rig, collectors, 2, keep=0.0)
    return Outcome(
        f"{kills} kills of a primary, {collectors} collectors, {SHARDS} shards, {RATE:,.0f} events/s: {kept.loss}; on "
        f"again within {kept.slowest:.1f} s, {kept.behind} flushes written again",
        f"a journal that forgets at once, 2 kills: {gone.loss.lost:,} lost",
        kept.loss.none and kept.slowest < MOST_SECONDS and kept.behind > 0 and gone.loss.lost > 0,
    )


def _killed(rig: Rig, collectors: int, kills: int, keep: float | None = None) -> Survived:
    slowest, behind = 0.0, 0
    with clustered(rig, 1, collectors, keep) as place:
        cluster = place.cluster
        loads = [rig.send(RATE), rig.send(RATE / 10, 10, ids=False, retry=False)]
        place.take(shards(SITE, SHARDS), 20)
        for turn in range(kills):
            time.sleep(0.5)
            shard = shards(SITE, SHARDS)[turn % SHARDS]
            victim = cluster.node_of(shard.state())
            replica, owned = follower(cluster, victim), place.shards_of(victim)
            hold(victim, replica, shard)
            time.sleep(_BEHIND)
            before = place.revision(shard)
            victim.kill()
            begun = time.monotonic()
            let_go(replica)
            time.sleep(0.3)  # it reads what the kernel still had for it
            behind += before - place.revision(shard, replica)
            place.take(owned, 60)
            slowest = max(slowest, time.monotonic() - begun)
            victim.start()
            cluster.settled()
        return Survived(rig.loss(*(load.finish() for load in loads), url=cluster.url), slowest, behind)
