"""A Valkey that is killed again and again under load in; losses, and the seconds until it ingests again, out."""

from __future__ import annotations

import random
import time

from tests.chaos.rig import Loss
from tests.chaos.scenario import Outcome, RigFactory

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
            begun = time.monotonic()
            server.start()
            rig.ingests()
            slowest = max(slowest, time.monotonic() - begun)
        time.sleep(0.5)
        return rig.loss(*(load.finish() for load in loads)), slowest
