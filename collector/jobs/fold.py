"""Closed days in, dense days out: a day's hash becomes one compact field, once it reads back as what it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import redis

from collector.jobs.calls import call
from collector.jobs.lease import Lease
from common import dense, keys
from common.arrays import decode
from common.dense import DayRows, Dense
from common.keys import Shard
from common.raw import extent, lengths, packed_days, raw_days
from common.store import StoreError


def open_days(client: redis.Redis, shard: Shard) -> list[int]:
    """The days that have a daily hash. Raises redis.RedisError."""
    return sorted(keys.ordinal(day.decode()) for day in cast("set[bytes]", client.smembers(shard.open())))


def closed_day(client: redis.Redis, shard: Shard, day: int) -> DayRows | None:
    """What the dense hash holds of a day; None where it holds nothing. Raises `NewerVersion`, `Damaged`."""
    blob = cast("bytes | None", client.hget(shard.dense(), keys.iso(day)))
    try:
        return dense.decode_day(blob).day_rows() if blob else None
    except StoreError as error:
        raise type(error)(f"{shard.site}, {keys.iso(day)}: {error}") from error


def fold(lease: Lease, days: Sequence[int]) -> None:
    """Fold days whose hashes are whole. Raises `Changed` when one was written to, `Lost`, redis.RedisError; then
    nothing was done.
    """
    client, shard = lease.client, lease.shard
    revisions, blobs = [], []
    for day in days:
        found = extent(client, shard, day)
        stored = cast("dict[bytes, bytes]", client.hgetall(shard.daily(day)))
        rows = Dense(decode(stored), found.rows)
        blob = dense.encode_day(rows)
        if not dense.decode_day(blob).equals(rows):
            raise StoreError(f"{shard.site}: {keys.iso(day)} reads back otherwise than it was; it stays as it is")
        revisions.append(found.revision.decode())
        blobs.append(blob)
    kept = raw_days(client, shard).union(day for day in days if any(lengths(client, shard, day)))
    names = [shard.dense(), shard.open(), shard.marked(), *(shard.daily(day) for day in days)]
    argument = {"days": [keys.iso(day) for day in days], "revisions": revisions, "blobs": blobs}
    call(lease, "fold", names, argument | {"raw": packed_days(kept)})
