"""Months in, closed or opened again out: thirty dense days are one dense month, their rows a file of the archive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from collector.jobs.calls import call
from collector.jobs.lease import Lease
from common import dense, keys, manifest
from common.keys import Shard
from common.manifest import ROWS, File
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
        keys.ordinal(name.decode()): dense.decode_day(blob).day_rows()
        for name, blob in stored.items()
        if name.decode().startswith(f"{month}-")
    }
    uniques = {day: cast("bytes | None", client.get(shard.unique(day))) for day in keys.days_of(month)}
    held = {day: value for day, value in uniques.items() if value}
    table = dense.rows_table(days, held)
    written = archive.write(manifest.new_name(shard, ROWS, month), table, ROWS)
    if dense.rows_of(archive.read(written.name)) != (days, held):
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


def reopen(lease: Lease, archive: Archive | None, months: Iterable[str]) -> list[str]:
    """Make dense days again of those months that are closed; which were. Raises as `close` does."""
    client, shard = lease.client, lease.shard
    opened = sorted(set(months) & closed_months(client, shard))
    for month in opened:
        name = rows_file(client, shard, month)
        if archive is None:
            raise StoreError(f"{shard.site}: {month} is in the archive; set FOOTFALL_ARCHIVE to it")
        days, uniques = dense.rows_of(archive.read(name))
        names = [shard.dense(), shard.archive()]
        for day in uniques:
            names += [shard.unique(day), shard.shadow(shard.unique(day), lease.token)]
        put = [part for day, rows in days.items() for part in (keys.iso(day), dense.encode_day(rows))]
        argument = {"put": put, "drop": [month], "add": [], "remove": [name], "uniques": list(uniques.values())}
        call(lease, "months", names, argument)
    return opened


def rows_file(client: redis.Redis, shard: Shard, month: str) -> str:
    """The name of the file with the days of a closed month. Raises StoreError when the list of files lacks it."""
    for name, file in manifest.files(client, shard).items():
        if file.kind == ROWS and month in file.months:
            return name
    raise StoreError(f"{shard.site}: the archive has no days of {month}; run `python -m collector rebuild`")
