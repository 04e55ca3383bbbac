"""The visit rule: a visitor's state and new events in, the next state and the increments of all rollups out. Pure.

Live flush, import and rebuild all use `fold`, and nothing else decides what a visit is. A state holds its open visit
whole, so that a late event within reach of it is applied by compensating increments, in any order of arrival. What
reaches further back, or joins two visits, marks its day: rollups of marked days are made again from raw events.
"""

from __future__ import annotations

from typing import Any

from common.calendars import LONGEST, PAUSE, Calendar
from common.counting import Counted, close, count_engagement, count_event, values_of
from common.events import COUNTED_SIGNALS, ENGAGEMENT, SIGNALS, Event
from common.signals import count_signal
from common.states import Folded, Order, State, Visit, continues, folded, forget, order_of

#: A visitor who saw more distinct values than this in a day is settled by the rebuild.
MOST_VALUES = 2_000


def fold(
    states: dict[int, State], visitor: int, events: list[tuple[Order, Event]], calendar: Calendar, out: Folded
) -> None:
    """Apply one visitor's events, sorted by order, to `states` (changed in place) and add to `out`.

    `states` must hold what is stored for the visitor and for the `before` ids of the events.
    """
    state = states.get(visitor)
    if state is None:
        state = states[visitor] = State(events[0][1].class_)
    base = Counted(state, calendar)
    for order, event in events:
        if state.visit is None and event.before:
            base = _take_over(states, visitor, event, base, calendar)
            state = states[visitor]
        elif event.before and not _inside(state.visit, event.time):
            _ask_before(states, event, calendar, out)
        if state.handed:
            _mark(out, calendar, event)
            continue
        if event.type in SIGNALS:
            _signal(state, order, event, calendar, out)
        else:
            base = _event(state, order, event, calendar, base, out)
    base.settle(state, out)
    state.day = max(state.day, calendar.day(events[-1][1].time))
    _bound(state, out)


def _bound(state: State, out: Folded) -> None:
    """Forget what a visitor of very many values has seen: the rebuild settles their days, and others need not wait."""
    kept: list[dict[int, Any]] = [state.closed]
    if state.visit:
        kept += [state.visit.seen, state.visit.depths]
    if sum(len(values) for days in kept for values in days.values()) > MOST_VALUES:
        for days in kept:
            out.marked.update(days)
            days.clear()


def _inside(visit: Visit | None, time: int) -> bool:
    return visit is not None and visit.first <= time and continues(visit.first, visit.alive, time)


def _mark(out: Folded, calendar: Calendar, event: Event) -> None:
    out.marked.add(calendar.day(event.time))


def _take_over(states: dict[int, State], visitor: int, event: Event, base: Counted, calendar: Calendar) -> Counted:
    """A day's first visit may continue the visit of the id before: the state moves on to the new id."""
    earlier = states.get(event.before)
    if earlier is None:
        # Remembered, so that an event which arrives later under the id before is settled by the rebuild.
        states[event.before] = State(event.class_, handed=True, day=calendar.day(event.time))
        return base
    visit = earlier.visit
    if visit is None or earlier.handed or not continues(visit.first, visit.alive, event.time):
        earlier.handed = True
        return base
    mine = states[visitor]
    base = Counted(earlier, calendar)
    states[visitor] = State(
        earlier.class_,
        visit,
        earlier.previous,
        max(earlier.orphan, mine.orphan),
        False,
        earlier.steps,
        earlier.closed,
    )
    states[event.before] = State(earlier.class_, handed=True, day=calendar.day(event.time))
    return base


def _ask_before(states: dict[int, State], event: Event, calendar: Calendar, out: Folded) -> None:
    """A late event that begins the day's first visit anew might also continue the one before."""
    earlier = states.setdefault(event.before, State(event.class_, day=calendar.day(event.time)))
    earlier.handed = True
    if earlier.visit is not None:
        _mark(out, calendar, event)


def _signal(state: State, order: Order, event: Event, calendar: Calendar, out: Folded) -> None:
    visit, day = state.visit, calendar.day(event.time)
    if visit is None or order < visit.order or not _inside(visit, event.time):
        if visit is not None and order < visit.order and state.previous:
            out.marked.add(day)  # it may belong to a visit that is no longer held
            return
        out.no_visit[day] = out.no_visit.get(day, 0) + 1
        state.orphan = max(state.orphan, event.time)
        return
    if event.type != ENGAGEMENT:
        if event.type in COUNTED_SIGNALS and state.class_ == "human":
            count_signal(event, day, out.increments)
        return
    if visit.alive < event.time:
        if state.orphan > visit.alive:
            out.marked.add(day)
        visit.alive = event.time
    count_engagement(state, visit, event, calendar, out)


def _event(state: State, order: Order, event: Event, calendar: Calendar, base: Counted, out: Folded) -> Counted:
    visit, time, day = state.visit, event.time, calendar.day(event.time)
    if state.orphan >= time:
        out.marked.add(day)
    if visit is None:
        state.visit = _begin(order, event)
        count_event(state, state.visit, order, event, calendar, out)
        return base
    if order < visit.order:
        if (
            visit.first - time > PAUSE
            or visit.alive + PAUSE - time > LONGEST  # signals that were counted after it might be beyond its end
            or (state.previous and time - state.previous <= PAUSE)
            or calendar.day(visit.first) != day
        ):
            _mark(out, calendar, event)
            return base
        visit.order, visit.first, visit.values = order, time, values_of(event)
    elif not continues(visit.first, visit.alive, time):
        if time <= visit.alive:
            _mark(out, calendar, event)
            return base
        base.settle(state, out)
        close(state)
        state.visit = _begin(order, event)
        count_event(state, state.visit, order, event, calendar, out)
        return Counted(State(state.class_), calendar)
    count_event(state, visit, order, event, calendar, out)
    return base


def _begin(order: Order, event: Event) -> Visit:
    return Visit(order, event.time, event.time, event.time, values_of(event), {}, {}, {})


__all__ = ["Folded", "Order", "State", "Visit", "continues", "fold", "folded", "forget", "order_of"]
