"""Days of one shard in, their rollup rows counted again from raw events out. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collector.folding import fold_visitors
from common.arrays import Rows, added, arrays
from common.calendars import LONGEST, Calendar
from common.columns import events_of, whole
from common.events import SIGNALS, Event
from common.history import History
from common.keys import Shard
from common.raw import revision
from common.recounted import recounted
from common.rollups import Increments
from common.sessions import FARTHEST, unbroken
from common.visit_columns import Ids, apart, never_paused
from common.visits import Order, State, folded, order_of


class Look(NamedTuple):
    """The days that were read: their revisions and events."""

    revisions: dict[int, bytes]
    events: dict[int, list[Event]]


class Columns(NamedTuple):
    """Days that were counted in columns: the revisions and numbers of events of all that were read; of the days that
    were asked for the ids of human visitors, and their rows.
    """

    revisions: dict[int, bytes]
    events: dict[int, int]
    visitors: dict[int, Ids]
    rows: dict[int, Rows]


class Recount(NamedTuple):
    """What was read, the visitors' states after it, and the rows of every day that was read."""

    look: Look
    states: dict[int, State]
    rows: Increments


def recount(history: History, shard: Shard, run: Sequence[int], local: Calendar) -> Recount:
    """Count neighbouring days again. A day more on either side is read, and more where somebody never paused, since
    their visits reach into these days. Rows are whole only for the days of `run`. Raises redis.RedisError, and
    StoreError where archived events cannot be read.
    """
    look = _look(history, shard, _around(run, local))
    first = run[0] - 1
    while run[0] - first < FARTHEST and unbroken(look.events[first], local.start(first), local.start(first + 1)):
        first -= 1
        earlier = _look(history, shard, [first])
        look = Look(earlier.revisions | look.revisions, earlier.events | look.events)
    return _fold(look, local)


def recount_columns(history: History, shard: Shard, run: Sequence[int], local: Calendar) -> Columns:
    """The same without an object for any event, and without states. Raises as `recount` does."""
    revisions, tables = _look_at_columns(history, shard, _around(run, local))
    first = run[0] - 1
    while run[0] - first < FARTHEST and never_paused(tables[first], local.start(first), local.start(first + 1)):
        first -= 1
        earlier = _look_at_columns(history, shard, [first])
        revisions, tables = earlier[0] | revisions, earlier[1] | tables
    raw = pa.concat_tables(tables.values()).unify_dictionaries().combine_chunks()
    events = {day: len(table) for day, table in tables.items()}
    rows = rows_of(raw, local, range(run[0], run[-1] + 1))
    return Columns(revisions, events, {day: ids for day, ids in _visitors(raw, events).items() if day in run}, rows)


def _around(run: Sequence[int], local: Calendar) -> range:
    """A day more on either side, and another one where a visit of 24 hours outlasts a shorter day."""
    last = run[-1] + 1
    return range(run[0] - 1, last + 1 + (local.start(last + 1) - local.start(last) < LONGEST))


def _visitors(raw: pa.Table, events: dict[int, int]) -> dict[int, Ids]:
    """The human visitors of each day; days lie in the table one after the other."""
    human = pc.and_(pc.equal(raw["class"], "human"), pc.invert(pc.is_in(raw["type"], pa.array(sorted(SIGNALS)))))
    some, visitor = whole(human).to_numpy(False), whole(raw["visitor"]).to_numpy()
    ends = np.cumsum(list(events.values())).tolist()
    spans = zip(events, [0, *ends], ends, strict=False)
    return {day: np.unique(visitor[begin:end][some[begin:end]]) for day, begin, end in spans}


def _look_at_columns(
    history: History, shard: Shard, days: Iterable[int]
) -> tuple[dict[int, bytes], dict[int, pa.Table]]:
    revisions = {day: revision(history.client, shard, day) for day in days}
    return revisions, history.tables(shard, revisions)


def rows_of(table: pa.Table, local: Calendar, days: range) -> dict[int, Rows]:
    """The rows of days counted in columns from their raw events and those around them; few visitors by the fold: who
    goes on under another id.
    """
    rest, handed = apart(table)
    found = recounted(rest, local, days)
    if len(handed):
        out = folded()
        fold_visitors(_by_visitor(events_of(handed)), {}, local, out)
        for day, rows in out.increments.items():
            if day in days and (more := arrays(rows.items())):
                found[day] = added(found.get(day, {}), more)
    return found


def _look(history: History, shard: Shard, days: Iterable[int]) -> Look:
    """Revisions first: what is written after them makes the swap be refused, not the events be missed."""
    revisions = {day: revision(history.client, shard, day) for day in days}
    return Look(revisions, history.events(shard, revisions))


def _fold(look: Look, local: Calendar) -> Recount:
    states: dict[int, State] = {}
    out = folded()
    fold_visitors(_by_visitor(event for events in look.events.values() for event in events), states, local, out)
    return Recount(look, states, out.increments)


def _by_visitor(events: Iterable[Event]) -> dict[int, list[tuple[Order, Event]]]:
    found: dict[int, list[tuple[Order, Event]]] = {}
    for event in events:
        found.setdefault(event.visitor, []).append((order_of(event), event))
    return found
