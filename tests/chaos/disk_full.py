"""Disks and a memory that fill up under load in; whether every 202 was kept, and how long recovery took, out.

Journal and append-only file lie on one disk in most installations, but either may be full alone. The server is the
embedded one: `appendfsync always` makes Valkey end when it cannot write, and its keeper has to bring it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import redis

from common.valkey import ServerFolder
from tests.chaos.disk import Disk
from tests.chaos.rig import Loss, Rig, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import Load

RATE = 500.0
#: Answers to requests that were written before the disk was full may still be under way for this many s.
MARGIN = 0.3
#: A full disk is found to be free again within this many s, without anybody's help.
MOST_SECONDS = 30.0


class Phase(NamedTuple):
    """What clients saw while something was full, and how long it took afterwards."""

    accepted: int
    refused: int
    bare: int  #: refusals without Retry-After
    seconds: float  #: from freed until something is accepted, and something is counted


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """Journal, append-only file, both, and memory full, one after the other under one load."""
    full = 1.0 if quick else 6.0
    with rig_factory() as rig:
        disk = Disk(rig.folder)
        rig.collector(environ=disk.environ() | {"FOOTFALL_REDIS_URL": ""})
        load = rig.send(RATE)
        time.sleep(0.5)
        journal = _full(rig, load, full, *_filling(disk, "journal"))
        file = _full(rig, load, full, *_filling(disk, "appendonlydir"))
        both = _full(rig, load, full, *_filling(disk, "journal", "appendonlydir"))
        memory = _full(rig, load, full, lambda: _memory(rig, "1"), lambda: _memory(rig, "0"))
        kept = rig.loss(load.finish(), url=_url(rig))
    lied, evicted = _lying(rig_factory), _evicting(rig_factory)
    phases = [journal, file, both, memory]
    slowest = max(phase.seconds for phase in phases)
    passed = (
        kept.none
        and journal.accepted == both.accepted == sum(phase.bare for phase in phases) == 0
        and min(journal.refused, both.refused, file.accepted, memory.accepted) > 0
        and slowest < MOST_SECONDS
    )
    return Outcome(
        f"journal full: {journal.refused} x 503, {journal.accepted} x 202; AOF full: {file.accepted} x 202; "
        f"both: {both.refused} x 503, {both.accepted} x 202; maxmemory: {memory.accepted} x 202; {kept}; "
        f"recovered within {slowest:.1f} s",
        f"a disk that drops writes silently {lied.lost:,} lost, allkeys-lru {evicted.lost:,} lost",
        passed and lied.lost > 0 and evicted.lost > 0,
    )


def _full(rig: Rig, load: Load, seconds: float, fill: Callable[[], None], free: Callable[[], None]) -> Phase:
    begun = time.monotonic() + MARGIN
    fill()
    time.sleep(MARGIN + seconds)
    freed = time.monotonic()
    free()
    wait_for(lambda: _accepted_since(load, freed), 60, "nothing is accepted")
    rig.ingests(_url(rig))
    took = time.monotonic() - freed
    seen = load.sent.statuses(begun, freed)
    bare = sum(1 for one in load.sent.replies if begun <= one.at <= freed and one.status == 503 and not one.retry_after)
    return Phase(seen[202], seen[503], bare, took)


def _accepted_since(load: Load, since: float) -> bool:
    return any(reply.status == 202 for reply in reversed(load.sent.replies) if reply.at > since)


def _filling(disk: Disk, *parts: str) -> tuple[Callable[[], None], Callable[[], None]]:
    def fill() -> None:
        for part in parts:
            disk.fill(part)

    def free() -> None:
        for part in parts:
            disk.free(part)

    return fill, free


def _url(rig: Rig) -> str:
    """Of the embedded server."""
    return str(ServerFolder(rig.data / "valkey").read_state()["url"])


def _memory(rig: Rig, limit: str, policy: str = "noeviction") -> None:
    with redis.Redis.from_url(_url(rig), protocol=2) as client:
        client.config_set("maxmemory-policy", policy)
        client.config_set("maxmemory", limit)


def _lying(rig_factory: RigFactory) -> Loss:
    """The control of the journal: its writes report success and are dropped."""
    with rig_factory() as rig:
        disk = Disk(rig.folder)
        rig.collector(environ=disk.environ() | {"FOOTFALL_REDIS_URL": ""})
        load = rig.send(RATE)
        time.sleep(0.5)
        disk.fill("journal", lie=True)
        time.sleep(0.5)
        disk.free("journal")
        time.sleep(0.5)
        return rig.loss(load.finish(), url=_url(rig))


def _evicting(rig_factory: RigFactory) -> Loss:
    """The control of the memory: a server that may evict does."""
    with rig_factory() as rig:
        rig.collector(environ={"FOOTFALL_REDIS_URL": ""})
        load = rig.send(RATE)
        time.sleep(0.5)
        rig.ingests(_url(rig))
        _memory(rig, "1", "allkeys-lru")
        time.sleep(0.5)
        _memory(rig, "0")
        time.sleep(0.5)
        return rig.loss(load.finish(), url=_url(rig))
