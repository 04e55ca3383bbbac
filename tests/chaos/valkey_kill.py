"""A Valkey that is killed again and again under load in; losses, and the seconds until it ingests again, out."""

from __future__ import annotations

import random
import time

import redis

from common import keys
from common.keys import Shard
from tests.chaos.rig import Loss, Rig, Valkey, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE

RATE = 1_000.0
#: From the start of Valkey to the first flush that it took.
MOST_SECONDS = 5.0


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """SIGKILL, then start; the control has no append-only file."""
    kills = 4 if quick else 30
    kept, slowest = _killed(rig_factory, kills, [])
    gone, _ = _killed(rig_factory, 2, ["appendonly no"])
    return Outcome(
        f"{kills} kills at {RATE:,.0f} events/s: {kept}; ingesting again within {slowest:.1f} s",
        f"appendonly no, 2 kills: {gone.lost:,} lost",
        kept.none and slowest < MOST_SECONDS and gone.lost > 0,
    )


def _killed(rig_factory: RigFactory, kills: int, extra: list[str]) -> tuple[Loss, float]:
    slowest = 0.0
    with rig_factory() as rig:
        server = rig.valkey(extra)
        rig.collector()
        loads = [rig.send(RATE), rig.send(RATE / 10, 10, ids=False, retry=False)]
        for _ in range(kills):
            time.sleep(0.6 + random.random())
            server.kill()
            time.sleep(random.random())
            slowest = max(slowest, _ingests(rig, server))
        time.sleep(0.5)
        return rig.loss(*(load.finish() for load in loads)), slowest


def _ingests(rig: Rig, server: Valkey) -> float:
    """Start it; the seconds until a flush raised the day's revision."""
    begun = time.monotonic()
    server.start()
    with server.client() as client:
        loaded = _revision(rig, client)
        wait_for(lambda: _revision(rig, client) > loaded, 60, "nothing is ingested")
    return time.monotonic() - begun


def _revision(rig: Rig, client: redis.Redis) -> int:
    """Flushes that touched the days of this run."""
    return sum(int(client.hget(Shard(SITE).daily(day), keys.REVISION) or 0) for day in rig.days())
