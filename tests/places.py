"""Days of rollups in, put wherever a site's days may stand: open hashes, folded days, closed months and their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import redis as redis_py

from common import keys, manifest
from common.dense import DayRows, encode_day, encode_month, rows_table
from common.keys import Shard
from common.rollups import METRICS
from common.rows import pack_row
from common.store import StoreError


class Shelf:
    """An archive of tables in memory, which tells what was read of it."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}
        self.read_names: list[str] = []

    def read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A table, or the error of an archive that cannot be reached."""
        self.read_names.append(name)
        if name not in self.tables:
            raise StoreError(f"the archive has no {name}")
        return self.tables[name].select(columns) if columns else self.tables[name]


def row(*values: int) -> list[int]:
    """Metrics, zeros to the end."""
    return [*values, *[0] * (len(METRICS) - len(values))]


def day_rows(events: int = 1, **rows: list[int]) -> DayRows:
    """Rows of a day; `class_human` names the field `class=human`."""
    return DayRows({name.replace("_", "=", 1): values for name, values in rows.items()}, events)


def put_open(client: redis_py.Redis, shard: Shard, day: int, rows: Mapping[str, list[int]], revision: int = 1) -> None:
    """A day's hash: the whole day, or what was added to a folded one."""
    mapping: dict[str, bytes | int] = {name: pack_row(values) for name, values in rows.items()}
    client.hset(shard.daily(day), mapping={**mapping, keys.REVISION: revision})
    client.sadd(shard.open(), keys.iso(day))


def put_folded(client: redis_py.Redis, shard: Shard, day: int, rows: DayRows) -> None:
    """A folded day, in place of its hash."""
    pipe = client.pipeline()
    pipe.hincrby(shard.dense(), keys.VERSION, 1)
    pipe.hset(shard.dense(), keys.iso(day), encode_day(rows))
    pipe.delete(shard.daily(day))
    pipe.srem(shard.open(), keys.iso(day))
    pipe.execute()


def put_month(client: redis_py.Redis, shard: Shard, days: Mapping[int, DayRows], shelf: Shelf) -> str:
    """A closed month, in place of its folded days; the name of its file."""
    month, table = keys.month(min(days)), rows_table(dict(days), {})
    name = manifest.new_name(shard, manifest.ROWS, month)
    shelf.tables[name] = table
    file = manifest.File(manifest.ROWS, table.num_rows, 1, [(day, 1) for day in sorted(days)])
    pipe = client.pipeline()
    pipe.hincrby(shard.dense(), keys.VERSION, 1)
    pipe.hset(shard.dense(), month, encode_month(days))
    pipe.hdel(shard.dense(), *map(keys.iso, days))
    pipe.hset(shard.archive(), name, manifest.encoded(file))
    for day in days:
        pipe.delete(shard.daily(day))
        pipe.srem(shard.open(), keys.iso(day))
    pipe.execute()
    return name
