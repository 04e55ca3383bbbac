"""A closed day in, its raw events rewritten out: visits over midnight settled, `before` gone, in few blocks.

An event in a day's first half hour carries `before`, the visitor's id of the day before, so that a visit can go on
over midnight. Once no live event can come any more, those events get the id under which their visit began, and
`before` is dropped from all: nothing that is stored links the two ids any longer. Whoever comes back later on that
day is a visitor of its own from then on.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec
import redis

from collector.jobs.calls import TRIES, Changed, call
from collector.jobs.lease import Lease
from common import keys
from common.calendars import Calendar
from common.chunked import chunked
from common.events import Event
from common.history import History
from common.keys import Shard
from common.raw import extent, lengths, read_day
from common.rows import pack_events
from common.sessions import FARTHEST, assign, unbroken
from common.visits import order_of

#: Events a block: compression gains little beyond, and a block is decoded whole.
A_BLOCK = 1_000
_BLOCKS_A_COMMAND = 40


def settle(lease: Lease, history: History, day: int, local: Calendar, now: int) -> bool:
    """Settle a day's events in Redis; whether its rollups have to be made again (then the day is marked).

    Raises `Lost`, redis.RedisError, StoreError; then the day is as it was.
    """
    shard, client = lease.shard, lease.client
    for _ in range(TRIES):
        found, sizes = extent(client, shard, day), lengths(client, shard, day)
        events = read_day(client, shard, day)
        linked = any(event.before for event in events)
        if not events or (not linked and sum(sizes) <= 1 + 2 * len(events) // A_BLOCK):
            return False
        settled = settled_events(events, _around(lease, history, events, day, local)) if linked else events
        moved = settled is not events and any(a.visitor != b.visitor for a, b in zip(events, settled, strict=True))
        try:
            rewrite(lease, day, settled, found.revision, sizes, str(now) if moved else "")
        except Changed:
            continue
        return moved
    raise Changed(f"{shard.site}: {keys.iso(day)} is written to faster than it can be settled")


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


def rewrite(lease: Lease, day: int, events: Sequence[Event], revision: bytes, sizes: Sequence[int], mark: str) -> None:
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


def stage(client: redis.Redis, shard: Shard, day: int, events: Sequence[Event], holder: str) -> tuple[list[str], int]:
    """Write events as raw lists of a day to shadows: their names, and the bytes in the last one."""
    lists: list[list[bytes]] = []
    for block in map(pack_events, chunked(sorted(events, key=order_of), A_BLOCK)):
        if not lists or sum(map(len, lists[-1])) + len(block) > keys.RAW_LIST_BYTES:
            lists.append([])
        lists[-1].append(block)
    shadows = [shard.shadow(shard.raw(day, number), holder) for number in range(len(lists))]
    for shadow, blocks in zip(shadows, lists, strict=True):
        for some in chunked(blocks, _BLOCKS_A_COMMAND):
            client.rpush(shadow, *some)
            client.expire(shadow, 3_600)
    return shadows, sum(map(len, lists[-1])) if lists else 0


def _around(lease: Lease, history: History, events: Sequence[Event], day: int, local: Calendar) -> list[Event]:
    """Events that decide where the day's visits began: archived ones of the day, and those of the days before."""
    found = history.events(lease.shard, [day - 1])
    first = day - 1
    while day - first < FARTHEST and unbroken(found[first], local.start(first), local.start(first + 1)):
        first -= 1
        found |= history.events(lease.shard, [first])
    archived = history.archived(lease.shard, [day]).get(day, [])
    return [*archived, *(event for some in found.values() for event in some)]
