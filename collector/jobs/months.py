"""Months in, closed or opened again out: thirty dense days are one dense month, their rows a file of the archive."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from collector.jobs.calls import call
from collector.jobs.lease import Lease
from common import dense, keys, manifest
from common.arrays import arrays, listed
from common.dense import Dense
from common.keys import Shard
from common.manifest import ROWS, File
from common.raw import DROPS, raw_days
from common.store import StoreError

if TYPE_CHECKING:
    import redis

    from common.archive import Archive


def closed_months(client: redis.Redis, shard: Shard) -> set[str]:
    """Months that are one field of the dense hash. Raises redis.RedisError."""
    return {name for name in _fields(client, shard) if len(name) == len("2026-11")}


def dense_days(client: redis.Redis, shard: Shard) -> set[int]:
    """Days that are one field of the dense hash. Raises redis.RedisError."""
    return {keys.ordinal(name) for name in _fields(client, shard) if len(name) == len("2026-11-24")}


def _fields(client: redis.Redis, shard: Shard) -> list[str]:
    names = cast("list[bytes]", client.hkeys(shard.dense()))
    return [name.decode() for name in names if name[:1].isdigit()]


def close(lease: Lease, archive: Archive, month: str) -> File:
    """Make one dense month of a month's dense days; the file that holds its days. Raises `ArchiveError`, `Lost`,
    redis.RedisError; then the month is as it was.
    """
    client, shard = lease.client, lease.shard
    stored = cast("dict[bytes, bytes]", client.hgetall(shard.dense()))
    days = {
        keys.ordinal(name.decode()): dense.decode_day(blob)
        for name, blob in stored.items()
        if name.decode().startswith(f"{month}-")
    }
    uniques = {day: cast("bytes | None", client.get(shard.unique(day))) for day in keys.days_of(month)}
    held = {day: value for day, value in uniques.items() if value}
    table = dense.rows_table(days, held)
    written = archive.write(manifest.new_name(shard, ROWS, month), table, ROWS)
    back, sketches = dense.dense_of(archive.read(written.name))
    if sketches != held or back.keys() != days.keys() or not all(days[day].equals(back[day]) for day in days):
        raise StoreError(f"{shard.site}: {month} reads back otherwise than it was; it stays as it is")
    file = File(ROWS, written.rows, written.bytes, [(day, 1) for day in sorted(days)], written.crc)
    names = [shard.dense(), shard.archive()]
    for day in held:
        names += [shard.unique(day), shard.shadow(shard.unique(day), lease.token)]
    argument = {
        "put": [month, dense.encode_month(days)],
        "drop": [keys.iso(day) for day in sorted(days)],
        "add": [written.name, manifest.encoded(file)],
        "remove": [],
        "uniques": [b""] * len(held),
    }
    call(lease, "months", names, argument)
    return file


def reopen(lease: Lease, archive: Archive | None, months: Iterable[str], lossy: bool = False) -> list[str]:
    """Make dense days again of those months that are closed; which were. Where the file with a month's days is gone or
    damaged, `lossy` marks its days instead: they are made again from their events. Raises as `close` does.
    """
    client, shard = lease.client, lease.shard
    opened = sorted(set(months) & closed_months(client, shard))
    for month in opened:
        names, drop = [shard.dense(), shard.archive()], _rows_files(client, shard, month)
        try:
            name = rows_file(client, shard, month)
            if archive is None:
                raise StoreError(f"{shard.site}: {month} is in the archive; set FOOTFALL_ARCHIVE to it")
            days, uniques = dense.dense_of(archive.read(name))
        except StoreError:
            if not lossy:
                raise
            days, uniques = _left(client, shard, month), {}
            wanted = manifest.days_of_events(client, shard) | raw_days(client, shard) | days.keys()
            now = str(time.time_ns() // 1_000_000)
            client.hset(shard.marked(), mapping={keys.iso(day): now for day in wanted if keys.month(day) == month})
        for day in uniques:
            names += [shard.unique(day), shard.shadow(shard.unique(day), lease.token)]
        put = [part for day, rows in days.items() for part in (keys.iso(day), dense.encode_day(rows))]
        argument = {"put": put, "drop": [month], "add": [], "remove": drop, "uniques": list(uniques.values())}
        call(lease, "months", names, argument)
    return opened


def _left(client: redis.Redis, shard: Shard, month: str) -> dict[int, Dense]:
    """What a closed month itself still tells of its days and events do not: what was dropped."""
    blob = cast("bytes", client.hget(shard.dense(), month))
    found: dict[int, Dense] = {}
    for day, rows in dense.decode_month(blob).days.items():
        if drops := {name: values for name, values in listed(rows).items() if name in DROPS}:
            found[day] = Dense(arrays(drops.items()), 0)
    return found


def rows_file(client: redis.Redis, shard: Shard, month: str) -> str:
    """The name of the file with the days of a closed month. Raises StoreError when the list of files lacks it."""
    for name in _rows_files(client, shard, month):
        return name
    raise StoreError(
        f"{shard.site}: the archive has no rollups of {month} by day; `python -m collector rebuild --lossy --days "
        f"{month}-01:{keys.iso(keys.days_of(month)[-1])}` makes them again from events"
    )


def _rows_files(client: redis.Redis, shard: Shard, month: str) -> list[str]:
    files = manifest.files(client, shard).items()
    return [name for name, file in files if file.kind == ROWS and month in file.months]
