"""What was counted of a day in, its rollups and visitors in shadow keys out, to be put in place by a script."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import redis

from collector.jobs.fold import closed_day
from common import keys
from common.arrays import Rows
from common.capped import capped_arrays
from common.chunked import chunked
from common.dense import Damaged
from common.events import OTHER
from common.keys import Shard
from common.raw import DROPS, Extent, extent
from common.rollups import cap_of
from common.rows import pack_row, unpack_row
from common.store import StoreError
from common.visits import State

if TYPE_CHECKING:
    from common.dense import DayRows

_encode = msgspec.msgpack.Encoder().encode


class Counted(NamedTuple):
    """What was read and counted: revisions of all days that were looked at, and how many events they have; the states
    of visitors where they are wanted; and of the days that are made, their human visitors and rows.
    """

    revisions: dict[int, bytes]
    events: dict[int, int]
    states: dict[int, State]
    visitors: Mapping[int, Collection[int]]
    rows: Mapping[int, Rows]


def write_shadow(
    client: redis.Redis, shard: Shard, holder: str, day: int, counted: Counted, lossy: bool
) -> tuple[bool, bool]:
    """Write a day's shadow keys; which of the two there are."""
    stored, closed, found = extent(client, shard, day), _closed(client, shard, day), counted.events[day]
    noted = (stored.rows if stored.revision else 0) + (closed.events if closed else 0)
    if found < noted and stored.revision == counted.revisions[day] and not lossy:
        raise StoreError(
            f"{shard.site}: {keys.iso(day)} had {noted:,} events, only {found:,} are found. It stays as it is; "
            "`python -m collector verify` tells more, `rebuild --lossy` makes it again from what is left"
        )
    rows = capped_arrays(counted.rows.get(day, {}))
    mapping = _encoded(rows)
    mapping |= {f"{keys.COUNT}={name}": str(count).encode() for name, count in _counts(rows).items()}
    mapping |= {name: pack_row(values) for name, values in _dropped(stored, closed).items()}
    if found or mapping or stored.revision:
        # The clock, since a day that was folded begins at 1 again, and a revision must not mean two things.
        mapping[keys.REVISION] = str(max(int(stored.revision or 0) + 1, time.time_ns() // 1_000_000)).encode()
        mapping[keys.RAW_EXTENT] = _encode([stored.list, stored.size, found])
    name, visitors = shard.shadow(shard.daily(day), holder), shard.shadow(shard.unique(day), holder)
    ids = counted.visitors[day]
    pipe = client.pipeline(transaction=False)
    pipe.delete(name, visitors)
    for part in chunked((word for item in mapping.items() for word in item), 4_000):
        pipe.execute_command("HSET", name, *part)  # type: ignore[no-untyped-call]
    packed = np.array(sorted(ids), dtype=">u8").tobytes()
    for some in chunked((packed[at : at + 8] for at in range(0, len(packed), 8)), 5_000):
        pipe.pfadd(visitors, *some)
    for key in (name, visitors):
        pipe.expire(key, 3_600)
    pipe.execute()
    return bool(mapping), len(ids) > 0


def _closed(client: redis.Redis, shard: Shard, day: int) -> DayRows | None:
    """What is known of a folded day; nothing where it is damaged, which is why it is made again."""
    try:
        return closed_day(client, shard, day)
    except Damaged:
        return None


def _dropped(stored: Extent, closed: DayRows | None) -> dict[str, list[int]]:
    """What was not counted on a day, and cannot be told from its events: of its hash, and of its dense field."""
    rows = {name: unpack_row(value) for name, value in stored.dropped.items()}
    for name, values in (closed.rows if closed else {}).items():
        if name in DROPS:
            known = rows.get(name)
            rows[name] = values if known is None else [a + b for a, b in zip(known, values, strict=True)]
    return rows


def _counts(rows: Rows) -> dict[str, int]:
    """Rows of every capped dimension, as the flush script counts them for the cap."""
    counts: dict[str, int] = {}
    for dimension, (values, _) in rows.items():
        count = len(values) - (OTHER in values)
        if count and cap_of(dimension):
            counts[dimension] = count
            if dimension.startswith("prop:"):
                counts["prop"] = counts.get("prop", 0) + 1
    return counts


def _encoded(rows: Rows) -> dict[str, bytes]:
    """Rows as fields of a daily hash; rows of zeros are left out."""
    fields: dict[str, bytes] = {}
    for dimension, (values, array) in rows.items():
        filled = array != 0
        ends = np.where(filled.any(axis=1), array.shape[1] - np.argmax(filled[:, ::-1], axis=1), 0)
        for value, row, end in zip(values, array.tolist(), ends.tolist(), strict=True):
            if end:
                fields[keys.field(dimension, value)] = pack_row(row[:end])
    return fields
