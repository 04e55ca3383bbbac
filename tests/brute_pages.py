"""Persons' events and filters in; conversions, funnels, journeys, clicks and the like out, the slow and obvious way.

Beside `brute_frames`, with whose parts of visits it begins; nothing here knows of common/depth or the explorer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from itertools import groupby, pairwise

from brute import BruteVisit, local_day, shape_of
from brute_frames import Part, Persons, Where, of_event, parts, value_of, visit_value

from common.events import Event

Span = tuple[int, int]
Takes = Callable[[Event], bool]


def chosen(persons: Persons, where: Where) -> list[Part]:
    """The parts of visits that filters choose, of humans unless they name a class."""
    return list(parts(persons, {"class": ["human"], **where}))


def visits(persons: Persons, where: Where, span: Span) -> list[Part]:
    """Visits of a span that hold a chosen event."""
    found = chosen(persons, where)
    return [part for part in found if part.events and span[0] <= part.visit.events[0].time < span[1]]


def people(persons: Persons, where: Where, span: Span, zone: str) -> set[tuple[int, str]]:
    """Who sent a chosen event, on which days."""
    return {
        (part.person, local_day(event.time, zone))
        for part in chosen(persons, where)
        for event in part.events
        if span[0] <= event.time < span[1]
    }


def converted(
    persons: Persons, where: Where, span: Span, zone: str, goal: Takes, by: str = ""
) -> dict[str, tuple[int, int, int]]:
    """Visitors, converters and conversions by value; "" of everything alone."""
    seen: defaultdict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    for part in chosen(persons, where):
        for event in part.events:
            if not span[0] <= event.time < span[1] or (by.startswith("prop:") and by[5:] not in (event.props or {})):
                continue
            value = "" if not by else value_of(event, by) if of_event(by) else visit_value(part.visit, by)
            seen[value][part.person, local_day(event.time, zone)] += goal(event)
    return {value: (len(who), sum(n > 0 for n in who.values()), sum(who.values())) for value, who in seen.items()}


def revenue(persons: Persons, where: Where, span: Span) -> dict[tuple[str, str], tuple[int, int]]:
    """Events and amount by event and currency."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for part in chosen(persons, where):
        for event in part.events:
            if event.currency and span[0] <= event.time < span[1]:
                found[event.type, event.currency].append(event.amount)
    return {key: (len(amounts), sum(amounts)) for key, amounts in found.items()}


def funnel(persons: Persons, where: Where, span: Span, steps: list[Takes]) -> list[tuple[int, int]]:
    """Visitors and visits that reach each step, all in one visit."""
    best: Counter[int] = Counter()
    reached = Counter[int]()
    for part in visits(persons, where, span):
        done = _furthest(part.visit.events, steps)
        who = part.visit.events[0].visitor
        best[who] = max(best[who], done)
        reached.update(range(done))
    return [(sum(done > number for done in best.values()), reached[number]) for number in range(len(steps))]


def _furthest(events: list[Event], steps: list[Takes]) -> int:
    """Taking each step as early as it can be taken leaves most for the next."""
    done = 0
    for event in events:
        if done < len(steps) and steps[done](event):
            done += 1
    return done


def paths(persons: Persons, where: Where, span: Span, hops: int) -> Counter[tuple[int, str, str]]:
    """Visits by step and pair of pages, from the first pageview on; reloads are none."""
    found: Counter[tuple[int, str, str]] = Counter()
    for part in visits(persons, where, span):
        pages = [page for page, _ in groupby(_views(part.visit))]
        if pages:
            pairs = list(pairwise([*pages, "(exit)"]))[:hops]
            found.update((number, *pair) for number, pair in enumerate(pairs, 1))
    return found


def transitions(persons: Persons, where: Where, span: Span) -> Counter[tuple[str, str]]:
    """Pairs of pageviews of which either is chosen, entries and exits; reloads are none."""
    found: Counter[tuple[str, str]] = Counter()
    for part in chosen(persons, where):
        if not span[0] <= part.visit.events[0].time < span[1]:
            continue
        held = {id(event) for event in part.events}
        views = [
            (value_of(event, "page"), id(event) in held) for event in part.visit.events if event.type == "pageview"
        ]
        if views:
            chain = [("(entry)", False), *views, ("(exit)", False)]
            found.update((a, b) for (a, one), (b, two) in pairwise(chain) if (one or two) and a != b)
    return found


def _views(visit: BruteVisit) -> list[str]:
    return [value_of(event, "page") for event in visit.events if event.type == "pageview"]


def cohorts(persons: Persons, where: Where, span: Span, zone: str) -> dict[str, tuple[int, int]]:
    """Visitors by the day their visits began, and those of them with two or more."""
    came: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for part in visits(persons, where, span):
        came[local_day(part.visit.events[0].time, zone)][part.visit.events[0].visitor] += 1
    return {day: (len(who), sum(n > 1 for n in who.values())) for day, who in came.items()}


def clicks(
    persons: Persons, where: Where, span: Span, zone: str, key: Callable[[Event], object]
) -> dict[object, tuple[int, int]]:
    """Clicks and visitors by whatever a click has; None leaves it out."""
    found: defaultdict[object, list[tuple[int, str]]] = defaultdict(list)
    for part in chosen(persons, where):
        for event in part.signals:
            if event.type == "click" and span[0] <= event.time < span[1] and (of := key(event)) is not None:
                found[of].append((part.person, local_day(event.time, zone)))
    return {of: (len(who), len(set(who))) for of, who in found.items()}


def depths(persons: Persons, where: Where, span: Span, page: str) -> list[int]:
    """Visits whose greatest depth on a page was at least 0, 10 ... 100 percent."""
    deepest = []
    for part in visits(persons, where, span):
        told = [event.scroll for event in part.visit.signals if event.type == "engagement" and event.page == page]
        deepest.append(max(told, default=-1))
    return [sum(depth >= least for depth in deepest) for least in range(0, 101, 10)]


#: Definitions of a bounce: of which visits they are, and which of these bounced.
BOUNCES: Mapping[str, tuple[Callable[[BruteVisit], bool], Callable[[BruteVisit], bool]]] = {
    "Plausible": (lambda visit: True, lambda visit: shape_of(visit)[0] == "1" and not _interactive(visit)),
    "Umami": (lambda visit: len(_views(visit)) > 0, lambda visit: len(_views(visit)) == 1),
    "Google Analytics 4": (
        lambda visit: True,
        lambda visit: len(_views(visit)) < 2 and _engaged(visit) < 10_000 and not _interactive(visit),
    ),
}


def bounced(persons: Persons, where: Where, span: Span, rule: str) -> tuple[int, int]:
    """Visits and bounces under a definition."""
    among, bounces = BOUNCES[rule]
    found = [part.visit for part in visits(persons, where, span) if among(part.visit)]
    return len(found), sum(map(bounces, found))


def shapes(persons: Persons, where: Where, span: Span) -> Counter[tuple[str, str, str]]:
    """Visits by pageviews, interactive event and seconds engaged."""
    found: Counter[tuple[str, str, str]] = Counter()
    for part in visits(persons, where, span):
        views, engaged, event = shape_of(part.visit).split(".")
        found[views, {"y": "yes", "n": "no"}[event], engaged] += 1
    return found


def _interactive(visit: BruteVisit) -> bool:
    return any(event.type != "pageview" and event.interactive for event in visit.events)


def _engaged(visit: BruteVisit) -> int:
    return sum(event.engaged for event in visit.signals)


def recent(persons: Persons, where: Where, since: int) -> list[tuple[Part, Event]]:
    """Chosen events and signals from a moment on."""
    found = [(part, event) for part in chosen(persons, where) for event in (*part.events, *part.signals)]
    return [(part, event) for part, event in found if event.time > since]


def duration(visit: BruteVisit) -> float:
    """Seconds from a visit's first event to its last."""
    return (visit.events[-1].time - visit.events[0].time) / 1000
