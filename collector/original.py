"""Keys of the original design in, their events counted for a site and the keys set aside out.

The original had one list of JSON events, a Set of visitors and a hash of counts a day, and a count of pages, without a
schema or a site. Only the events tell what visits there were: they are appended as an import's are, piece by piece,
each piece once. The keys are renamed aside at the end, whatever stood in them; nothing is deleted.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import cast

import redis

from collector.append import Appender
from collector.import_salts import ImportSalts
from collector.ingest import Draft, Steps
from collector.original_events import hit_of
from collector.sender import Request
from common import keys
from common.calendars import calendar
from common.enrich.geo import Geo
from common.events import Event
from common.keys import Shard
from common.known import Known, begun, one_site
from common.settings import Settings
from common.zones import in_use

#: Entries that are read and appended together.
_A_PIECE = 1_000


@dataclass
class Done:
    """What came of the original keys."""

    entries: int = 0
    events: int = 0  #: appended now
    known: int = 0  #: appended by a run before
    days: set[int] = field(default_factory=set)
    unusable: Counter[str] = field(default_factory=Counter)  #: by reason
    aside: list[str] = field(default_factory=list)  #: keys, as they are named now


def original_keys(client: redis.Redis) -> list[str]:
    """The keys of the original design, its events last. Raises redis.RedisError."""
    found = {cast(bytes, name).decode() for pattern in keys.ORIGINAL for name in client.scan_iter(pattern, count=1_000)}
    return sorted(found, key=lambda name: (name in (keys.ORIGINAL_EVENTS, keys.ORIGINAL_MOVING), name))


def migrate_original(
    client: redis.Redis, settings: Settings, site: str, progress: Callable[[int, int], None] = lambda done, total: None
) -> Done:
    """Append the events and set the keys aside; the days are marked and wait for their rebuild. Raises
    redis.RedisError; then run it again.
    """
    done = Done()
    reader = _Reader(client, settings, site, done)
    try:
        for name in (keys.ORIGINAL_MOVING, keys.ORIGINAL_EVENTS):  # the first is what a killed run has left
            if client.type(name) != b"list":
                continue
            if name == keys.ORIGINAL_EVENTS:  # whoever writes on begins a new list, which the next run takes
                client.renamenx(name, keys.ORIGINAL_MOVING)
            reader.read(keys.ORIGINAL_MOVING, progress)
            _aside(client, Shard(site), keys.ORIGINAL_MOVING, done)
    finally:
        reader.close()
    for name in original_keys(client):
        if name not in (keys.ORIGINAL_EVENTS, keys.ORIGINAL_MOVING) or client.type(name) != b"list":
            _aside(client, Shard(site), name, done)
    return done


def _aside(client: redis.Redis, shard: Shard, name: str, done: Done) -> None:
    new = shard.quarantine(f"}}:{name.removesuffix(':migrating')}", time.time_ns() // 1_000_000)
    if client.exists(name):
        client.rename(name, new)
        done.aside.append(new)


class _Reader:
    """Reads a list of events and appends them."""

    def __init__(self, client: redis.Redis, settings: Settings, site: str, done: Done) -> None:
        self._client, self._shard, self._done = client, Shard(site), done
        self._now = time.time_ns() // 1_000_000
        self._known = one_site(client, site) or Known(settings.zone(site))
        zone = self._known.zone = in_use(settings, site, self._known)
        self._local, self._geo = calendar(zone), Geo(settings.geoip)
        salts = ImportSalts(client, settings.salt_rotation, lambda _: zone, self._now)
        self._steps = Steps(salts, self._geo, self._local, past=True)
        self._appender = Appender(client)

    def read(self, name: str, progress: Callable[[int, int], None]) -> None:
        """Append all entries of a list, which nobody writes to."""
        total = self._client.llen(name)
        for begin in range(0, total, _A_PIECE):
            entries = cast("list[bytes]", self._client.lrange(name, begin, begin + _A_PIECE - 1))
            self._piece(begin, entries)
            progress(min(begin + _A_PIECE, total), total)

    def _piece(self, begin: int, entries: list[bytes]) -> None:
        days: dict[int, list[Event]] = {}
        for event in self._events(begin, entries):
            days.setdefault(self._local.day(event.time), []).append(event)
        self._done.entries += len(entries)
        if not days:
            return
        self._register(min(event.time for events in days.values() for event in events))
        digest = blake2b(b"\0".join(entries), digest_size=16).hexdigest()
        count = sum(map(len, days.values()))
        if self._appender.append(self._shard, f"original:{begin}:{digest}", days, self._now, self._local.zone) is None:
            self._done.known += count
        else:
            self._done.events += count
        self._done.days |= days.keys()

    def _events(self, begin: int, entries: list[bytes]) -> Iterator[Event]:
        for number, data in enumerate(entries, begin):
            hit = hit_of(number, data, self._shard.site)
            if isinstance(hit, str):
                self._done.unusable[hit] += 1
                continue
            hit.raw.age = float(self._now - hit.time)
            request = Request(self._now, hit.address, hit.user_agent, "", hit.country, hit.visitor)
            taken = self._steps.take(Draft(hit.raw, request, self._shard.site, number))
            if isinstance(taken, Event):
                yield taken
            else:
                self._done.unusable[taken.problem or taken.reason] += 1

    def _register(self, first: int) -> None:
        """Note the site with its first event."""
        if not self._known.since or first < self._known.since:
            self._known = begun(self._client, self._shard.site, self._local.zone, first)

    def close(self) -> None:
        """Close what is held open."""
        self._geo.close()
