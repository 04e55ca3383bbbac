"""A day of a shard in, its rollups as they are stored out: from its hash, the dense hash or the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec
import redis

from collector.jobs.fold import closed_day
from collector.jobs.months import closed_months, rows_file
from common import dense, keys
from common.arrays import added, arrays, decode, listed
from common.dense import DayRows
from common.keys import Shard
from common.store import StoreError

if TYPE_CHECKING:
    from common.archive import Archive


_decode_extent = msgspec.msgpack.Decoder(tuple[int, int, int]).decode


class Stored(NamedTuple):
    """A day's rows by field, how many events they are of, and where they stand."""

    rows: dict[str, list[int]]
    events: int
    folded: bool  #: in the dense hash, or in the rows file of a closed month
    added: bool  #: in a hash of its own; with `folded`: what came later, not whole until the day is made again
    unique: bytes | None  #: the HyperLogLog of a closed month's day; else it is in Redis


class StoredDays:
    """Reads days one by one; the month that was read last stays. Values of days fit together while the version of
    the dense hash stays the same.
    """

    def __init__(self, client: redis.Redis, shard: Shard, archive: Archive | None) -> None:
        self.client, self.shard, self._archive = client, shard, archive
        self._month: tuple[str, dict[int, DayRows], dict[int, bytes]] = ("", {}, {})

    def day(self, day: int) -> Stored:
        """What is stored of a day. Raises redis.RedisError, StoreError for what cannot be read."""
        found = cast("dict[bytes, bytes]", self.client.hgetall(self.shard.daily(day)))
        hashed, noted = decode(found), found.get(keys.RAW_EXTENT.encode())
        events = _decode_extent(noted)[2] if noted else 0
        base = closed_day(self.client, self.shard, day)
        unique: bytes | None = None
        if base is None and keys.month(day) in closed_months(self.client, self.shard):
            days, uniques = self.month(keys.month(day))
            base, unique = days.get(day, DayRows({}, 0)), uniques.get(day, b"")
        if base is None:
            return Stored(listed(hashed), events, False, bool(found), None)
        rows = listed(added(arrays(base.rows.items()), hashed))
        return Stored(rows, base.events + events, True, bool(found), unique)

    def month(self, month: str) -> tuple[dict[int, DayRows], dict[int, bytes]]:
        """Days and HyperLogLogs of a closed month. Raises StoreError where its file cannot be read."""
        name = rows_file(self.client, self.shard, month)
        if self._month[0] != name:
            if self._archive is None:
                raise StoreError(f"{self.shard.site}: {month} is in the archive; set FOOTFALL_ARCHIVE to it")
            self._month = (name, *dense.rows_of(self._archive.read(name)))
        return self._month[1:]
