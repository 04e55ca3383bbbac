"""Days of one shard in, every figure that does not hold out: stored rollups against a recount from raw events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import redis
from redis.exceptions import ResponseError

from collector.jobs.recount import Recount, recount
from collector.stored import Stored, StoredDays
from common import keys
from common.calendars import Calendar
from common.capped import capped
from common.events import OTHER, PATH_DIMENSIONS, SIGNALS, VISIT_DIMENSIONS
from common.history import History
from common.keys import Shard
from common.raw import read_day
from common.rollups import METRICS, PAGEVIEWS, VISITS
from common.store import StoreError

#: Rows that raw events cannot tell again.
_UNTOLD = "dropped="
_FEW = 5
_TRIES = 3
#: Days checked at once; their events are in memory together.
_AT_ONCE = 8
_CLASS = "class"
#: Counts a HyperLogLog that is no key: it is one only within the script.
_COUNT = (
    "redis.call('SET', KEYS[1], ARGV[1]) local n = redis.pcall('PFCOUNT', KEYS[1]) redis.call('DEL', KEYS[1]) return n"
)


class Fault(NamedTuple):
    """A day whose figures are not what they should be, and what is wrong."""

    day: int
    what: str

    def __str__(self) -> str:
        return f"{keys.iso(self.day)}: {self.what}"


class _Moved(Exception):
    """Something was written meanwhile."""


def verify(history: History, shard: Shard, days: Sequence[int], local: Calendar) -> Iterator[Fault]:
    """Check days, neighbours together. One that is written to meanwhile is read again, and passed over when that goes
    on. Days that wait to be made again are known to be behind, and not checked. Raises redis.RedisError.
    """
    try:
        waiting = {keys.ordinal(day.decode()) for day in cast("list[bytes]", history.client.hkeys(shard.marked()))}
    except ResponseError:  # of a wrong type: the check of keys names it
        waiting = set()
    stored = StoredDays(history.client, shard, history.archive)
    for run in runs([day for day in sorted(days) if day not in waiting]):
        try:
            faults = _steadily(history, shard, run, local, stored)
        except (StoreError, ResponseError, _Moved):
            for day in run:  # one of them alone is to blame
                yield from _alone(history, shard, day, local, stored)
        else:
            yield from faults


def runs(days: Sequence[int]) -> Iterator[list[int]]:
    """Neighbouring days together, a few at a time."""
    run: list[int] = []
    for day in days:
        if run and (day != run[-1] + 1 or len(run) >= _AT_ONCE):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _alone(history: History, shard: Shard, day: int, local: Calendar, stored: StoredDays) -> Iterator[Fault]:
    try:
        yield from _steadily(history, shard, [day], local, stored)
    except _Moved:
        return  # there is a writer who knows what he does, and no moment to look at it
    except StoreError as error:
        yield Fault(day, str(error))
    except ResponseError as error:
        if "WRONGTYPE" not in str(error):
            raise
        yield Fault(day, "a key of it, or of a day beside it, has a wrong type")


def _steadily(history: History, shard: Shard, run: list[int], local: Calendar, stored: StoredDays) -> list[Fault]:
    """Faults of days, read while nobody wrote to them. Raises `_Moved` when that was not to be had."""
    for _ in range(_TRIES):
        before = _written(history, shard, run)
        again = recount(history, shard, run, local)
        faults = [Fault(day, text) for day in run for text in _day(history, shard, day, again, stored)]
        if _written(history, shard, run) == before:
            return faults
    raise _Moved


def _written(history: History, shard: Shard, run: list[int]) -> list[object]:
    """What every write to the days changes."""
    pipe = history.client.pipeline(transaction=False)
    for day in run:
        pipe.hget(shard.daily(day), keys.REVISION)
    return [history.version(shard), *(None if isinstance(r, Exception) else r for r in pipe.execute(False))]


def _day(history: History, shard: Shard, day: int, again: Recount, stored: StoredDays) -> Iterator[str]:
    try:
        found = stored.day(day)
    except ResponseError:
        yield "the rollups are of a wrong type"
        return
    events = again.look.events[day]
    if found.events != len(events):
        yield f"{found.events} raw events are noted, {len(events)} are there"
    if double := _double(history, shard, day):
        yield f"{double} events lie in two places, in Redis and in the archive"
    if found.folded and found.added:
        return  # what came later is whole only when the day is made again; the daily job sees to it
    expected = {name: row for name, row in again.rows.get(day, {}).items() if any(row)}
    yield from _sums(found.rows)
    yield from _rows(found.rows, expected)
    visitors = {event.visitor for event in events if event.class_ == "human" and event.type not in SIGNALS}
    try:
        counted = _visitors(history.client, shard, day, found)
    except ResponseError:
        yield "the HyperLogLog is of a wrong type"
        return
    if abs(counted - len(visitors)) > max(2, 0.03 * len(visitors)):
        yield f"the HyperLogLog tells {counted} visitors, there are {len(visitors)}"


def _double(history: History, shard: Shard, day: int) -> int:
    """How many events of a day are in the archive and in Redis."""
    archived = history.archived(shard, [day]).get(day)
    if not archived:
        return 0
    return len(set(map(_whole, archived)) & set(map(_whole, read_day(history.client, shard, day))))


def _whole(event: object) -> str:
    """An event by all it says, but `before`, which only a day that is not settled has."""
    return repr(event).replace(f"before={getattr(event, 'before', 0)}", "before=0", 1)


def _visitors(client: redis.Redis, shard: Shard, day: int, found: Stored) -> int:
    if found.unique is None:
        return client.pfcount(shard.unique(day))
    if not found.unique:
        return 0
    key = shard.shadow(shard.unique(day), "verify")
    return cast(int, client.eval(_COUNT, 1, key, found.unique))


def _sums(stored: dict[str, list[int]]) -> Iterator[str]:
    """Pageviews and visits by any dimension of a visit add up to the total, with `(other)` and `(none)`."""
    total = stored.get(keys.field(_CLASS, "human"), [0] * len(METRICS))
    sums: dict[str, list[int]] = {name: [0] * len(METRICS) for name in (*VISIT_DIMENSIONS, *PATH_DIMENSIONS)}
    for name, row in stored.items():
        if (known := sums.get(keys.split_field(name)[0])) is not None:
            for metric in (PAGEVIEWS, VISITS):
                known[metric] += row[metric]
    for dimension, known in sums.items():
        for metric in (PAGEVIEWS, VISITS):
            if known[metric] != total[metric]:
                yield f"{METRICS[metric]} by {dimension} add up to {known[metric]}, in all there are {total[metric]}"


def _rows(stored: dict[str, list[int]], expected: dict[str, list[int]]) -> Iterator[str]:
    """Stored rows equal those counted again; where a dimension is cut, its kept rows and its sums do."""
    kept = _by_dimension({n: r for n, r in stored.items() if not n.startswith(_UNTOLD) or n == "dropped=no_visit"})
    whole = _by_dimension(expected)
    wanted = _by_dimension(capped({name: list(row) for name, row in expected.items()}))
    cut_keys = keys.field("prop", OTHER) in kept.get("prop", {})
    for dimension in sorted(kept.keys() | wanted.keys()):
        some, right = kept.get(dimension, {}), wanted.get(dimension, {})
        if dimension.startswith("prop") and cut_keys:
            continue  # which keys have rows of their own depends on who came first
        if keys.field(dimension, OTHER) in some:
            right = {name: expected.get(name, some[name]) for name in some}
            if _total(some) != _total(whole.get(dimension, {})):
                yield f"{dimension}: rows and {OTHER} do not add up to what was counted again"
        wrong = sorted(name for name in some.keys() | right.keys() if some.get(name) != right.get(name))
        if wrong:
            more = f" and {len(wrong) - _FEW} more" if len(wrong) > _FEW else ""
            yield f"{len(wrong)} rows differ from a recount: {', '.join(wrong[:_FEW])}{more}"


def _by_dimension(rows: dict[str, list[int]]) -> dict[str, dict[str, list[int]]]:
    parts: dict[str, dict[str, list[int]]] = {}
    for name, row in rows.items():
        parts.setdefault(keys.split_field(name)[0], {})[name] = row
    return parts


def _total(rows: dict[str, list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows.values(), strict=True)]
