"""A collector killed again and again under load in; what was acknowledged and is missing, or counted twice, out."""

from __future__ import annotations

import random
import shutil
import time

from tests.chaos.rig import Loss
from tests.chaos.scenario import Outcome, RigFactory

RATE = 1_000.0


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """SIGKILL in turn the collector alone and with its flusher; the control also takes its journal away."""
    kills = 4 if quick else 30
    kept = _killed(rig_factory, kills, forget=False)
    gone = _killed(rig_factory, 3, forget=True)
    return Outcome(
        f"{kills} kills at {RATE:,.0f} events/s: {kept}",
        f"journal deleted at each of 3 kills: {gone.lost:,} lost",
        kept.none and gone.lost > 0,
    )


def _killed(rig_factory: RigFactory, kills: int, forget: bool) -> Loss:
    with rig_factory() as rig:
        # Flushing every 0.9 s keeps part of what was acknowledged in the journal alone, at any moment.
        collector = rig.collector(environ={"FOOTFALL_FLUSH_SECONDS": "0.9"})
        loads = [rig.send(RATE), rig.send(RATE / 10, 10, ids=False, retry=False)]
        for turn in range(kills):
            time.sleep(0.6 + random.random())
            collector.kill(tree=forget or turn % 2 == 0)
            if forget:
                shutil.rmtree(rig.data / "journal")
            collector.restart()
        time.sleep(0.5)
        return rig.loss(*(load.finish() for load in loads))
