"""A shard's days in, all their raw events out: from Redis's lists and from the archive's files, each exactly once.

Which files count, and which lists, changes in one script with the dense hash's version. So whatever was read between
two looks at the same version fits together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, TypeVar, cast

import redis

from common import keys, manifest
from common.events import Event
from common.keys import Shard
from common.raw import read_blocks, read_day
from common.store import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

    from common.archive import Archive

#: Of a shard in which no job has changed anything yet.
NO_VERSION = b"0"
_TRIES = 10
_T = TypeVar("_T")


class History:
    """Raw events of shards. `archive` may be None where none is configured: then archived days are an error."""

    def __init__(self, client: redis.Redis, archive: Archive | None) -> None:
        self.client, self.archive = client, archive
        self._held: tuple[str, dict[int, list[Event]]] = ("", {})
        self._kept: dict[str, dict[int, pa.Table]] = {}  #: of the two latest files that were written

    def version(self, shard: Shard) -> bytes:
        """What every job that moves events raises. Raises redis.RedisError."""
        return cast("bytes | None", self.client.hget(shard.dense(), keys.VERSION)) or NO_VERSION

    def steady(self, shard: Shard, read: Callable[[], _T]) -> _T:
        """What `read` gives when no job moved anything meanwhile; it is called again where one did."""
        for _ in range(_TRIES):
            before = self.version(shard)
            try:
                found = read()
            except StoreError:
                if self.version(shard) == before:
                    raise
                continue
            if self.version(shard) == before:
                return found
        raise StoreError(f"{shard.site}: jobs move its events faster than they can be read; try again")

    def events(self, shard: Shard, days: Iterable[int]) -> dict[int, list[Event]]:
        """All events of the days (ordinals). Raises redis.RedisError, `ArchiveError` where files cannot be read."""
        wanted = list(days)
        return self.steady(shard, lambda: self._events(shard, wanted))

    def archived(self, shard: Shard, days: Iterable[int]) -> dict[int, list[Event]]:
        """The events of the days that lie in the archive."""
        wanted = set(days)
        found: dict[int, list[Event]] = {}
        for name, file in manifest.files(self.client, shard).items():
            some = wanted & {day for day, _ in file.days} if file.kind == manifest.EVENTS else set()
            if some:
                by_day = self._file(shard, name)
                for day in some:
                    found.setdefault(day, []).extend(by_day.get(day, ()))
        return found

    def tables(self, shard: Shard, days: Iterable[int]) -> dict[int, pa.Table]:
        """The same events as tables of columns.RAW, in the order of `events`."""
        wanted = list(days)
        return self.steady(shard, lambda: self._tables(shard, wanted))

    def archived_tables(self, shard: Shard, days: Iterable[int]) -> dict[int, list[pa.Table]]:
        """The events of the days that lie in the archive, as tables."""
        wanted = set(days)
        found: dict[int, list[pa.Table]] = {}
        for name, file in manifest.files(self.client, shard).items():
            some = wanted & {day for day, _ in file.days} if file.kind == manifest.EVENTS else set()
            if some:
                for day, table in self._columns(shard, name, some).items():
                    found.setdefault(day, []).append(table)
        return found

    def remember(self, name: str, derived: pa.Table, days: Collection[int]) -> None:
        """Keep some days of a file that was just written: the next one is made with its neighbours in mind."""
        from common.columns import by_day, raw_of, rows_on  # noqa: PLC0415

        some = rows_on(derived, days)
        self._kept = {**dict(list(self._kept.items())[-1:]), name: by_day(raw_of(some), some["day"])}

    def _tables(self, shard: Shard, days: list[int]) -> dict[int, pa.Table]:
        import pyarrow as pa  # noqa: PLC0415 - only jobs read columns

        from common.blocks import tables_of_blocks  # noqa: PLC0415

        archived = self.archived_tables(shard, days)
        return {
            day: pa.concat_tables([*archived.get(day, ()), *tables_of_blocks(read_blocks(self.client, shard, day))])
            for day in days
        }

    def _events(self, shard: Shard, days: list[int]) -> dict[int, list[Event]]:
        found = self.archived(shard, days)
        for day in days:
            found.setdefault(day, []).extend(read_day(self.client, shard, day))
        return found

    def _file(self, shard: Shard, name: str) -> dict[int, list[Event]]:
        """A file's events by day; the last file is kept, since jobs go through it day by day."""
        if self._held[0] != name:
            from common.columns import events_of, raw_of  # noqa: PLC0415 - pyarrow, only where there is an archive

            table = self._read(shard, name)
            by_day: dict[int, list[Event]] = {}
            for day, event in zip(table.column("day").to_pylist(), events_of(raw_of(table)), strict=True):
                by_day.setdefault(day, []).append(event)
            self._held = (name, by_day)
        return self._held[1]

    def _columns(self, shard: Shard, name: str, days: Collection[int]) -> dict[int, pa.Table]:
        """Some days of a file as tables."""
        from common.columns import by_day, raw_of, rows_on  # noqa: PLC0415

        kept = self._kept.get(name, {})
        if not kept.keys() >= set(days):
            some = rows_on(self._read(shard, name), days)
            kept = by_day(raw_of(some), some["day"])
        return {day: kept[day] for day in days if day in kept}

    def _read(self, shard: Shard, name: str) -> pa.Table:
        if self.archive is None:
            raise StoreError(f"{shard.site}: its older events are in the archive; set FOOTFALL_ARCHIVE to it")
        return self.archive.read(name)


class Altered(History):
    """A history of which `events` are others than those that are stored; its tables are made of them."""

    def _tables(self, shard: Shard, days: list[int]) -> dict[int, pa.Table]:
        from common.columns import table_of  # noqa: PLC0415

        return {day: table_of(events) for day, events in self.events(shard, days).items()}
