"""An export in, what a Redis lacks of it added: events as they were, and what was not counted. Days are marked.

An event is added unless it is there already, so that an export may be imported twice, overlap another, or go on where
it was killed; and what was deleted by mistake comes back. An event that was settled since is the same event still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import NamedTuple

import msgspec
import redis

from collector.export import Source
from collector.export_files import read_events
from collector.export_folders import Export
from collector.export_manifest import ExportError
from collector.jobs.calls import TRIES, Changed, call
from collector.jobs.lease import Lease
from collector.jobs.zoned import check_zone
from common import keys
from common.chunked import chunked
from common.events import Event
from common.known import Known, begun, one_site
from common.raw import extent
from common.rollups import DROP_REASONS
from common.rows import pack_events
from common.settings import Settings, valid_site

#: Events of a block, and so of a script.
_A_BLOCK = 1_000
_encode = msgspec.msgpack.Encoder().encode


class Added(NamedTuple):
    """What the import of an export did."""

    events: int
    known: int  #: events that were there already
    days: set[int]  #: days that events were added to


def register(client: redis.Redis, settings: Settings, site: str, zone: str) -> Known:
    """A site as it is known, or from now on. Raises `ExportError` where its events are not wanted, redis.RedisError."""
    if not valid_site(site):
        raise ExportError(f"{site!r} is no site: name one with --site")
    if not settings.knows(site):
        raise ExportError(f"{site}: not on the list in FOOTFALL_SITES; add it there first, or choose another --site")
    known = one_site(client, site)
    if known is None or not known.since:
        given = (settings.sites or {}).get(site)
        known = begun(client, site, given or (known.zone if known else zone), 0)
    return known


def restore(
    leases: Sequence[Lease],
    source: Source,
    export: Export,
    now: int,
    progress: Callable[[int], None] = lambda events: None,
) -> Added:
    """Add what lacks. `progress` is told how many events were looked at. Raises `ExportError`, `Lost`, OSError,
    StoreError, redis.RedisError; the same again then goes on.
    """
    for lease in leases:
        check_zone(lease, source.local.zone)
    events, known, days = 0, 0, set[int]()
    for path in export.files:
        for day, group in groupby(read_events(path), lambda event: source.local.day(event.time)):
            listed = list(group)
            there = [source.history.events(lease.shard, [day])[day] for lease in leases]
            lacking = missing(listed, [event for some in there for event in some])
            events, known = events + len(lacking), known + len(listed) - len(lacking)
            if lacking:
                days.add(day)
                _since(source, lacking)
            for lease, some in zip(leases, _beside(lacking, there), strict=True):
                for block in chunked(some, _A_BLOCK):
                    _append(lease, day, block, {}, now)
            progress(len(listed))
    for day, dropped in export.dropped.items():
        held = source.dropped(day)
        more = {reason: dropped[reason] - held.get(reason, 0) for reason in dropped.keys() & DROP_REASONS.keys()}
        if more := {reason: count for reason, count in sorted(more.items()) if count > 0}:
            _append(leases[0], day, [], more, now)
    return Added(events, known, days)


def _beside(events: Iterable[Event], there: Sequence[Sequence[Event]]) -> list[list[Event]]:
    """Events by shards: beside others of their visitors, else on the first: nothing tells where these were."""
    places = {event.visitor: place for place, some in enumerate(there) for event in some}
    parts: list[list[Event]] = [[] for _ in there]
    for event in events:
        parts[places.get(event.visitor, 0)].append(event)
    return parts


def missing(wanted: Sequence[Event], there: Sequence[Event]) -> list[Event]:
    """The events that are not there, equal ones as often as they lack. All are of one day. Pure."""
    links = {event.visitor: event.before for events in (wanted, there) for event in events if event.before}
    held = Counter(_identity(event, links) for event in there)
    lacking = []
    for event in wanted:
        name = _identity(event, links)
        if held[name] > 0:
            held[name] -= 1
        else:
            lacking.append(event)
    return lacking


def _identity(event: Event, links: Mapping[int, int]) -> bytes:
    """The same for an event and for what settling makes of it: no `before`, and the visitor's id of the day before."""
    if event.before or event.visitor in links:
        event = msgspec.structs.replace(event, visitor=links.get(event.visitor, event.visitor), before=0)
    return blake2b(_encode(event), digest_size=12).digest()


def _since(source: Source, events: Iterable[Event]) -> None:
    """Note when the site's first event came."""
    client, site = source.history.client, source.shard.site
    known, first = one_site(client, site), min(event.time for event in events)
    if known and (not known.since or first < known.since):
        begun(client, site, known.zone, first)


def _append(lease: Lease, day: int, events: Sequence[Event], dropped: Mapping[str, int], now: int) -> None:
    shard, client = lease.shard, lease.client
    for _ in range(TRIES):
        found = extent(client, shard, day)
        number = found.list if found.revision else 0
        argument = {
            "day": keys.iso(day),
            "list": number,
            "list_bytes": keys.RAW_LIST_BYTES,
            "block": pack_events(events) if events else b"",
            "count": len(events),
            "now": now,
            "dropped": [part for reason, n in dropped.items() for part in (keys.field("dropped", reason), n)],
        }
        names = [shard.marked(), shard.open(), shard.daily(day), shard.raw(day, number)]
        try:
            call(lease, "restore", names, argument)
            return
        except Changed:
            continue
    raise ExportError(f"{shard.site}: {keys.iso(day)} is written to faster than it can be added to; import again")
