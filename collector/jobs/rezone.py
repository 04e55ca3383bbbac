"""A shard and a zone in, its events by that zone's days out, and all its figures made again from them.

All is prepared beside what there is while traffic goes on: lists as shadows, files under new names. At the end flushers
are asked to wait, what came meanwhile is prepared too, and one script puts everything in place, drops what was made by
the old days and marks the new ones. So a change that was killed before it has changed nothing; killed after it, whoever
makes marked days again next finishes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from collector.jobs import holding
from collector.jobs.adopt import manifest_name
from collector.jobs.archiving import sweep, write_manifest
from collector.jobs.calls import TRIES, Changed, call
from collector.jobs.holding import NOTHING, Holding, Noted, look, noted_closed, noted_open, together
from collector.jobs.lease import Lease
from collector.jobs.rebuild import marked_days, rebuild
from collector.jobs.regroup import Lists, Regrouping, misplaced
from collector.jobs.tend import Tender
from collector.jobs.zoned import stored_zone
from common import keys, manifest
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.known import Known, decode, rezoned
from common.raw import packed_days
from common.rows import pack_row
from common.store import StoreError

_HOLDER = "zone"
#: For how many ms flushers are asked to wait at first: longer each time that was not enough.
_WAIT = 15_000
_encode = msgspec.msgpack.Encoder().encode
Say = Callable[[str, int, int], None]


@dataclass
class Rezoned:
    """What a change did."""

    days: int = 0
    events: int = 0
    regrouped: bool = False  #: False: they were by the zone's days already
    faults: list[str] = field(default_factory=list)  #: what is left for the daily job, and why


class Rezoning:
    """Changes the zone of one shard under a lease. `say` is called with a step's name, done and in all."""

    def __init__(
        self,
        lease: Lease,
        archive: Archive,
        zone: str,
        say: Say = lambda *_: None,
        lossy: bool = False,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._lease, self._archive, self._zone, self._say = lease, archive, zone, say
        self._lossy, self._clock, self._local = lossy, clock, calendar(zone)
        self._client, self._shard = lease.client, lease.shard
        self._history = History(lease.client, archive)
        self._closed: dict[int, Noted] = {}

    def run(self, raw_kept: int, most_bytes: int = 0) -> Rezoned:
        """Group the events anew, make all figures again, and tend the days as the daily job does.

        Raises `Lost`, StoreError, redis.RedisError; the same again then does what is left to do.
        """
        known, seen = self._known(), look(self._client, self._shard)
        done = Rezoned()
        stored = stored_zone(self._client, self._shard) or known.zone
        if stored != self._zone or misplaced(self._history, self._shard, seen, self._local):
            if seen.archived():  # an archive that this Redis knows nothing of stays as it is
                sweep(self._lease, self._archive)
            self._regroup(done)
        elif known.zone != self._zone:  # killed before it was told
            rezoned(self._client, self._shard.site, self._zone)
        marked = marked_days(self._client, self._shard)
        rebuild(
            self._client,
            self._shard,
            marked,
            self._zone,
            self._clock(),
            lambda made, total: self._say("figures", made, total),
            self._archive,
            self._lease,
            lossy=self._lossy,
        )
        tender = Tender(self._lease, self._zone, self._archive, self._clock(), self._say)
        done.faults = tender.run(raw_kept, most_bytes).faults
        return done

    def _regroup(self, done: Rezoned) -> None:
        regrouping = Regrouping(self._lease, self._history, self._archive, self._local, self._say)
        self._closed, sent = noted_closed(self._client, self._shard), False
        try:
            regrouping.prepare(look(self._client, self._shard))  # the long part, nobody waits for it
            for attempt in range(1, TRIES):
                with self._waiting(attempt * _WAIT):
                    seen = look(self._client, self._shard)
                    regrouping.prepare(seen)
                    dropped = self._compared(seen, regrouping.found())
                    try:
                        regrouping.check()
                        sent = True
                        self._put(seen, regrouping, dropped)
                        break
                    except Changed:
                        sent = False
            else:
                raise StoreError(f"{self._shard.site}: written to faster than it can be grouped anew; try again")
        except BaseException:
            if not sent:  # else it may have been put in place: what nothing names is swept by the next run
                regrouping.discard()
            raise
        made = regrouping.days()
        done.days, done.events, done.regrouped = len(made), sum(made.values()), True
        if seen.files or regrouping.files:
            write_manifest(self._lease, self._archive, self._zone)
        for name in seen.files:
            self._archive.delete(name)

    @contextmanager
    def _waiting(self, ms: int) -> Iterator[None]:
        """Flushers wait meanwhile, and what they have waits in their journals."""
        state = self._shard.state()
        self._client.hset(state, keys.LEASE, f"{_HOLDER} {time.time_ns() // 1_000_000 + ms}")
        try:
            yield
        finally:
            held = cast("bytes | None", self._client.hget(state, keys.LEASE)) or b""
            if held.decode().partition(" ")[0] == _HOLDER:
                self._client.hdel(state, keys.LEASE)

    def _compared(self, seen: Holding, found: Mapping[int, int]) -> dict[int, dict[str, list[int]]]:
        """What was not counted, by day. Raises StoreError where events are fewer than were counted, unless lossy."""
        dropped = {}
        for day in sorted(self._closed.keys() | seen.days):
            told = self._closed.get(day, NOTHING)
            if day in seen.days:
                told = together(told, noted_open(self._client, self._shard, day, seen.days[day]))
            if found.get(day, 0) < told.events and not self._lossy:
                raise StoreError(
                    f"{self._shard.site}: {keys.iso(day)} had {told.events:,} events, only {found.get(day, 0):,} are "
                    "found; nothing was changed. `python -m collector verify` tells more, --lossy goes on without them"
                )
            if told.dropped:
                dropped[day] = told.dropped
        return dropped

    def _put(self, seen: Holding, made: Regrouping, dropped: Mapping[int, Mapping[str, list[int]]]) -> None:
        """Put it in place. Raises `Changed` when a day was written to since it was looked at; then nothing was done."""
        shard, now = self._shard, self._clock()
        names = [shard.dense(), shard.archive(), shard.open(), shard.marked(), shard.state()]
        for day, one in seen.days.items():
            names += [shard.daily(day), shard.raw(day, len(one.lengths))]
            names += [shard.raw(day, number) for number in range(len(one.lengths))]
        names += [shard.unique(day) for day in seen.uniques]
        lists = 0
        for day, staged in made.lists.items():
            for number, shadow in enumerate(staged.shadows):
                names += [shard.raw(day, number), shadow]
                lists += 1
        counted, days = made.days(), []
        for day in sorted(made.lists.keys() | dropped.keys()):
            names.append(shard.daily(day))
            revision = max([int(one.revision or 0) + 1 for n, one in seen.days.items() if n == day] + [now])
            days.append(_hash(day, revision, made.lists.get(day), counted.get(day, 0), dropped.get(day, {})))
        argument = {
            "now": now,
            "zone": self._zone,
            "opened": seen.opened,
            "looked": [[one.revision.decode(), one.lengths] for one in seen.days.values()],
            "uniques": len(seen.uniques),
            "lists": lists,
            "days": days,
            "add": [part for name, file in made.files.items() for part in (name, manifest.encoded(file))],
            "marked": [keys.iso(day) for day in sorted(counted.keys() | dropped.keys())],
            "states": holding.states(self._client, shard),
            "raw": packed_days(()),
        }
        if seen.archived() and not made.files:  # nothing tells of the old files once they are not noted any more
            self._archive.delete(manifest_name(shard))
        call(self._lease, "rezone", names, argument)
        # Of another slot. A job that finds the shard's own zone first, after a kill, corrects it as well.
        rezoned(self._client, shard.site, self._zone)

    def _known(self) -> Known:
        return decode(cast("bytes | None", self._client.hget(keys.sites(), self._shard.site))) or Known()


def _hash(
    day: int, revision: int, lists: Lists | None, events: int, dropped: Mapping[str, list[int]]
) -> list[str | bytes]:
    """A new daily hash, as day, field, value, ..: it holds no rollups yet."""
    extent = _encode([max(len(lists.shadows) - 1, 0), lists.size, events] if lists else [0, 0, events])
    out: list[Any] = [keys.iso(day), keys.REVISION, str(revision), keys.RAW_EXTENT, extent]
    for name, row in dropped.items():
        out += [name, pack_row(row)]
    return out
