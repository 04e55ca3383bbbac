"""Filters and days in, the raw events that match them out: for exports and for deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from common.calendars import Calendar
from common.events import CLASSES, EVENT_DIMENSIONS, NONE, PAGEVIEW, PATH_DIMENSIONS, Event
from common.filters import chooses_events, holds_of, normalise, split
from common.history import History
from common.keys import Shard
from common.sessions import FARTHEST, assign, unbroken

#: Days whose events are in memory together, besides those around them.
AT_ONCE = 8
#: Days behind the last one into which its visits reach: they last 24 h, a day may have 23.
_AFTER = 2


class Filter(NamedTuple):
    """Dimensions and the values that one of an event must have. Without any, every event matches."""

    where: Mapping[str, list[str]]

    @property
    def by_visit(self) -> bool:
        """Whether it asks something of whole visits."""
        return any(_of_visit(dimension) for dimension in self.where)


def parsed(texts: Iterable[str]) -> Filter:
    """A filter of `dimension=value`; a dimension that comes twice may have either value. Raises ValueError.

    Unlike figures it is of all classes unless it names some: who exports or deletes must not overlook the bots.
    """
    asked: dict[str, list[str]] = {}
    for text in texts:
        dimension, sign, value = text.partition("=")
        if not sign:
            raise ValueError(f"{text!r}: expected a dimension and a value such as country=DE")
        asked.setdefault(dimension, []).append(value)
    found = normalise(asked | {"class": asked.get("class", list(CLASSES))})
    return Filter({name: values for name, values in found.items() if name in asked})


def matching(events: Sequence[Event], wanted: Filter, begin: int, end: int, whole: bool = False) -> set[int]:
    """`id` of the events from `begin` to `end` (ms) that match; with `whole` of those whose visit began then.

    `events` holds all that decide about their visits.
    """
    ordered, numbers = assign(events)
    firsts: dict[int, Event] = {}
    entries: dict[int, str] = {}
    exits: dict[int, str] = {}
    for event, number in zip(ordered, numbers, strict=True):
        firsts.setdefault(number, event)
        if event.type == PAGEVIEW:
            entries.setdefault(number, event.page)
            exits[number] = event.page
    asked = [(split(key)[0], holds_of(key, values)) for key, values in wanted.where.items()]
    of_visit = [(name, holds) for name, holds in asked if _of_visit(name)]
    of_event = [(name, holds) for name, holds in asked if not _of_visit(name)]
    right = {
        number
        for number, first in firsts.items()
        if number >= 0
        and all(
            holds(_visit_value(name, first, entries.get(number, ""), exits.get(number, ""))) for name, holds in of_visit
        )
    }
    return {
        id(event)
        for event, number in zip(ordered, numbers, strict=True)
        if begin <= (firsts[number].time if whole and number >= 0 else event.time) < end
        and (not of_visit or number in right)
        and all(holds(_event_value(name, event)) for name, holds in of_event)
    }


def _of_visit(dimension: str) -> bool:
    """All events of a visit are of one class, and signals without a visit have one, too."""
    return not chooses_events(dimension) and dimension != "class"


def _visit_value(dimension: str, first: Event, entry: str, leave: str) -> str:
    if dimension in PATH_DIMENSIONS:
        return (entry if dimension == "entry_page" else leave) or NONE
    return getattr(first, dimension) or NONE


def _event_value(dimension: str, event: Event) -> str:
    if dimension == "class":
        return event.class_
    if dimension == "event":
        return event.type
    if dimension in EVENT_DIMENSIONS:
        return getattr(event, dimension) or NONE
    return (event.props or {}).get(dimension.partition(":")[2], "") or NONE


class Window:
    """Events around days that are gone through in order, each read once. `before` is told of days before they are."""

    def __init__(
        self,
        history: History,
        shard: Shard,
        local: Calendar,
        before: Callable[[Sequence[int]], None] = lambda days: None,
    ) -> None:
        self._history, self._shard, self._local, self._before = history, shard, local, before
        self._held: dict[int, list[Event]] = {}

    def around(self, run: Sequence[int]) -> dict[int, list[Event]]:
        """All events that decide about the visits of some neighbouring days, by day."""
        self._held = {day: events for day, events in self._held.items() if day >= run[0] - 1}
        self._read(range(run[0] - 1, run[-1] + _AFTER + 1))
        first = run[0] - 1
        while run[0] - first < FARTHEST and unbroken(
            self._held[first], self._local.start(first), self._local.start(first + 1)
        ):
            first -= 1
            self._read([first])
        return dict(sorted(self._held.items()))

    def _read(self, days: Iterable[int]) -> None:
        missing = [day for day in days if day not in self._held]
        self._before(missing)
        for day in missing:
            self._held |= self._history.events(self._shard, [day])


def runs(days: Iterable[int], most: int = AT_ONCE) -> Iterator[list[int]]:
    """Neighbouring days together, at most so many."""
    run: list[int] = []
    for day in sorted(days):
        if run and (day != run[-1] + 1 or len(run) >= most):
            yield run
            run = []
        run.append(day)
    if run:
        yield run
