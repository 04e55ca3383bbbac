"""Persons' events, a span and filters in, the public metrics out, the slow and obvious way.

Shares the visits of `brute` and nothing of common/depth: every figure is one comprehension over whole visits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from brute import SIGNALS, BruteVisit, dims_of, is_bounce, local_day, visits_of

from common.events import Event

Persons = Mapping[int, list[Event]]
Where = Mapping[str, list[str]]
Metrics = dict[str, float]
OF_EVENTS = ("page", "hostname", "event")


class Part(NamedTuple):
    """A visit of a person, and those of its events and signals that filters choose."""

    person: int
    visit: BruteVisit
    events: list[Event]
    signals: list[Event]


def value_of(event: Event, dimension: str) -> str:
    """An event's own value of page, hostname, event or a property."""
    if dimension.startswith("prop:"):
        return (event.props or {}).get(dimension[5:]) or "(none)"
    return {"page": event.page, "hostname": event.hostname, "event": event.type}[dimension] or "(none)"


def holds(value: str, key: str, asked: list[str]) -> bool:
    """Whether a value is what `page`, `page__not`, `page__contains` and so on ask for."""
    _, _, operator = key.partition("__")
    tests = {
        "": value in asked,
        "contains": any(text.lower() in value.lower() for text in asked),
        "matches": any(re.search(text, value) for text in asked),
    }
    return tests[operator.replace("not_", "").replace("not", "")] != operator.startswith("not")


def of_event(key: str) -> bool:
    """Whether the filter's dimension chooses events rather than visits."""
    dimension = key.partition("__")[0]
    return dimension in OF_EVENTS or dimension.startswith("prop:")


def visit_value(visit: BruteVisit, dimension: str) -> str:
    """A visit's value of any other dimension."""
    return visit.events[0].class_ if dimension == "class" else dims_of(visit)[dimension]


def parts(persons: Persons, where: Where) -> Iterator[Part]:
    """Every visit that holds a chosen event or signal."""
    for person, events in persons.items():
        for visit in visits_of(events)[0]:
            if all(holds(visit_value(visit, d.partition("__")[0]), d, v) for d, v in where.items() if not of_event(d)):

                def chosen(event: Event) -> bool:
                    return all(
                        holds(value_of(event, d.partition("__")[0]), d, v) for d, v in where.items() if of_event(d)
                    )

                yield Part(person, visit, [*filter(chosen, visit.events)], [*filter(chosen, visit.signals)])


def answer(persons: Persons, zone: str, where: Where, begin: int, end: int) -> Metrics:
    """The metrics of `Traffic.totals` for a span of ms, and engaged ms, which that holds only per visit."""
    found = list(parts(persons, {"class": ["human"], **where}))
    events = [(part.person, event) for part in found for event in part.events if begin <= event.time < end]
    engaged = sum(
        event.engaged
        for part in found
        for event in part.signals
        if event.type == "engagement" and begin <= event.time < end
    )
    visits = [part.visit for part in found if part.events and begin <= part.visit.events[0].time < end]
    bounces = sum(map(is_bounce, visits))
    duration = sum(visit.events[-1].time - visit.events[0].time for visit in visits)
    pageviews = sum(event.type == "pageview" for _, event in events)
    return {
        "engaged": engaged,
        "visitors": len({(person, local_day(event.time, zone)) for person, event in events}),
        "visits": len(visits),
        "pageviews": pageviews,
        "events": len(events),
        "views_per_visit": ratio(pageviews, len(visits)),
        "bounce_rate": ratio(bounces, len(visits)),
        "visit_duration": ratio(duration / 1000, len(visits)),
        "engagement": ratio(engaged / 1000, len(visits)),
    }


def by_value(persons: Persons, zone: str, dimension: str, where: Where, begin: int, end: int) -> dict[str, Metrics]:
    """The rows of `Traffic.breakdown`, those without any event, visit or engagement left out."""
    where = {"class": ["human"], **where}
    rows = {}
    for value in sorted(_values(persons, dimension, where)):
        held = where.get(dimension, [value])
        narrowed = {**where, dimension: [value] if value in held else []}
        row = answer(persons, zone, narrowed, begin, end)
        if dimension == "page":
            entered = {**where, "entry_page": [value] if value in where.get("entry_page", [value]) else []}
            whole = answer(persons, zone, entered, begin, end)
            row |= {name: whole[name] for name in ("bounce_rate", "visit_duration")}
            row["scroll"] = _scroll(persons, zone, narrowed, begin, end)
        elif of_event(dimension):
            row |= {"bounce_rate": math.nan, "visit_duration": math.nan}
        if row["events"] or row["visits"] or row["engaged"] or row.get("scroll", math.nan) >= 0:
            rows[value] = row
    return rows


def _values(persons: Persons, dimension: str, where: Where) -> set[str]:
    found = list(parts(persons, where))
    if not of_event(dimension):
        return {visit_value(part.visit, dimension) for part in found}
    if dimension.startswith("prop:"):
        held = [event for part in found for event in part.events if dimension[5:] in (event.props or {})]
        return {value_of(event, dimension) for event in held}
    more = [event for part in found for event in (*part.events, *part.signals)]
    return {value_of(event, dimension) for event in more if dimension != "event" or event.type not in SIGNALS}


def _scroll(persons: Persons, zone: str, where: Where, begin: int, end: int) -> float:
    """Mean greatest depth over visits and days."""
    depths = []
    for part in parts(persons, where):
        days: dict[str, int] = {}
        for event in part.signals:
            if event.type == "engagement" and event.scroll >= 0 and begin <= event.time < end:
                day = local_day(event.time, zone)
                days[day] = max(days.get(day, 0), event.scroll)
        depths += days.values()
    return ratio(sum(depths), len(depths))


def ratio(part: float, whole: float) -> float:
    """NaN where there is nothing to divide by."""
    return part / whole if whole else math.nan
