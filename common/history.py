"""A shard's days in, all their raw events out: from Redis's lists and from the archive's files, each exactly once.

Which files count, and which lists, changes in one script with the dense hash's version. So whatever was read between
two looks at the same version fits together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar, cast

import redis

from common import keys, manifest
from common.events import Event
from common.keys import Shard
from common.raw import read_day
from common.store import StoreError

if TYPE_CHECKING:
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

    def _events(self, shard: Shard, days: list[int]) -> dict[int, list[Event]]:
        found = self.archived(shard, days)
        for day in days:
            found.setdefault(day, []).extend(read_day(self.client, shard, day))
        return found

    def _file(self, shard: Shard, name: str) -> dict[int, list[Event]]:
        """A file's events by day; the last file is kept, since jobs go through it day by day."""
        if self._held[0] != name:
            from common.columns import events_of, raw_of  # noqa: PLC0415 - pyarrow, only where there is an archive

            if self.archive is None:
                raise StoreError(f"{shard.site}: its older events are in the archive; set FOOTFALL_ARCHIVE to it")
            table = self.archive.read(name)
            by_day: dict[int, list[Event]] = {}
            for day, event in zip(table.column("day").to_pylist(), events_of(raw_of(table)), strict=True):
                by_day.setdefault(day, []).append(event)
            self._held = (name, by_day)
        return self._held[1]
