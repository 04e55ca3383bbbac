"""Days of one shard in, their rollup rows counted again from raw events out. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collector.folding import fold_visitors
from common.calendars import Calendar
from common.events import Event
from common.history import History
from common.keys import Shard
from common.raw import extent
from common.rollups import Increments
from common.sessions import FARTHEST, unbroken
from common.visits import Order, State, folded, order_of


class Look(NamedTuple):
    """The days that were read: their revisions and events."""

    revisions: dict[int, bytes]
    events: dict[int, list[Event]]


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
    look = _look(history, shard, range(run[0] - 1, run[-1] + 2))
    first = run[0] - 1
    while run[0] - first < FARTHEST and unbroken(look.events[first], local.start(first), local.start(first + 1)):
        first -= 1
        earlier = _look(history, shard, [first])
        look = Look(earlier.revisions | look.revisions, earlier.events | look.events)
    return _fold(look, local)


def _look(history: History, shard: Shard, days: Iterable[int]) -> Look:
    """Revisions first: what is written after them makes the swap be refused, not the events be missed."""
    revisions = {day: extent(history.client, shard, day).revision for day in days}
    return Look(revisions, history.events(shard, revisions))


def _fold(look: Look, local: Calendar) -> Recount:
    by_visitor: dict[int, list[tuple[Order, Event]]] = {}
    for events in look.events.values():
        for event in events:
            by_visitor.setdefault(event.visitor, []).append((order_of(event), event))
    states: dict[int, State] = {}
    out = folded()
    fold_visitors(by_visitor, states, local, out)
    return Recount(look, states, out.increments)
