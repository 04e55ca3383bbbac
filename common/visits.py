"""The visit rule: a visitor's state and new events in, the next state and the increments of all rollups out. Pure.

Live flush, import and rebuild all use `fold`, and nothing else decides what a visit is. A state holds its open visit
whole, so that a late event within reach of it is applied by compensating increments, in any order of arrival. What
reaches further back, or joins two visits, marks its day: rollups of marked days are made again from raw events.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

import msgspec

from common.calendars import LONGEST, PAUSE, Calendar
from common.events import ENGAGEMENT, NONE, PAGEVIEW, SIGNALS, VISIT_DIMENSIONS, Event
from common.keys import field
from common.rollups import (
    BOUNCES,
    DURATION,
    ENGAGED,
    EVENTS,
    METRICS,
    PAGEVIEWS,
    REVENUE,
    SCROLL,
    SCROLLED,
    VISITORS,
    VISITS,
    Increments,
    row,
    shape,
)

#: A visitor who saw more distinct values than this in a day is settled by the rebuild.
MOST_VALUES = 4_000

Order = tuple[int, int, int]
_encode = msgspec.msgpack.Encoder().encode


class Visit(msgspec.Struct, array_like=True):
    """One visit as far as it is known. Times in ms."""

    order: Order  #: of the first event
    first: int
    last: int  #: of the last event
    alive: int  #: of the last event or engagement
    values: tuple[str, ...]  #: the first event's VISIT_DIMENSIONS
    counts: dict[int, list[int]]  #: day -> pageviews, events, engaged ms
    seen: dict[int, set[int]]  #: day -> ids of pages, hosts, events and props
    depths: dict[int, dict[int, int]]  #: day -> id of a page -> greatest scroll in percent
    entry: str = ""
    entry_order: Order | None = None
    exit: str = ""
    exit_order: Order | None = None
    interactive: bool = False


class State(msgspec.Struct, array_like=True):
    """What is remembered of one visitor for two days."""

    class_: str
    visit: Visit | None = None  #: the latest one
    previous: int = 0  #: when the visit before it was last alive
    orphan: int = 0  #: time of the latest signal that found no visit
    handed: bool = False  #: the next day's id continued from here, or tried to
    steps: dict[int, bytes] = {}  #: day -> bits of the 15-minute steps with an event
    closed: dict[int, set[int]] = {}  #: day -> ids of all values of earlier visits
    day: int = 0  #: the latest day with something of this visitor; two days later the state is dropped


class Folded(msgspec.Struct):
    """What events add up to: rows to add, days to make again, signals that found no visit per day."""

    increments: Increments
    marked: set[int]
    no_visit: dict[int, int]


def folded() -> Folded:
    """Nothing yet."""
    return Folded({}, set(), {})


def order_of(event: Event) -> Order:
    """A total order of a visitor's events that does not depend on when they arrived."""
    return (event.time, event.seq, crc32(_encode(event)))


def continues(first: int, alive: int, time: int) -> bool:
    """Whether something at `time` still belongs to a visit: no gap over 30 minutes, at most 24 hours in all."""
    return time - alive <= PAUSE and time - first <= LONGEST


@lru_cache(200_000)
def value_id(name: str) -> int:
    """A 64-bit id of a field, so that states stay small and exact."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


def fold(
    states: dict[int, State], visitor: int, events: list[tuple[Order, Event]], calendar: Calendar, out: Folded
) -> None:
    """Apply one visitor's events, sorted by order, to `states` (changed in place) and add to `out`.

    `states` must hold what is stored for the visitor and for the `before` ids of the events.
    """
    state = states.get(visitor)
    if state is None:
        state = states[visitor] = State(events[0][1].class_)
    base = _Counted(state, calendar)
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
    if sum(map(len, state.closed.values())) > MOST_VALUES:
        for day in state.closed:
            out.marked.add(day)
        state.closed = {}


def forget(state: State, day: int) -> None:
    """Drop what a state remembers of days before `day`."""
    for days in (state.steps, state.closed):
        for old in [known for known in days if known < day]:
            del days[old]


def _inside(visit: Visit | None, time: int) -> bool:
    return visit is not None and visit.first <= time and continues(visit.first, visit.alive, time)


def _mark(out: Folded, calendar: Calendar, event: Event) -> None:
    out.marked.add(calendar.day(event.time))


def _take_over(states: dict[int, State], visitor: int, event: Event, base: _Counted, calendar: Calendar) -> _Counted:
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
    base = _Counted(earlier, calendar)
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
        return
    if visit.alive < event.time:
        if state.orphan > visit.alive:
            out.marked.add(day)
        visit.alive = event.time
    visit.counts.setdefault(day, [0, 0, 0])[2] += event.engaged
    row(out.increments, day, _step_field(state, calendar, event.time))[ENGAGED] += event.engaged
    if state.class_ != "human":
        return
    row(out.increments, day, field("hostname", event.hostname or NONE))[ENGAGED] += event.engaged
    name = field("page", event.page or NONE)
    page = row(out.increments, day, name)
    page[ENGAGED] += event.engaged
    if event.scroll >= 0:
        depths = visit.depths.setdefault(day, {})
        before = depths.get(value_id(name), -1)
        if event.scroll > before:
            page[SCROLL] += event.scroll - max(before, 0)
            page[SCROLLED] += before < 0
            depths[value_id(name)] = event.scroll


def _event(state: State, order: Order, event: Event, calendar: Calendar, base: _Counted, out: Folded) -> _Counted:
    visit, time, day = state.visit, event.time, calendar.day(event.time)
    if state.orphan >= time:
        out.marked.add(day)
    if visit is None:
        state.visit = _begin(order, event)
        _count(state, order, event, calendar, out)
        return base
    if order < visit.order:
        if (
            visit.first - time > PAUSE
            or visit.alive - time > LONGEST
            or (state.previous and time - state.previous <= PAUSE)
            or calendar.day(visit.first) != day
        ):
            _mark(out, calendar, event)
            return base
        visit.order, visit.first, visit.values = order, time, _values(event)
    elif not continues(visit.first, visit.alive, time):
        if time <= visit.alive:
            _mark(out, calendar, event)
            return base
        base.settle(state, out)
        _close(state)
        state.visit = _begin(order, event)
        _count(state, order, event, calendar, out)
        return _Counted(State(state.class_), calendar)
    _count(state, order, event, calendar, out)
    return base


def _begin(order: Order, event: Event) -> Visit:
    return Visit(order, event.time, event.time, event.time, _values(event), {}, {}, {})


def _values(event: Event) -> tuple[str, ...]:
    return tuple(getattr(event, name) for name in VISIT_DIMENSIONS)


def _close(state: State) -> None:
    visit = state.visit
    if visit is None:
        return
    state.previous = visit.alive
    names = [value_id(name) for name in _labels(state, visit)]
    for day, counts in visit.counts.items():
        if counts[1]:
            state.closed.setdefault(day, set()).update(names, visit.seen.get(day, ()))


def _step_field(state: State, calendar: Calendar, time: int) -> str:
    return field("step", f"{state.class_}.{calendar.step(time)}")


def _count(state: State, order: Order, event: Event, calendar: Calendar, out: Folded) -> None:
    """What the event itself adds; what it adds under its visit's dimensions is settled at the end."""
    visit, day = state.visit, calendar.day(event.time)
    assert visit is not None  # noqa: S101
    view = event.type == PAGEVIEW
    visit.last, visit.alive = max(visit.last, event.time), max(visit.alive, event.time)
    counts = visit.counts.setdefault(day, [0, 0, 0])
    counts[0] += view
    counts[1] += 1
    if view:
        if visit.entry_order is None or order < visit.entry_order:
            visit.entry, visit.entry_order = event.page, order
        if visit.exit_order is None or order > visit.exit_order:
            visit.exit, visit.exit_order = event.page, order
    elif event.interactive:
        visit.interactive = True
    step, bits = calendar.step(event.time), int.from_bytes(state.steps.get(day, b""), "little")
    values = row(out.increments, day, _step_field(state, calendar, event.time))
    values[PAGEVIEWS] += view
    values[EVENTS] += 1
    if not bits >> step & 1:
        values[VISITORS] += 1
        if not bits & calendar.hour_mask(day, step):
            hour = field("hour", f"{state.class_}.{calendar.hours(day)[step]}")
            row(out.increments, day, hour)[VISITORS] += 1
        state.steps[day] = (bits | 1 << step).to_bytes(13, "little")
    if state.class_ == "human":
        _count_values(state, visit, event, calendar, out)


def _count_values(state: State, visit: Visit, event: Event, calendar: Calendar, out: Folded) -> None:
    day, view = calendar.day(event.time), event.type == PAGEVIEW
    known, closed = visit.seen.setdefault(day, set()), state.closed.get(day, _NEVER)
    for name in _event_fields(event):
        values = row(out.increments, day, name)
        values[PAGEVIEWS] += view
        values[EVENTS] += 1
        number = value_id(name)
        if number in known:
            continue
        if number not in closed:
            values[VISITORS] += 1
        if not any(number in seen for seen in visit.seen.values()):
            row(out.increments, calendar.day(visit.first), name)[VISITS] += 1
        known.add(number)
    if event.currency:
        values = row(out.increments, day, field("revenue", f"{event.currency}.{event.type}"))
        values[EVENTS] += 1
        values[REVENUE] += event.amount


def _event_fields(event: Event) -> list[str]:
    fields = [
        field("page", event.page or NONE),
        field("hostname", event.hostname or NONE),
        field("event", event.type),
    ]
    if event.props:
        fields += [field(f"prop:{key}", value or NONE) for key, value in event.props.items()]
    return fields


def _labels(state: State, visit: Visit) -> list[str]:
    """The rows under which a visit and all its events are counted. Bots have totals only."""
    labels = [field("class", state.class_)]
    if state.class_ == "human":
        labels.append(field("entry_page", visit.entry or NONE))
        labels.append(field("exit_page", visit.exit or NONE))
        labels += [field(name, value or NONE) for name, value in zip(VISIT_DIMENSIONS, visit.values, strict=True)]
    return labels


class _Counted:
    """What the open visit of a state has been counted as, so that only the difference is added."""

    def __init__(self, state: State, calendar: Calendar) -> None:
        self._calendar = calendar
        self._rows = self._of(state)

    def settle(self, state: State, out: Folded) -> None:
        """Add what the state's open visit counts now, less what it was counted as."""
        rows = self._of(state)
        for day, name in self._rows.keys() | rows.keys():
            old, new = self._rows.get((day, name), _ZERO), rows.get((day, name), _ZERO)
            if old != new:
                values = row(out.increments, day, name)
                for place in range(DURATION + 2):
                    values[place] += new[place] - old[place]

    def _of(self, state: State) -> dict[tuple[int, str], tuple[int, ...]]:
        visit = state.visit
        rows: dict[tuple[int, str], tuple[int, ...]] = {}
        if visit is None:
            return rows
        labels, begun = _labels(state, visit), self._calendar.day(visit.first)
        pageviews = sum(counts[0] for counts in visit.counts.values())
        whole = (1, int(pageviews == 1 and not visit.interactive), visit.last - visit.first)
        for day in visit.counts.keys() | {begun}:
            views, events, engaged = visit.counts.get(day, _NOTHING)
            closed = state.closed.get(day, _NEVER) if events else _NEVER
            visits, bounces, duration = whole if day == begun else (0, 0, 0)
            for label in labels:
                new = int(events > 0 and not (closed and value_id(label) in closed))
                rows[day, label] = (views, events, visits, new, bounces, duration, engaged)
        step = field("step", f"{state.class_}.{self._calendar.step(visit.first)}")
        rows[begun, step] = (0, 0, whole[0], 0, whole[1], whole[2], 0)
        if state.class_ == "human":
            engaged = sum(counts[2] for counts in visit.counts.values())
            rows[begun, field("shape", shape(pageviews, engaged, visit.interactive))] = (0, 0, 1, 0, 0, 0, 0)
        return rows


_ZERO = (0,) * len(METRICS)
_NOTHING = [0, 0, 0]
_NEVER: frozenset[int] = frozenset()
assert (VISITS, VISITORS, BOUNCES, DURATION, ENGAGED) == (2, 3, 4, 5, 6)  # noqa: S101 - the order of the tuples above
