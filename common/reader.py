"""Days of a site in, their rollup rows out, wherever they stand: open hashes, folded days, closed months, rows files.

A question costs one round trip while nothing changes: the open days, their revisions and the version. What was decoded
stays until one of them says otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
import redis

from common import keys, manifest
from common.arrays import SMALL, Array, Rows, Values, added, decode, small
from common.chunked import chunked
from common.folded import Files, Folded, month_of
from common.keys import Shard
from common.packed import Packed, of_rows
from common.rollups import METRICS
from common.standing import Command, Moved, Standing, days_in, read_standing, steady
from common.store import StoreError
from common.summed import Summed, summed
from common.tables import total

#: Commands a pipeline holds at most, and days whose whole hashes are asked for at once.
CHUNK, DAYS_AT_ONCE = 500, 30
#: What Redis said is trusted for this many s.
_TRUST = 0.4
_TRIES = 8
#: Ranges whose sums are kept: those of a page and the ones they are compared with.
_MOST_SUMS = 8
_T = TypeVar("_T")
_decode_days = msgspec.msgpack.Decoder(list[int]).decode


class Open:
    """A day's hash: its revision, and its rows once they were read at that revision."""

    __slots__ = ("checked", "revision", "rows")

    def __init__(self, revision: bytes, rows: Rows | None, checked: float) -> None:
        self.revision, self.rows, self.checked = revision, rows, checked


class Reader:
    """Reads one shard of a site; holds what it decoded. `archive` opens the archive when a file of it is needed."""

    def __init__(
        self, client: redis.Redis, site: str, archive: Callable[[], Files] | None = None, shard: Shard | None = None
    ) -> None:
        self.client = client
        self.shard = shard or Shard(site)
        self._standing: Standing | None = None
        self._checked = 0.0
        self._open: dict[int, Open] = {}
        self._folded = Folded(client, self.shard, archive)
        self._sums: dict[Hashable, Any] = {}

    def days(self, days: Sequence[int]) -> dict[int, Rows]:
        """Rollup rows of every day (ordinals); empty for one without any, only `SMALL` dimensions for one in a closed
        month. Raises `StoreError`, redis.RedisError.
        """

        def read(standing: Standing) -> dict[int, Rows]:
            self._fetch(standing, days)
            return {day: self._day(standing, day) for day in days}

        return self._steadily(read, days)

    def spans(self, days: Sequence[int]) -> list[Rows]:
        """Rows that add up to those of the days, but for bars: closed months as one, other days one by one.

        Raises `StoreError`, also where a closed month is cut and its file cannot be had, and redis.RedisError.
        """

        def read(standing: Standing) -> list[Rows]:
            self._fetch(standing, days)
            parts: list[Rows] = []
            for month, some in _by_month(days).items():
                if month in standing.months:
                    more = [self._open[day].rows or {} for day in some if day in standing.open]
                    parts.append(added(self._folded.month(standing, month, some), *more))
                else:
                    parts += [self._day(standing, day) for day in some]
            return parts

        return self._steadily(read, days)

    def summed(self, days: Sequence[int]) -> Summed:
        """Sums of `spans`, kept until something changes: a page of tiles is summed once. Raises as `spans` does."""
        return self._kept("summed", days, lambda standing: summed(list(self._packed(standing, days))))

    def totals(self, days: Sequence[int], classes: Sequence[str]) -> Array:
        """The totals of some classes: one row for each of the days, columns as METRICS. Raises as `days` does."""

        def read(standing: Standing) -> Array:
            sums = np.zeros((len(days), len(METRICS)), dtype=np.int64)
            places = {day: place for place, day in enumerate(days)}
            for day, row in self._folded.by_day(standing, days, "class", classes):
                if day in places:
                    sums[places[day]] += row
            for day in places.keys() & standing.open:
                sums[places[day]] += total({day: self._open[day].rows or {}}, "class", classes)
            return sums

        return self._kept(("totals", *classes), days, read)

    def by_value(self, days: Sequence[int], dimension: str, together: bool = False) -> dict[int, Values]:
        """The rows of one dimension on each of the days; `together`: those of a whole closed month all on the first of
        its days, which needs no file. Raises as `spans` does.
        """

        def read(standing: Standing) -> dict[int, Values]:
            self._fetch(standing, days)
            if dimension in SMALL:
                rows = {day: self._day(standing, day) for day in days}
                return {day: some[dimension] for day, some in rows.items() if dimension in some}
            found: dict[int, Values] = {}
            for month, some in _by_month(days).items():
                found |= self._folded.by_value(standing, month, some, dimension, together)
                whole = together and month in standing.months and self._folded.whole(month, some)
                for day in standing.open.intersection(some):
                    later, at = self._open[day].rows or {}, some[0] if whole else day
                    if dimension in later:
                        held = {dimension: found.pop(at)} if at in found else {}
                        sums = added(held, {dimension: later[dimension]})
                        found |= {at: sums[dimension]} if sums else {}
            return found

        return self._steadily(read, days)

    def revisions(self, days: Iterable[int]) -> dict[int, bytes]:
        """What every day's rows are kept by; b"" for a day without any. Of folded days it changes with the version."""
        listed = list(days)

        def read(standing: Standing) -> dict[int, bytes]:
            found = {day: self._open[day].revision if day in standing.open else b"" for day in listed}
            return {day: standing.version + b":" + at if standing.folded(day) else at for day, at in found.items()}

        return self._steadily(read, listed, every=True)

    def first_day(self) -> int | None:
        """The first day with rollups; None for a site without any."""

        def read(standing: Standing) -> int | None:
            days = {*standing.open, *standing.days}
            if standing.months:
                first = min(standing.months)
                self._folded.fetch(standing, keys.days_of(first)[:1])
                days.update(self._folded.days_of(first))
            return min(days, default=None)

        return self._steadily(read, ())

    def first_raw_day(self) -> int | None:
        """The first day whose raw events are kept, in Redis or in the archive; None where there are none."""

        def read(standing: Standing) -> int | None:
            files = [file for file in self._folded.manifest(standing).values() if file.kind == manifest.EVENTS]
            days = {day for file in files for day, _ in file.days}
            opened = sorted(standing.open)
            asked: list[Command] = [("HGET", self.shard.dense(), keys.RAW_DAYS)]
            asked += [("EXISTS", self.shard.raw(day, 0)) for day in opened]
            folded, *lists = steady(self.client, self.shard, asked, standing.version)
            days.update(_decode_days(folded) if folded else ())
            days.update(day for day, there in zip(opened, lists, strict=True) if there)
            return min(days, default=None)

        return self._steadily(read, ())

    def live(self, now: int, window: int = 300_000) -> int:
        """Distinct human visitors whose last event is at most `window` ms old."""
        count: int = self.client.zcount(self.shard.live(), now - window, "+inf")
        return count

    def _steadily(self, read: Callable[[Standing], _T], days: Sequence[int], every: bool = False) -> _T:
        """What `read` gives while no job moves anything; it is called again where one did."""
        for _ in range(_TRIES):
            try:
                found = read(self._look(days, every))
            except Moved:
                self._standing = None
                continue
            self._folded.make_room()
            return found
        raise StoreError(f"{self.shard.site}: jobs move its days faster than they can be read; try again")

    def _look(self, days: Sequence[int], every: bool) -> Standing:
        """Where days stand; and the revisions of the open days that are held, or of `every` open day."""
        now = time.monotonic()
        if self._standing is None:
            self._standing, self._checked = read_standing(self.client, self.shard), now
            self._open.clear()  # a day that was folded meanwhile may be open again and count from one
            self._folded.forget(self._standing)
        while True:
            standing = self._standing
            wanted = [day for day in days if day in standing.open and (every or day in self._open)]
            asked = [day for day in wanted if day not in self._open or now - self._open[day].checked > _TRUST]
            if not asked and now - self._checked <= _TRUST:
                return standing
            for some in chunked(asked, CHUNK) if asked else ([],):
                commands: list[Command] = [("SMEMBERS", self.shard.open())]
                commands += [("HGET", self.shard.daily(day), keys.REVISION) for day in some]
                opened, *revisions = steady(self.client, self.shard, commands, standing.version)
                for day, revision in zip(some, revisions, strict=True):
                    held = self._open.get(day)
                    rows = held.rows if held and held.revision == (revision or b"") else None
                    self._open[day] = Open(revision or b"", rows, now)
                self._standing, self._checked = standing._replace(open=days_in(opened)), now

    def _fetch(self, standing: Standing, days: Sequence[int]) -> None:
        """Read what is not held of the days."""
        self._folded.fetch(standing, days)
        stale = [
            day for day in days if day in standing.open and (day not in self._open or self._open[day].rows is None)
        ]
        for some in chunked(stale, DAYS_AT_ONCE):
            now = time.monotonic()
            commands = [("HGETALL", self.shard.daily(day)) for day in some]
            for day, stored in zip(some, steady(self.client, self.shard, commands, standing.version), strict=True):
                self._open[day] = Open(stored.get(keys.REVISION.encode(), b""), decode(stored), now)

    def _kept(self, what: Hashable, days: Sequence[int], make: Callable[[Standing], _T]) -> _T:
        """What `make` gives of the days once they are fetched; kept while they stay as they are."""

        def read(standing: Standing) -> _T:
            asked = (what, tuple(days), self._marks(standing, days))
            if asked in self._sums:
                held = self._sums.pop(asked)
            else:
                self._fetch(standing, days)
                asked, held = (what, tuple(days), self._marks(standing, days)), make(standing)
            self._sums[asked] = held  # at the end: asked for last
            if len(self._sums) > _MOST_SUMS:
                self._sums.pop(next(iter(self._sums)))
            found: _T = held
            return found

        return self._steadily(read, days)

    def _marks(self, standing: Standing, days: Sequence[int]) -> Hashable:
        """What sums of the days are kept by."""
        opened = sorted(standing.open.intersection(days))
        held = [self._open[day].revision if day in self._open else None for day in opened]
        return (standing.version, *opened, *held)

    def _packed(self, standing: Standing, days: Sequence[int]) -> Iterator[Packed]:
        """Rows of days that were fetched which add up to theirs, but for bars."""
        for month, some in _by_month(days).items():
            closed, opened = month in standing.months, standing.open.intersection(some)
            if closed and not opened and self._folded.whole(month, some):
                yield self._folded.packed(month)
            elif closed:
                more = [self._open[day].rows or {} for day in sorted(opened)]
                yield of_rows(added(self._folded.month(standing, month, some), *more))
            else:
                yield from (self._folded.packed(keys.iso(day)) for day in some if day in standing.days - opened)
                yield from (of_rows(self._day(standing, day)) for day in sorted(opened))

    def _day(self, standing: Standing, day: int) -> Rows:
        """The rows of a day that was fetched."""
        more = self._open[day].rows or {} if day in standing.open else {}
        if not standing.folded(day):
            return more
        return added(self._folded.day(standing, day), small(more) if month_of(day) in standing.months else more)


def _by_month(days: Iterable[int]) -> dict[str, list[int]]:
    months: dict[str, list[int]] = {}
    for day in days:
        months.setdefault(month_of(day), []).append(day)
    return months
