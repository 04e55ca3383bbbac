"""Visits and events in, increments of rollup rows out. Which visit an event belongs to, `common.visits` decides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import NamedTuple

from common.calendars import Calendar
from common.events import CLASSES, NONE, PAGEVIEW, VISIT_DIMENSIONS, Event
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
    row,
    shape,
)
from common.states import Folded, Order, State, Visit

_NEVER: frozenset[int] = frozenset()
_Sums = tuple[int, int, int, int, int, int, int]
assert tuple(range(7)) == (PAGEVIEWS, EVENTS, VISITS, VISITORS, BOUNCES, DURATION, ENGAGED)  # noqa: S101
_REST = [0] * (len(METRICS) - 7)

#: An event's own VISIT_DIMENSIONS, in their order.
values_of = attrgetter(*VISIT_DIMENSIONS)

#: Values that are remembered with their ids. They may be as long as paths are: this bounds the flusher's memory.
_REMEMBERED = 20_000


@lru_cache(_REMEMBERED)
def value_id(name: str) -> int:
    """A 64-bit id of a field, so that states stay small and exact."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


@lru_cache(_REMEMBERED)
def _named(dimension: str, value: str) -> tuple[str, int]:
    name = field(dimension, value or NONE)
    return name, value_id(name)


class Labels(NamedTuple):
    """The rows under which a visit and all its events are counted."""

    own: tuple[str, ...]  #: of its entry and exit page, which many others share only in part
    shared: tuple[str, ...]  #: of everything else; the same object wherever its values are the same

    def all(self) -> tuple[str, ...]:
        """Every row."""
        return self.own + self.shared


@lru_cache(_REMEMBERED)
def _shared(values: tuple[str, ...]) -> tuple[str, ...]:
    labels = (field(name, value or NONE) for name, value in zip(VISIT_DIMENSIONS, values, strict=True))
    return (field("class", "human"), *labels)


@lru_cache(len(CLASSES))
def _total(class_: str) -> Labels:
    return Labels((), (field("class", class_),))


_NOTHING = Labels((), ())


def labels_of(class_: str, visit: Visit) -> Labels:
    """The rows of a visit. Bots have totals only."""
    if class_ != "human":
        return _total(class_)
    paths = (_named("entry_page", visit.entry)[0], _named("exit_page", visit.exit)[0])
    return Labels(paths, _shared(visit.values))


class Counted:
    """What the open visit of a state has been counted as, so that only the difference is added."""

    def __init__(self, state: State, calendar: Calendar) -> None:
        self._calendar = calendar
        self._labels, self._days, self._cells = self._of(state)

    def settle(self, state: State, out: Folded) -> None:
        """Add what the state's open visit counts now, less what it was counted as."""
        labels, days, cells = self._of(state)
        if labels == self._labels:
            for day, sums in days.items():
                known = self._days.get(day)
                if known is None:
                    _add(out, day, labels, sums, state.closed.get(day))
                elif known != sums:
                    less = tuple(new - old for new, old in zip(sums, known, strict=True))
                    _add(out, day, labels, less, state.closed.get(day))  # type: ignore[arg-type]
        else:
            for day, sums in self._days.items():
                _add(out, day, self._labels, tuple(-each for each in sums), state.closed.get(day))  # type: ignore[arg-type]
            for day, sums in days.items():
                _add(out, day, labels, sums, state.closed.get(day))
        if cells != self._cells:
            for sign, some in ((-1, self._cells), (1, cells)):
                for day, name, visits, bounces, duration in some:
                    values = row(out.increments, day, name)
                    values[VISITS] += sign * visits
                    values[BOUNCES] += sign * bounces
                    values[DURATION] += sign * duration

    def _of(self, state: State) -> tuple[Labels, dict[int, _Sums], tuple[tuple[int, str, int, int, int], ...]]:
        """Labels; the sums of every day, the same under each label; and the cells of step and shape."""
        visit = state.visit
        if visit is None:
            return _NOTHING, {}, ()
        counts = visit.counts
        begun, step = self._calendar.place(visit.first)
        pageviews = engaged = 0
        for each in counts.values():
            pageviews += each[0]
            engaged += each[2]
        bounce, duration = int(pageviews == 1 and not visit.interactive), visit.last - visit.first
        days: dict[int, _Sums] = {
            day: (
                (each[0], each[1], 1, int(each[1] > 0), bounce, duration, each[2])
                if day == begun
                else (each[0], each[1], 0, int(each[1] > 0), 0, 0, each[2])
            )
            for day, each in counts.items()
        }
        total = (begun, _in_time("step", state.class_, step), 1, bounce, duration)
        if state.class_ != "human":
            return labels_of(state.class_, visit), days, (total,)
        cell = (begun, field("shape", shape(pageviews, engaged, visit.interactive)), 1, 0, 0)
        return labels_of(state.class_, visit), days, (total, cell)


def _add(out: Folded, day: int, labels: Labels, sums: _Sums, closed: set[int] | None) -> None:
    """Add the sums under every label; the visitor only where an earlier visit has not brought them in.

    Under shared labels they are summed up first, and come into their rows at the end: most visits share them all.
    """
    if closed and sums[VISITORS]:
        for label in labels.all():
            _to_row(out, day, label, sums, 0 if value_id(label) in closed else sums[VISITORS])
        return
    for label in labels.own:
        _to_row(out, day, label, sums, sums[VISITORS])
    place = (day, id(labels.shared))
    known = out.shared.get(place)
    if known is None:
        out.shared[place] = (labels.shared, list(sums))
        return
    values = known[1]
    views, events, visits, visitors, bounces, duration, engaged = sums
    values[PAGEVIEWS] += views
    values[EVENTS] += events
    values[VISITS] += visits
    values[VISITORS] += visitors
    values[BOUNCES] += bounces
    values[DURATION] += duration
    values[ENGAGED] += engaged


def spread(out: Folded) -> None:
    """Add to their rows what was summed up under shared labels."""
    for (day, _), (labels, sums) in out.shared.items():
        for label in labels:
            _to_row(out, day, label, sums, sums[VISITORS])
    out.shared.clear()


def _to_row(out: Folded, day: int, label: str, sums: Sequence[int], new: int) -> None:
    views, events, visits, _, bounces, duration, engaged = sums
    rows = out.increments.get(day)
    if rows is None:
        rows = out.increments[day] = {}
    values = rows.get(label)
    if values is None:
        rows[label] = [views, events, visits, new, bounces, duration, engaged, *_REST]
        return
    values[PAGEVIEWS] += views
    values[EVENTS] += events
    values[VISITS] += visits
    values[VISITORS] += new
    values[BOUNCES] += bounces
    values[DURATION] += duration
    values[ENGAGED] += engaged


@lru_cache(1_000)
def _in_time(kind: str, class_: str, step: int) -> str:
    return f"{kind}={class_}.{step}"


def close(state: State) -> None:
    """Make the open visit one of the past: what it was counted under is remembered, itself is not."""
    visit = state.visit
    if visit is None:
        return
    state.previous = visit.alive
    names = [value_id(name) for name in labels_of(state.class_, visit).all()]
    for day, counts in visit.counts.items():
        if counts[1]:
            state.closed.setdefault(day, set()).update(names, visit.seen.get(day, ()))


def count_event(state: State, visit: Visit, order: Order, event: Event, calendar: Calendar, out: Folded) -> None:
    """What the event itself adds; what it adds under its visit's labels is settled at the end."""
    time, (day, step) = event.time, calendar.place(event.time)
    view = event.type == PAGEVIEW
    visit.last = max(visit.last, time)
    visit.alive = max(visit.alive, time)
    counts = visit.counts.get(day)
    if counts is None:
        counts = visit.counts[day] = [0, 0, 0]
    counts[0] += view
    counts[1] += 1
    if view:
        if visit.entry_order is None or order < visit.entry_order:
            visit.entry, visit.entry_order = event.page, order
        if visit.exit_order is None or order > visit.exit_order:
            visit.exit, visit.exit_order = event.page, order
    elif event.interactive:
        visit.interactive = True
    values = row(out.increments, day, _in_time("step", state.class_, step))
    values[PAGEVIEWS] += view
    values[EVENTS] += 1
    if event.salt_local:
        row(out.increments, day, "salt=local")[EVENTS] += 1
    bits = int.from_bytes(state.steps.get(day, b""), "little")
    if not bits >> step & 1:
        values[VISITORS] += 1
        if not bits & calendar.hour_mask(day, step):
            row(out.increments, day, _in_time("hour", state.class_, calendar.hours(day)[step]))[VISITORS] += 1
        state.steps[day] = (bits | 1 << step).to_bytes(14, "little")
    if state.class_ == "human":
        _count_values(state, visit, event, day, calendar, out)


def _count_values(state: State, visit: Visit, event: Event, day: int, calendar: Calendar, out: Folded) -> None:
    view, rows = event.type == PAGEVIEW, out.increments[day]
    known, closed = visit.seen.setdefault(day, set()), state.closed.get(day, _NEVER)
    named: tuple[tuple[str, int], ...]
    named = (_named("page", event.page), _named("hostname", event.hostname), _named("event", event.type))
    if event.props:
        named += tuple(_named(f"prop:{key}", value) for key, value in event.props.items())
    for name, number in named:
        values = rows.get(name)
        if values is None:
            values = rows[name] = [0] * len(METRICS)
        values[PAGEVIEWS] += view
        values[EVENTS] += 1
        if number in known:
            continue
        if number not in closed:
            values[VISITORS] += 1
        if len(visit.seen) == 1 or not any(number in seen for seen in visit.seen.values()):
            row(out.increments, calendar.day(visit.first), name)[VISITS] += 1
        known.add(number)
    if event.currency:
        values = row(out.increments, day, field("revenue", f"{event.currency}.{event.type}"))
        values[EVENTS] += 1
        values[REVENUE] += event.amount


def count_engagement(state: State, visit: Visit, event: Event, calendar: Calendar, out: Folded) -> None:
    """What an engagement signal adds to its page, host and step."""
    day, step = calendar.place(event.time)
    visit.counts.setdefault(day, [0, 0, 0])[2] += event.engaged
    row(out.increments, day, _in_time("step", state.class_, step))[ENGAGED] += event.engaged
    if state.class_ != "human":
        return
    name, number = _named("page", event.page)
    page = row(out.increments, day, name)
    page[ENGAGED] += event.engaged
    row(out.increments, day, _named("hostname", event.hostname)[0])[ENGAGED] += event.engaged
    if event.scroll >= 0:
        depths = visit.depths.setdefault(day, {})
        before = depths.get(number, -1)
        if event.scroll > before:
            page[SCROLL] += event.scroll - max(before, 0)
            page[SCROLLED] += before < 0
            depths[number] = event.scroll
