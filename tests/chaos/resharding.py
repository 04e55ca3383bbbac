"""Slots of a real cluster that move from node to node under load in; losses, and what a plain client would lose, out.

A slot moves with the keys of a shard in it: key by key, while scripts that touch several of them come in, and in turn
as Valkey 9 moves it by itself, at once.
"""

from __future__ import annotations

import random
import threading
import time
from typing import NamedTuple

import redis
from redis.crc import key_slot

from common.keys import Shard
from common.shards import shards
from tests.chaos.clustered import SHARDS, Clustered, clustered
from tests.chaos.rig import SITE, Loss
from tests.chaos.scenario import Outcome, RigFactory

RATE = 1_000.0
#: Between two keys of a slot that moves key by key, in s: scripts come in while some are here and some are there.
_PAUSE = 0.1


class Moved(NamedTuple):
    """What came of it."""

    loss: Loss
    slowest: float
    tried: int  #: writes of a plain client
    refused: int  #: those of them that nobody took


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control writes where the slots were at first, and tries nothing again."""
    collectors, moves = (2, 6) if quick else (4, 60)
    with rig_factory() as rig, clustered(rig, 0, collectors) as place:
        found = _move(place, moves)
    return Outcome(
        f"{moves} slots moved, each with a shard of {SHARDS}, {collectors} collectors, {RATE:,.0f} events/s: "
        f"{found.loss}; a shard was on again within {found.slowest:.1f} s",
        f"a client that tries nothing again: {found.refused:,} of {found.tried:,} writes lost",
        found.loss.none and found.refused > 0,
    )


def _move(place: Clustered, moves: int) -> Moved:
    draw, slowest = random.Random(1), 0.0
    load = place.rig.send(RATE)
    place.take(shards(SITE, SHARDS), 20)
    with _Naive(place) as naive:
        for turn in range(moves):
            shard = shards(SITE, SHARDS)[turn % SHARDS]
            source = place.cluster.node_of(shard.state())
            target = draw.choice([node for node in place.cluster.nodes if node is not source])
            begun = time.monotonic()
            slot = key_slot(shard.state().encode())
            if turn % 2:
                place.cluster.move_at_once(slot, target)
            else:
                place.cluster.move(slot, target, _PAUSE)
            place.take([shard], 60)
            slowest = max(slowest, time.monotonic() - begun)
    return Moved(place.rig.loss(load.finish(), url=place.cluster.url), slowest, naive.tried, naive.refused)


class _Naive:
    """Writes to each shard's slot where that was, every few ms, in a thread of its own."""

    def __init__(self, place: Clustered) -> None:
        self.tried = self.refused = 0
        self._ends = threading.Event()
        self._known = [(shard, place.cluster.node_of(shard.state())) for shard in shards(SITE, SHARDS)]
        self._thread = threading.Thread(target=self._write, name="naive", daemon=True)

    def __enter__(self) -> _Naive:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(10)

    def _write(self) -> None:
        clients = [(shard, node.client) for shard, node in self._known]
        while not self._ends.wait(0.02):
            for shard, client in clients:
                self.tried += 1
                try:
                    client.incr(_counter(shard))
                except redis.ResponseError:  # MOVED, ASK
                    self.refused += 1
        for _, client in clients:
            client.close()


def _counter(shard: Shard) -> str:
    return shard.shadow(shard.state(), "naive")
