"""Days of one shard in, their raw events with source and channel as today's lists tell them out; under a lease.

Only then are their rollups made again, by the rebuild of the days that are marked here. What is stored of an event
decides: user agents are not, so that a changed rule for bots can change nothing here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import redis

from collector.jobs.archiving import Archiver, write_manifest
from collector.jobs.calls import TRIES, Changed
from collector.jobs.lease import Lease
from collector.jobs.settle import rewrite
from collector.jobs.zoned import check_zone
from common import keys, manifest
from common.calendars import calendar
from common.chunked import chunked
from common.enrich.again import again, came
from common.events import Event
from common.history import Altered
from common.keys import Shard
from common.manifest import EVENTS
from common.raw import extent, lengths, read_day
from common.store import StoreError

if TYPE_CHECKING:
    from common.archive import Archive


class Told(NamedTuple):
    """How many events changed, and the days whose events could not be written: traffic was faster."""

    events: int
    busy: list[int]


class Reclassified(Altered):
    """Raw events as today's lists tell them; of other days than `days` (None: of none) as they are stored."""

    def __init__(self, client: redis.Redis, archive: Archive | None, days: Iterable[int] | None = None) -> None:
        super().__init__(client, archive)
        self._days = None if days is None else frozenset(days)

    def events(self, shard: Shard, days: Iterable[int]) -> dict[int, list[Event]]:
        """As `History.events`."""
        found = super().events(shard, days)
        chosen = found.keys() if self._days is None else self._days
        return {day: changed(events) if day in chosen else events for day, events in found.items()}


def changed(events: Sequence[Event]) -> list[Event]:
    """The events under today's lists, the same objects where nothing changes. Pure."""
    out = []
    for event in events:
        source, channel = again(came(event))
        same = (source, channel) == (event.source, event.channel)
        out.append(event if same else msgspec.structs.replace(event, source=source, channel=channel))
    return out


def reclassify(lease: Lease, archive: Archive, days: Iterable[int], zone: str) -> Told:
    """Rewrite raw events of the days, in Redis and in the archive. Days are marked first, so that a run that is killed
    leaves nothing untold. Raises StoreError, `Lost`, redis.RedisError.
    """
    check_zone(lease, zone)
    client, shard, wanted = lease.client, lease.shard, sorted(days)
    events, busy = 0, []
    for day in wanted:
        count = _in_redis(lease, day)
        if count < 0:
            busy.append(day)
        events += max(count, 0)
    reclassified = Reclassified(client, archive, wanted)
    archiver = Archiver(lease, reclassified, archive, calendar(zone))
    before, months = manifest.files(client, shard), set[str]()
    for file in before.values():
        if file.kind == EVENTS and (some := {day for day, _ in file.days}.intersection(wanted)):
            count = _of_file(reclassified, shard, some)
            months |= file.months if count else set()
            events += count
    archived = {month for file in before.values() if file.kind == EVENTS for month in file.months}
    for month in sorted(archived.intersection(set[str]().union(*map(_beside, months)))):
        _check(client, shard, month)
        _mark(client, shard, [day for day in wanted if keys.month(day) == month])
        archiver.rewrite(month)
    if manifest.files(client, shard) != before:
        write_manifest(lease, archive, zone)
    return Told(events, busy)


def _in_redis(lease: Lease, day: int) -> int:
    """Rewrite a day's raw lists; how many events changed, -1 where it was written to all the time."""
    client, shard = lease.client, lease.shard
    for _ in range(TRIES):
        found, sizes = extent(client, shard, day), lengths(client, shard, day)
        events = read_day(client, shard, day)
        told = changed(events)
        count = sum(one is not other for one, other in zip(events, told, strict=True))
        if not count:
            return 0
        _mark(client, shard, [day])
        try:
            rewrite(lease, day, told, found.revision, sizes, str(time.time_ns() // 1_000_000))
        except Changed:
            continue
        return count
    return -1


def _of_file(history: Reclassified, shard: Shard, days: Iterable[int]) -> int:
    """How many archived events change."""
    found = [event for events in history.archived(shard, days).values() for event in events]
    return sum(one is not other for one, other in zip(found, changed(found), strict=True))


def _beside(month: str) -> set[str]:
    """A month and those into which its visits may reach."""
    days = keys.days_of(month)
    return {month, keys.month(days[0] - 1), keys.month(days[-1] + 1)}


def _check(client: redis.Redis, shard: Shard, month: str) -> None:
    """A month's file is written anew from all its events: they must all be in it."""
    held = [day for file in manifest.files(client, shard).values() if month in file.months for day, _ in file.days]
    for day in range(min(held), max(held) + 1):
        if any(lengths(client, shard, day)):
            raise StoreError(
                f"{shard.site}: {keys.iso(day)} got events after its month was archived; "
                "run `python -m collector trim`, then this again"
            )


def _mark(client: redis.Redis, shard: Shard, days: Iterable[int]) -> None:
    now = str(time.time_ns() // 1_000_000)
    for some in chunked(days, 500):
        client.hset(shard.marked(), mapping={keys.iso(day): now for day in some})
