"""A closed day in, its raw events rewritten out: visits over midnight settled, `before` gone, in few blocks.

An event in a day's first half hour carries `before`, the visitor's id of the day before, so that a visit can go on
over midnight. Once no live event can come any more, those events get the id under which their visit began, and
`before` is dropped from all: nothing that is stored links the two ids any longer. Whoever comes back later on that
day is a visitor of its own from then on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import redis

from collector.jobs.calls import TRIES, Changed, call
from collector.jobs.lease import Lease
from common import keys
from common.blocks import is_linked, pack_table, table_of_blocks
from common.calendars import Calendar
from common.chunked import chunked
from common.columns import RAW, events_of, whole
from common.events import Event
from common.history import History
from common.keys import Shard
from common.raw import extent, lengths, read_blocks
from common.rows import count_events, pack_events
from common.sessions import FARTHEST, assign
from common.visit_columns import handed_over, in_order, never_paused
from common.visits import order_of

Events: TypeAlias = "Sequence[Event] | pa.Table"

#: Events a block: compression gains little beyond, and a block is decoded whole. Columns are compressed best by more.
A_BLOCK, _A_COLUMNAR_BLOCK = 1_000, 5_000
_BLOCKS_A_COMMAND = 40


def settle(lease: Lease, history: History, day: int, local: Calendar, now: int) -> bool:
    """Settle a day's events in Redis; whether its rollups have to be made again (then the day is marked).

    Raises `Lost`, redis.RedisError, StoreError; then the day is as it was.
    """
    shard, client = lease.shard, lease.client
    for _ in range(TRIES):
        found, sizes = extent(client, shard, day), lengths(client, shard, day)
        blocks = list(read_blocks(client, shard, day))
        count = sum(map(count_events, blocks))
        linked = any(map(is_linked, blocks))
        if not count or (not linked and sum(sizes) <= 1 + 2 * count // A_BLOCK):
            return False
        table = settled = table_of_blocks(blocks)
        if linked:
            settled = settled_table(table, _around(lease, history, day, local))
        moved = not settled["visitor"].equals(table["visitor"])
        try:
            rewrite(lease, day, settled, found.revision, sizes, str(now) if moved else "")
        except Changed:
            continue
        return moved
    raise Changed(f"{shard.site}: {keys.iso(day)} is written to faster than it can be settled")


def settled_table(table: pa.Table, context: Sequence[pa.Table]) -> pa.Table:
    """The same of tables, for which only those visitors are looked at who are, or follow, another one. Pure."""
    around = pa.concat_tables(context) if context else table.slice(0, 0)
    both = pa.concat_tables([around, table])
    visitor, before = (whole(both[name]).to_numpy() for name in ("visitor", "before"))
    at = np.flatnonzero(handed_over(visitor, before))
    visitor = visitor[len(around) :].copy()
    if len(at):
        events, inside = events_of(both.take(pa.array(at))), at >= len(around)
        own = [event for event, there in zip(events, inside.tolist(), strict=True) if there]
        others = [event for event, there in zip(events, inside.tolist(), strict=True) if not there]
        settled = settled_events(own, others)
        visitor[at[inside] - len(around)] = np.array([event.visitor for event in settled], dtype=np.uint64)
    for name, values in (("visitor", visitor), ("before", np.zeros(len(table), dtype=np.uint64))):
        place = RAW.get_field_index(name)
        table = table.set_column(place, RAW.field(place), pa.array(values))
    return table


def settled_events(events: Sequence[Event], context: Sequence[Event]) -> list[Event]:
    """The same events in the same order without `before`; those of a visit that began under another id have that id.

    `context` holds the other events that decide where visits begin. Pure.
    """
    ordered, numbers = assign([*context, *events])
    owners: dict[int, int] = {}
    own: dict[int, int] = {}
    for event, number in zip(ordered, numbers, strict=True):
        if number >= 0:
            own[id(event)] = owners.setdefault(number, event.visitor)
    return [msgspec.structs.replace(event, visitor=own.get(id(event), event.visitor), before=0) for event in events]


def rewrite(lease: Lease, day: int, events: Events, revision: bytes, sizes: Sequence[int], mark: str) -> None:
    """Put `events` in place of the raw lists of a day, which had `revision` and lists of `sizes` blocks.

    `mark` is the ms at which the day is marked for its rebuild, or "". Raises `Changed`, `Lost`, redis.RedisError.
    """
    shard, client = lease.shard, lease.client
    shadows, size = stage(client, shard, day, events, secrets.token_hex(6))
    old = [shard.raw(day, number) for number in range(len(sizes))]
    new = [shard.raw(day, number) for number in range(len(shadows))]
    argument = {
        "day": keys.iso(day),
        "revision": revision.decode(),
        "lengths": list(sizes),
        "size": size,
        "mark": mark,
    }
    try:
        call(
            lease,
            "rewrite",
            [shard.dense(), shard.marked(), shard.daily(day), shard.raw(day, len(sizes)), *old, *new, *shadows],
            argument,
        )
    except Changed:
        client.unlink(*shadows)
        raise


def stage(client: redis.Redis, shard: Shard, day: int, events: Events, holder: str) -> tuple[list[str], int]:
    """Write events as raw lists of a day to shadows: their names, and the bytes in the last one."""
    lists: list[list[bytes]] = []
    for block in _blocks(events):
        if not lists or sum(map(len, lists[-1])) + len(block) > keys.RAW_LIST_BYTES:
            lists.append([])
        lists[-1].append(block)
    shadows = [shard.shadow(shard.raw(day, number), holder) for number in range(len(lists))]
    for shadow, blocks in zip(shadows, lists, strict=True):
        for some in chunked(blocks, _BLOCKS_A_COMMAND):
            client.rpush(shadow, *some)
            client.expire(shadow, 3_600)
    return shadows, sum(map(len, lists[-1])) if lists else 0


def _blocks(events: Events) -> Iterator[bytes]:
    if isinstance(events, pa.Table):
        table = in_order(events)
        return (pack_table(table.slice(at, _A_COLUMNAR_BLOCK)) for at in range(0, len(table), _A_COLUMNAR_BLOCK))
    return map(pack_events, chunked(sorted(events, key=order_of), A_BLOCK))


def _around(lease: Lease, history: History, day: int, local: Calendar) -> list[pa.Table]:
    """Events that decide where the day's visits began: archived ones of the day, and those of the days before."""
    found = history.tables(lease.shard, [day - 1])
    first = day - 1
    while day - first < FARTHEST and never_paused(found[first], local.start(first), local.start(first + 1)):
        first -= 1
        found |= history.tables(lease.shard, [first])
    return [*history.archived_tables(lease.shard, [day]).get(day, []), *found.values()]
