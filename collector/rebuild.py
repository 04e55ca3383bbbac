"""Days of one shard in, their rollups made again from raw events and put in place atomically.

A late event can change visits of the day before and the day after, so the neighbours of a wanted day are made again
with it, and one more day on either side is read. Traffic goes on meanwhile: the swap is refused when a day was
written to since it was read; after three refusals the flushers are asked to wait.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

import msgspec
import redis
from redis.exceptions import ResponseError

from collector.recount import Look, recount
from common import keys
from common.calendars import Calendar, calendar
from common.capped import capped
from common.events import OTHER, SIGNALS
from common.keys import Shard
from common.raw import extent
from common.rollups import cap_of
from common.rows import pack_row, script_argument
from common.visits import State, forget

_SCRIPT = (Path(__file__).parent / "swap.lua").read_text()
_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(State).decode
#: Days rebuilt in one go; their events are in memory together.
_AT_ONCE = 8
_T = TypeVar("_T")


class Rebuilt(NamedTuple):
    """What one rebuild did."""

    days: list[int]
    events: int
    seconds: float
    refusals: int


def rebuild(
    client: redis.Redis,
    shard: Shard,
    days: Iterable[int],
    zone: str,
    now: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Rebuilt:
    """Make the rollups of `days` (ordinals) and their neighbours again. Raises redis.RedisError; then nothing changed.

    `progress` is called with days done and days in all.
    """
    begun, wanted, local = time.monotonic(), set(days), calendar(zone)
    around = {day + shift for day in wanted for shift in (-1, 0, 1)}
    if around and max(around) >= local.day(now) - 1:
        around.add(local.day(now))
    events = refusals = done = 0
    for run in _runs(sorted(around)):
        counted, refused = _rebuild_run(client, shard, run, wanted, local, now)
        events, refusals, done = events + counted, refusals + refused, done + len(run)
        progress(done, len(around))
    return Rebuilt(sorted(around), events, time.monotonic() - begun, refusals)


def marked_days(client: redis.Redis, shard: Shard) -> list[int]:
    """The days of a shard that wait for their rebuild."""
    return sorted(keys.ordinal(day.decode()) for day in cast("list[bytes]", client.hkeys(shard.marked())))


def _runs(days: list[int]) -> Iterator[list[int]]:
    """Neighbouring days together, a few at a time."""
    run: list[int] = []
    for day in days:
        if run and (day != run[-1] + 1 or len(run) >= _AT_ONCE):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _rebuild_run(
    client: redis.Redis, shard: Shard, run: list[int], wanted: set[int], local: Calendar, now: int
) -> tuple[int, int]:
    swap = client.register_script(_SCRIPT)
    refusals, holder = 0, f"rebuild-{os.getpid()}"
    try:
        while True:
            begun = time.monotonic()
            look, names, argument = _prepare(client, shard, run, wanted, local, now)
            reply = swap(keys=names, args=[argument])
            if reply[0] == b"ok":
                return sum(map(len, look.events.values())), refusals
            client.unlink(*names[2 + len(look.revisions) :][1::2])  # the shadows, else each refusal left its own
            refusals += 1
            if refusals >= 3:
                hold = int(2_000 + 3_000 * (time.monotonic() - begun))
                client.hset(shard.state(), keys.LEASE, f"{holder} {time.time_ns() // 1_000_000 + hold}")
    finally:
        lease = cast("bytes | None", client.hget(shard.state(), keys.LEASE)) if refusals >= 3 else None
        if (lease or b"").decode().partition(" ")[0] == holder:
            client.hdel(shard.state(), keys.LEASE)


def _prepare(
    client: redis.Redis, shard: Shard, run: list[int], wanted: set[int], local: Calendar, now: int
) -> tuple[Look, list[str], bytes]:
    done = _marks(client, shard, [day for day in run if day in wanted])
    look, states, out = recount(client, shard, run, local)
    names = [shard.state(), shard.marked(), *(shard.daily(day) for day in look.revisions)]
    # Two rebuilds at once must not share shadows: the slower would put the other's rows in place.
    holder, whole = secrets.token_hex(6), []
    for day in run:
        made = _shadow(client, shard, holder, day, out.get(day, {}), look)
        names += [shard.daily(day), shard.shadow(shard.daily(day), holder)]
        names += [shard.unique(day), shard.shadow(shard.unique(day), holder)]
        whole.append(made)
    argument = {
        "revisions": [value.decode() for value in look.revisions.values()],
        "whole": whole,
        "states": _states(client, shard, states, local, now) if run[-1] >= local.day(now) - 1 else [],
        "done": done,
    }
    return look, names, script_argument(argument)


def _marks(client: redis.Redis, shard: Shard, days: list[int]) -> list[bytes | str]:
    """Marks as day, value, ..: one that is set anew after the events were read must stay."""
    names = [keys.iso(day) for day in days]
    try:
        values = cast("list[bytes | None]", client.hmget(shard.marked(), names)) if names else []
    except ResponseError:  # of a wrong type, until the next flush sets it aside
        return []
    return [part for name, value in zip(names, values, strict=False) if value for part in (name, value)]


def _shadow(
    client: redis.Redis, shard: Shard, holder: str, day: int, rows: dict[str, list[int]], look: Look
) -> tuple[bool, bool]:
    """Write a day's shadow keys; which of the two there are."""
    stored = extent(client, shard, day)
    mapping: dict[str, bytes] = {name: pack_row(values) for name, values in capped(rows).items()}
    mapping |= {f"{keys.COUNT}={name}": str(count).encode() for name, count in _counts(mapping).items()}
    mapping |= {name: value for name, value in stored.dropped.items() if value}
    if stored.rows or mapping or stored.revision:
        mapping[keys.REVISION] = str(int(stored.revision or 0) + 1).encode()
        mapping[keys.RAW_EXTENT] = _encode([stored.list, stored.size, stored.rows])
    name, visitors = shard.shadow(shard.daily(day), holder), shard.shadow(shard.unique(day), holder)
    ids = {e.visitor for e in look.events[day] if e.class_ == "human" and e.type not in SIGNALS}
    pipe = client.pipeline(transaction=False)
    pipe.delete(name, visitors)
    for part in _batched(mapping.items(), 2_000):
        pipe.hset(name, mapping=dict(part))
    for some in _batched(sorted(ids), 5_000):
        pipe.pfadd(visitors, *(number.to_bytes(8) for number in some))
    for key in (name, visitors):
        pipe.expire(key, 3_600)
    pipe.execute()
    return bool(mapping), bool(ids)


def _counts(mapping: dict[str, bytes]) -> dict[str, int]:
    """Rows of every capped dimension, as the flush script counts them for the cap."""
    counts: dict[str, int] = {}
    for name in mapping:
        dimension, value = keys.split_field(name)
        if cap_of(dimension) and value != OTHER:
            if dimension.startswith("prop:") and dimension not in counts:
                counts["prop"] = counts.get("prop", 0) + 1
            counts[dimension] = counts.get(dimension, 0) + 1
    return counts


def _states(
    client: redis.Redis, shard: Shard, states: dict[int, State], local: Calendar, now: int
) -> list[bytes | str]:
    """States that may still get events and are stored otherwise, as field, value, field, value."""
    recent = local.start(local.day(now) - 1)
    for state in states.values():
        if state.steps:
            forget(state, max(state.steps) - 2)
    chosen = [v for v, s in states.items() if s.handed or (s.visit and s.visit.alive >= recent) or s.orphan >= recent]
    flat: list[bytes | str] = []
    for part in _batched(chosen, 5_000):
        found = cast("list[bytes | None]", client.hmget(shard.state(), map(keys.visitor_field, part)))
        for visitor, value in zip(part, found, strict=True):
            if value is None or _decode_state(value[4:]) != states[visitor]:
                version = (int.from_bytes(value[:4]) + 1) % (1 << 32) if value else 1
                flat += [keys.visitor_field(visitor), version.to_bytes(4) + _encode(states[visitor])]
    return flat


def _batched(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """itertools.batched, which Python 3.11 lacks."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
