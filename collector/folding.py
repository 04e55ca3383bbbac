"""Batches of one site in; what one flush adds, as events by day, states and rows for the script, out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from collector.batches import Batch
from common import keys
from common.calendars import Calendar, calendar
from common.counting import spread
from common.events import Event
from common.rollups import EVENTS, PROP_KEYS, cap_of, row
from common.visits import Folded, Order, State, fold, folded, forget, order_of


class Work(NamedTuple):
    """Batches folded: events by day, the changed states and what to add."""

    events: dict[int, list[Event]]
    states: dict[int, State]
    folded: Folded


def fold_batches(batches: Iterable[Batch], states: dict[int, State], of: str) -> Work:
    """Fold the events of one site's batches into the states of their visitors, by days of a zone: batches may have been
    accepted while the site had another one. Pure but for `states`.
    """
    by_visitor: dict[int, list[tuple[Order, Event]]] = {}
    by_day: dict[int, list[Event]] = {}
    out = folded()
    zone = calendar(of)
    for batch in batches:
        for event in batch.events:
            by_visitor.setdefault(event.visitor, []).append((order_of(event), event))
            by_day.setdefault(zone.day(event.time), []).append(event)
        for reason, count in batch.dropped.items():
            row(out.increments, zone.day(batch.received), keys.field("dropped", reason))[EVENTS] += count
    fold_visitors(by_visitor, states, zone, out)
    for state in states.values():
        if state.steps:
            forget(state, max(state.steps) - 2)
    return Work(by_day, states, out)


def fold_visitors(
    by_visitor: dict[int, list[tuple[Order, Event]]], states: dict[int, State], zone: Calendar, out: Folded
) -> None:
    """Fold visitor by visitor, in the order of their first events, so that an id's successor comes after it."""
    for events in by_visitor.values():
        events.sort()
    for visitor, events in sorted(by_visitor.items(), key=lambda item: item[1][0][0]):
        fold(states, visitor, events, zone, out)
    spread(out)
    for day, count in out.no_visit.items():
        row(out.increments, day, keys.field("dropped", "no_visit"))[EVENTS] += count


def rows_of(rows: dict[str, list[int]]) -> tuple[list[list[Any]], list[list[Any]]]:
    """Capped dimensions as [name, cap, place of its family], and rows as [field, place or 0, sums]; places from 1."""
    places: dict[str, int] = {}
    dims: list[list[Any]] = []
    listed: list[list[Any]] = []
    for name, values in rows.items():
        if not any(values):
            continue
        dimension, _ = keys.split_field(name)
        if (place := places.get(dimension, -1)) < 0:
            place = places[dimension] = _place(dimension, places, dims)
        end = max(at for at, value in enumerate(values, 1) if value)
        listed.append([name, place, values[:end]])
    return dims, listed


def _place(dimension: str, places: dict[str, int], dims: list[list[Any]]) -> int:
    cap, family = cap_of(dimension), 0
    if not cap:
        return 0
    if dimension.startswith("prop:"):
        if "prop" not in places:
            dims.append(["prop", PROP_KEYS, 0])
            places["prop"] = len(dims)
        family = places["prop"]
    dims.append([dimension, cap, family])
    return len(dims)
