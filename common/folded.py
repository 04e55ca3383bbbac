"""Where closed days stand in, their rows out: fields of the dense hash and files of the archive, kept decoded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Protocol

import msgspec
import pyarrow as pa
import redis

from common import dense, keys, manifest
from common.arrays import Array, Rows, Values
from common.chunked import chunked
from common.dense import DenseMonth, PackedMonth
from common.keys import Shard
from common.manifest import File
from common.month_rows import COLUMNS, MonthRows
from common.packed import SUMS, Packed
from common.standing import Moved, Standing, steady
from common.store import StoreError

#: Fields of the dense hash that are asked for at once; a busy month has 150 KB.
FIELDS_AT_ONCE = 30
#: Rows of folded days and closed months that stay decoded (80 bytes each), and rows files (7 MB a busy month).
MOST_ROWS, MOST_FILES = 1_000_000, 6


#: A day, and one row of it.
DayRow = tuple[int, Array]


class Files(Protocol):
    """What is needed of an archive."""

    def read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A file's table. Raises `StoreError`."""


class Field:
    """A field of the dense hash as it was at a version: a month, or a day as a month's sums."""

    def __init__(self, version: bytes, blob: bytes, stored: PackedMonth) -> None:
        self.version, self.blob, self.stored = version, blob, stored
        self.size = len(stored.packed.numbers)

    @cached_property
    def month(self) -> DenseMonth:
        """The same as arrays."""
        return self.stored.month()

    @cached_property
    def days(self) -> frozenset[int]:
        """The days of a month that have any rows."""
        return frozenset(day for day, _ in self.stored.days)


class Folded:
    """Folded days and closed months of one shard. Raises `Moved` where a job changes them meanwhile, `StoreError`
    where they cannot be read, and redis.RedisError.
    """

    def __init__(self, client: redis.Redis, shard: Shard, archive: Callable[[], Files] | None) -> None:
        self._client, self._shard, self._archive = client, shard, archive
        self._fields: dict[str, Field] = {}
        self._listed: tuple[bytes, dict[str, File]] = (b"", {})
        self._files: dict[str, MonthRows] = {}

    def fetch(self, standing: Standing, days: Iterable[int]) -> None:
        """Read what is not held of the days."""
        names = [name for day in days if (name := _field(standing, day))]
        stale = []
        for name in dict.fromkeys(names):
            held = self._fields.pop(name, None)
            if held:
                self._fields[name] = held  # at the end: asked for last
            if not held or held.version != standing.version:
                stale.append(name)
        for some in chunked(stale, FIELDS_AT_ONCE):
            (blobs,) = steady(self._client, self._shard, [("HMGET", self._shard.dense(), *some)], standing.version)
            for name, blob in zip(some, blobs, strict=True):
                self._keep(standing, name, blob)

    def day(self, standing: Standing, day: int) -> Rows:
        """Rows of a day that was fetched; only its `SMALL` dimensions where its month is closed."""
        name = _field(standing, day)
        if name is None:
            return {}
        month = self._fields[name].month
        return month.days.get(day, {}) if name in standing.months else month.sums

    def month(self, standing: Standing, month: str, days: Collection[int]) -> Rows:
        """Sums of some days of a closed month that was fetched; where it is cut, its rows file is read."""
        if self.whole(month, days):
            return self._fields[month].month.sums
        inside = self._fields[month].days & set(days)
        return self._rows_file(standing, month).sums(inside) if inside else {}

    def whole(self, month: str, days: Collection[int]) -> bool:
        """Whether some days are all of a closed month's that have any rows."""
        return self._fields[month].days.issubset(days)

    def packed(self, name: str) -> Packed:
        """A field that was fetched, a month or a day, as it lies there."""
        return self._fields[name].stored.packed

    def by_day(self, standing: Standing, days: Iterable[int], dimension: str, values: Sequence[str]) -> list[DayRow]:
        """The rows of some values of a `SMALL` dimension on days that were fetched."""
        found: list[DayRow] = []
        for name in dict.fromkeys(name for day in days if (name := _field(standing, day))):
            stored = self._fields[name].stored
            numbers, rows = stored.packed.of(dimension, values)
            if name in standing.months:
                listed = zip(numbers.tolist(), rows, strict=True)
                found += [(stored.days[number - 1][0], row) for number, row in listed if number != SUMS]
            else:
                found += [(keys.ordinal(name), row) for row in rows]
        return found

    def by_value(
        self, standing: Standing, month: str, days: Collection[int], dimension: str, together: bool
    ) -> dict[int, Values]:
        """The rows of a dimension on days of a month that were fetched; `together`: of a whole closed month those of
        its sums, on the first of the days. Where a closed month is cut, or told by day, its rows file is read.
        """
        if month not in standing.months:
            return {day: self.packed(keys.iso(day)).sums_of(dimension) for day in days if day in standing.days}
        if together and self.whole(month, days):
            return {min(days): self.packed(month).sums_of(dimension)}
        inside = self._fields[month].days & set(days)
        return self._rows_file(standing, month).by_day(dimension, inside) if inside else {}

    def days_of(self, month: str) -> Collection[int]:
        """The days of a closed month that was fetched which have any rows."""
        return self._fields[month].days

    def manifest(self, standing: Standing) -> dict[str, File]:
        """The files of the archive."""
        if self._listed[0] != standing.version:
            key = self._shard.archive()
            (stored,) = steady(self._client, self._shard, [("HGETALL", key)], standing.version)
            try:
                self._listed = (standing.version, manifest.decoded(stored))
            except msgspec.DecodeError as error:
                raise StoreError(f"{key} is damaged: run `python -m collector doctor`") from error
        return self._listed[1]

    def make_room(self) -> None:
        """Let go of what was asked for longest ago."""
        rows = sum(held.size for held in self._fields.values())
        while rows > MOST_ROWS:
            rows -= self._fields.pop(next(iter(self._fields))).size
        while len(self._files) > MOST_FILES:
            self._files.pop(next(iter(self._files)))

    def forget(self, standing: Standing) -> None:
        """Let go of fields that are no more."""
        names = {*standing.months, *map(keys.iso, standing.days)}
        self._fields = {name: held for name, held in self._fields.items() if name in names}

    def _keep(self, standing: Standing, name: str, blob: bytes | None) -> None:
        """Decode a field, unless it is what it was."""
        if blob is None:
            raise Moved
        held = self._fields.pop(name, None)
        try:
            if not held or held.blob != blob:
                held = Field(standing.version, blob, _decoded(name, blob))
        except StoreError as error:
            raise type(error)(f"{self._shard.site}, {name}: {error}") from error
        held.version = standing.version
        self._fields[name] = held

    def _rows_file(self, standing: Standing, month: str) -> MonthRows:
        site, files = self._shard.site, self.manifest(standing).items()
        name = next((name for name, file in files if file.kind == manifest.ROWS and month in file.months), None)
        if name is None:
            raise StoreError(f"{site}: the archive has no days of {month}; run `python -m collector rebuild`")
        held = self._files.pop(name, None)
        if held is None:
            if self._archive is None:
                raise StoreError(f"{site}: the days of {month} are in the archive; set FOOTFALL_ARCHIVE to it")
            try:
                held = MonthRows(self._archive().read(name, COLUMNS))
            except StoreError:
                steady(self._client, self._shard, [], standing.version)  # the month may have been opened again
                raise
            steady(self._client, self._shard, [], standing.version)
        self._files[name] = held  # at the end: asked for last
        return held


#: The month of a day such as 2026-11: asked for each of a year's days, again and again.
month_of = lru_cache(4_096)(keys.month)


def _field(standing: Standing, day: int) -> str | None:
    """The field with a day's rows; None for a day that is not folded."""
    if (month := month_of(day)) in standing.months:
        return month
    return keys.iso(day) if day in standing.days else None


def _decoded(name: str, blob: bytes) -> PackedMonth:
    if len(name) == len("2026-11"):
        return dense.packed_month(blob)
    return PackedMonth(dense.packed_day(blob), [])
