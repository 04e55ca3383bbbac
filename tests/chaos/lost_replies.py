"""Proxies that lose one in ten replies of Redis and of the collector in; counted events by true ones out."""

from __future__ import annotations

import time
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.chaos.dropper import Dropper
from tests.chaos.rig import Loss
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import Target

RATE = 1_000.0
SHARE = 0.1


class Counts(NamedTuple):
    """What was made and what was counted."""

    loss: Loss
    made: int
    counted: int
    redis: str  #: replies of Redis that were lost, of how many
    http: str

    @property
    def ratio(self) -> float:
        """Counted events by true ones."""
        return self.counted / self.made


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """Batches with ids, then, as the control, single events without."""
    kept = _losing(rig_factory, 4.0 if quick else 30.0, ids=True)
    free = _losing(rig_factory, 2.0 if quick else 5.0, ids=False)
    return Outcome(
        f"counted / true = {kept.ratio:.6f} ({kept.loss}; replies lost: Redis {kept.redis}, HTTP {kept.http})",
        f"without ids {free.ratio:.6f}",
        kept.loss.none and kept.counted == kept.made and free.counted > free.made,
    )


def _losing(rig_factory: RigFactory, seconds: float, ids: bool) -> Counts:
    with rig_factory() as rig:
        url = urlsplit(rig.valkey().url)
        with Dropper(Target("127.0.0.1", url.port or 0), SHARE) as redis:
            through = url._replace(netloc=f":{url.password}@{redis.listens.host}:{redis.listens.port}").geturl()
            collector = rig.collector(environ={"FOOTFALL_REDIS_URL": through})
            with Dropper(collector.target, SHARE) as http:
                load = rig.send(RATE, targets=[http.listens], ids=ids, batch=5 if ids else 1)
                time.sleep(seconds)
                sent = load.finish()
            redis.share = 0.0
            loss = rig.loss(sent)
            counted = rig.counted().rows.total()
            return Counts(loss, len(sent.made), counted, str(redis), str(http))
