"""Days of one shard in, every invariant that does not hold out: stored rollups against a recount from raw events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

import redis

from collector.recount import Recount, recount
from common import keys
from common.calendars import Calendar
from common.capped import capped
from common.events import OTHER, PATH_DIMENSIONS, SIGNALS, VISIT_DIMENSIONS
from common.keys import Shard
from common.raw import extent
from common.reader import decode
from common.rollups import METRICS, PAGEVIEWS, VISITS

#: Rows that raw events cannot tell again.
_UNTOLD = "dropped="
_FEW = 5
_TRIES = 3
_CLASS = "class"


class Fault(NamedTuple):
    """A day whose figures are not what they should be, and what is wrong."""

    day: int
    what: str

    def __str__(self) -> str:
        return f"{keys.iso(self.day)}: {self.what}"


def verify(client: redis.Redis, shard: Shard, days: list[int], local: Calendar) -> Iterator[Fault]:
    """Check days one by one. A day that is written to meanwhile is read again, and passed over when that goes on.

    Days that wait for their rebuild are known to be behind, and not checked. Raises redis.RedisError.
    """
    waiting = {keys.ordinal(day.decode()) for day in cast("list[bytes]", client.hkeys(shard.marked()))}
    for day in days:
        if day in waiting:
            continue
        for _ in range(_TRIES):
            before = extent(client, shard, day).revision
            faults = list(_day(client, shard, day, recount(client, shard, [day], local)))
            if extent(client, shard, day).revision == before:
                yield from faults
                break


def _day(client: redis.Redis, shard: Shard, day: int, again: Recount) -> Iterator[Fault]:
    try:
        found = decode(cast("dict[bytes, bytes]", client.hgetall(shard.daily(day))))
    except redis.ResponseError:
        yield Fault(day, "the rollups are of a wrong type")
        return
    stored = {
        keys.field(dimension, value): row
        for dimension, (values, array) in found.items()
        for value, row in zip(values, array.tolist(), strict=True)
    }
    events = again.look.events[day]
    known = extent(client, shard, day)
    if known.rows != len(events):
        yield Fault(day, f"{known.rows} raw events are noted, {len(events)} are there")
    expected = {name: row for name, row in again.rows.get(day, {}).items() if any(row)}
    yield from (Fault(day, text) for text in _sums(stored))
    yield from (Fault(day, text) for text in _rows(stored, expected))
    visitors = {event.visitor for event in events if event.class_ == "human" and event.type not in SIGNALS}
    counted = client.pfcount(shard.unique(day))
    if abs(counted - len(visitors)) > max(2, 0.03 * len(visitors)):
        yield Fault(day, f"the HyperLogLog tells {counted} visitors, there are {len(visitors)}")


def _sums(stored: dict[str, list[int]]) -> Iterator[str]:
    """Pageviews and visits by any dimension of a visit add up to the total, with `(other)` and `(none)`."""
    total = stored.get(keys.field(_CLASS, "human"), [0] * len(METRICS))
    for dimension in (*VISIT_DIMENSIONS, *PATH_DIMENSIONS):
        rows = [row for name, row in stored.items() if keys.split_field(name)[0] == dimension]
        for metric in (PAGEVIEWS, VISITS):
            found = sum(row[metric] for row in rows)
            if found != total[metric]:
                yield f"{METRICS[metric]} by {dimension} add up to {found}, in all there are {total[metric]}"


def _rows(stored: dict[str, list[int]], expected: dict[str, list[int]]) -> Iterator[str]:
    """Stored rows equal those counted again; where a dimension is cut, its kept rows and its sums do."""
    kept = {name: row for name, row in stored.items() if not name.startswith(_UNTOLD) or name == "dropped=no_visit"}
    cut = {keys.split_field(name)[0] for name in kept if name.endswith(f"={OTHER}")}
    wanted = capped({name: list(row) for name, row in expected.items()})
    for dimension in sorted({keys.split_field(name)[0] for name in kept.keys() | wanted.keys()}):
        some = {name: row for name, row in kept.items() if keys.split_field(name)[0] == dimension}
        right = {name: row for name, row in wanted.items() if keys.split_field(name)[0] == dimension}
        if dimension.startswith("prop") and keys.field("prop", OTHER) in kept:
            continue  # which keys have rows of their own depends on who came first
        if dimension in cut:
            right = {name: expected.get(name, some[name]) for name in some}
            if _total(some) != _total({n: r for n, r in expected.items() if keys.split_field(n)[0] == dimension}):
                yield f"{dimension}: rows and {OTHER} do not add up to what was counted again"
        wrong = sorted(name for name in some.keys() | right.keys() if some.get(name) != right.get(name))
        if wrong:
            more = f" and {len(wrong) - _FEW} more" if len(wrong) > _FEW else ""
            yield f"{len(wrong)} rows differ from a recount: {', '.join(wrong[:_FEW])}{more}"


def _total(rows: dict[str, list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows.values(), strict=True)]
