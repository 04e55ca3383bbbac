"""One batch, sent 100 times to four collectors that are restarted meanwhile, and a day later, in; its count out."""

from __future__ import annotations

import asyncio
import json
import random
from typing import NamedTuple

import redis

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common.keys import Shard
from common.raw import read_day
from tests.chaos.clock import DAY, HOUR, MINUTE, Clock, midnight
from tests.chaos.process import Collector
from tests.chaos.rig import Rig
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE, Connection

OTHER = "other.example"
COLLECTORS, COPIES, EVENTS = 4, 100, 5
IDS = 100_000
MOST_BYTES = 12.0


class Seen(NamedTuple):
    """Events counted."""

    same_day: int
    next_day: int  #: after the same batch had come a day later, too
    other: int  #: of the other site, which sent the same id


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control is the same batch without its id."""
    kept, free = _send(rig_factory, "same", 2 if quick else 8), _send(rig_factory, None, 0)
    with rig_factory() as rig, rig.valkey().client() as client:
        size = _bytes_an_id(client, IDS // 10 if quick else IDS)
    return Outcome(
        f"{EVENTS} events sent {COPIES} times to {COLLECTORS} collectors: {kept.same_day} counted, {kept.next_day} "
        f"after the same a day later; another site with the same id: {kept.other}; {size:.1f} B an id",
        f"without an id {free.next_day} counted",
        kept == Seen(EVENTS, EVENTS, EVENTS) and free.next_day == 2 * COPIES * EVENTS and size <= MOST_BYTES,
    )


def _send(rig_factory: RigFactory, batch: str | None, restarts: int) -> Seen:
    with rig_factory() as rig:
        clock = Clock(rig.folder, midnight() + 12 * HOUR)
        rig.valkey(environ=clock.environ)
        # A folder each, as on machines of their own: in a common one a starting collector first waits for the others.
        environ = clock.environ | {"FOOTFALL_SITES": f"{SITE},{OTHER}"}
        collectors = [
            rig.collector(number, environ | {"FOOTFALL_DATA": str(rig.data / str(number))})
            for number in range(COLLECTORS if batch else 2)
        ]
        first = clock.now
        _copies(rig, collectors, batch, 0, restarts)
        same_day = _counted(rig, SITE, first)
        asyncio.run(_post(collectors[1], OTHER, batch, 0))
        clock.advance(DAY - MINUTE)
        _copies(rig, collectors, batch, clock.now - first, 0)
        return Seen(same_day, _counted(rig, SITE, first), _counted(rig, OTHER, first))


def _copies(rig: Rig, collectors: list[Collector], batch: str | None, age: int, restarts: int) -> None:
    """To the collectors in turn, which are restarted in turn meanwhile: by SIGTERM, then after a SIGKILL, ..."""
    for number in range(COPIES):
        asyncio.run(_post(collectors[number % len(collectors)], SITE, batch, age))
        if restarts and number % (COPIES // restarts) == COPIES // restarts - 1:
            turn = number // (COPIES // restarts)
            if turn % 2:
                collectors[turn % len(collectors)].kill()
            collectors[turn % len(collectors)].restart()
    rig.settle()


async def _post(collector: Collector, site: str, batch: str | None, age: int) -> None:
    """The same events, as an age that makes them the same moment."""
    events = [{"pathname": f"/{n}", "hostname": site, "age": age} for n in range(EVENTS)]
    body = {"site": site, "events": events} | ({"batch": batch} if batch else {})
    connection = Connection("127.0.0.1")
    status, _ = await connection.post(collector.target, json.dumps(body).encode())
    connection.close()
    assert status == 202


def _counted(rig: Rig, site: str, first: int) -> int:
    rig.settle()
    day = first // DAY + 719_163
    with rig.valkey().client() as client:
        return sum(len(read_day(client, Shard(site), near)) for near in (day, day + 1))


def _bytes_an_id(client: redis.Redis, count: int) -> float:
    """Memory of a state hash with nothing but ids of one day."""
    shard, flusher, draw = Shard("ids.example"), Flusher(client, "ids"), random.Random(8)
    for first in range(1, count, 500):
        batches = [Batch(shard.site, "UTC", DAY, draw.getrandbits(64), []) for _ in range(500)]
        flusher.apply(shard, [Numbered(first + n, batch) for n, batch in enumerate(batches)], DAY)
    return float(client.memory_usage(shard.state(), samples=0)) / count
