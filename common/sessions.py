"""Raw events in any order in, the visit of each out: the visit rule read forward, for filters over raw events. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from common.calendars import PAUSE
from common.events import ENGAGEMENT, SIGNALS, Event
from common.visits import continues, order_of

#: Days that are looked back at most to find where visits without a pause began.
FARTHEST = 7


def unbroken(events: Iterable[Event], begin: int, end: int) -> bool:
    """Whether someone never paused from begin to end: where visits are cut after 24 h is then decided before begin."""
    last: dict[int, float] = {}
    for time, visitor in sorted((event.time, event.visitor) for event in events if begin <= event.time < end):
        last[visitor] = time if time - last.get(visitor, begin) <= PAUSE else -math.inf
    return any(end - time <= PAUSE for time in last.values())


def assign(events: Sequence[Event]) -> tuple[list[Event], list[int]]:
    """Events in order, and for each the number of its visit; -1 for a signal that found none.

    Visits are numbered by their first event. A visit's first event is the first one that carries its number.
    """
    ordered = sorted(events, key=order_of)
    visit_of: dict[int, int] = {}
    handed: set[int] = set()
    firsts: list[int] = []
    alive: list[int] = []
    numbers: list[int] = []
    for event in ordered:
        number = visit_of.get(event.visitor, -1)
        if number < 0 and event.before and event.before not in handed:
            number = visit_of.get(event.before, -1)
            handed.add(event.before)
            if number >= 0 and continues(firsts[number], alive[number], event.time):
                visit_of[event.visitor] = number
            else:
                number = -1
        signal = event.type in SIGNALS
        if number < 0 or not continues(firsts[number], alive[number], event.time):
            if signal:
                numbers.append(-1)
                continue
            number = visit_of[event.visitor] = len(firsts)
            firsts.append(event.time)
            alive.append(event.time)
        if not signal or event.type == ENGAGEMENT:
            alive[number] = event.time
        numbers.append(number)
    return ordered, numbers
