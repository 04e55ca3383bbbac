"""Seed, site and day in, that day's made-up traffic out: people, crawlers and uptime checks, in order of time. Pure.

A day depends on the plan and its own number alone, never on the clock, so that it can be loaded in parts and comes
out the same every time. Addresses are of the ranges that are set aside for documentation.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.demo_tables import Page, Source, Weighted, tables
from collector.demo_visit import Aside, Hit, Person, Story
from collector.sender import Request
from common.bodies import RawEvent
from common.calendars import STEP, calendar

_MINUTE, _HOUR = 60_000, 3_600_000
#: Visitors on an ordinary Monday at the beginning, what becomes of them over the days, and the days of a week.
_VISITORS = 305
_GROWTH = 0.5
_GROWN = 120
_WEEK = (1.0, 1.06, 1.04, 1.0, 0.9, 0.62, 0.66)
#: How many visits begin in each hour of a person's own day.
_HOURS = (12, 7, 4, 3, 3, 5, 12, 25, 45, 66, 74, 73, 62, 66, 73, 72, 66, 57, 48, 46, 50, 48, 38, 23)
#: What an event brings on its day and on those after it.
_LAUNCH = (1_500, 420, 150, 70, 30)
_LETTER = (260, 70, 20)
#: Both come once in the story, and never more often than every so many days.
_SELDOM = 28
#: An event's first hour in the site's zone.
_LAUNCH_HOUR, _LETTER_HOUR = 13, 8
_LETTER_QUERY = "utm_source=newsletter&utm_medium=email&utm_campaign={}&utm_content=lead-story"
_DOCUMENTATION = ("192.0.2.{}", "198.51.100.{}", "203.0.113.{}")


class Plan(NamedTuple):
    """What decides the traffic: first is the ordinal of the demo's first day, days the length of its story."""

    site: str
    zone: str
    seed: int
    first: int
    days: int = 90

    @property
    def launch(self) -> int:
        """Days from the first to the launch: a Tuesday past the middle."""
        return _weekday(self.first, round(self.days * 0.58), 1)

    @property
    def letter(self) -> int:
        """Days from the first to the newsletter: a Thursday towards the end."""
        return _weekday(self.first, round(self.days * 0.8), 3)


def hits(plan: Plan, day: int) -> list[Hit]:
    """Everything that happens on a local day, in order; visits of the evening before go on into it."""
    local = calendar(plan.zone)
    begin, end = local.start(day), local.start(day + 1)
    found = [hit for begun in (day - 1, day) for hit in _begun(plan, begun) if begin <= hit.request.now < end]
    return sorted(found, key=lambda hit: hit.request.now)


def expected(plan: Plan, day: int) -> float:
    """Visitors of an ordinary day: slow growth, weeks, and no launch."""
    age = min(max((day - plan.first) / _GROWN, 0.0), 1.0)
    return _VISITORS * (1 + _GROWTH * age) * _WEEK[date.fromordinal(day).weekday()]


@lru_cache(maxsize=3)
def _begun(plan: Plan, day: int) -> tuple[Hit, ...]:
    """All visits that begin on a day."""
    chance = random.Random(f"{plan.seed} {plan.site} {day}")  # noqa: S311 - made-up traffic
    crowd = _Crowd(plan, day, chance)
    return tuple(hit for story in (crowd.people(), crowd.programs()) for hit in story)


class _Crowd:
    """Who comes on one day."""

    def __init__(self, plan: Plan, day: int, chance: random.Random) -> None:
        self._plan, self._day, self._chance = plan, day, chance
        self._start = calendar(plan.zone).start(day)
        self._pages = _pages_of(day - plan.first)
        apart = random.Random(f"{plan.seed} {plan.site} {day} signals")  # noqa: S311 - made-up traffic
        self._aside = Aside(apart, day - plan.first)
        self._taken: set[tuple[str, str]] = set()

    def people(self) -> Iterator[Hit]:
        """Visits of people: the ordinary ones, those that an event brings, and some that come back."""
        chance, known = self._chance, tables()
        for _ in range(round(chance.gauss(1, 0.05) * expected(self._plan, self._day))):
            person = self._person()
            yield from self._visits(person, known.sources.draw(chance), self._start + self._moment(person))
        for source, hour, count in self._events():
            for _ in range(round(count * chance.gauss(1, 0.04))):
                wait = chance.gammavariate(1.6, 2.6) if hour else chance.uniform(0, 24)
                if hour + wait < 24:
                    moment = self._start + int((hour + wait) * _HOUR)
                    yield from self._visits(self._person(), source, moment)

    def _visits(self, person: Person, source: Source, start: int) -> Iterator[Hit]:
        """One visit, and for one in nine people another one later that day, most often without a source."""
        while True:
            yield from Story(self._chance, self._pages, self._plan.site, person, self._aside).visit(source, start)
            start += int(self._chance.uniform(1.2, 7) * _HOUR)
            if self._chance.random() > 0.11 or start >= self._start + 24 * _HOUR:
                return
            if self._chance.random() < 0.7:
                source = tables().named("direct")

    def _events(self) -> Iterator[tuple[Source, int, int]]:
        """Sources that an event adds today: the first hour (0: all day) and about how many visits."""
        age, days = self._day - self._plan.first, max(self._plan.days, _SELDOM)
        if 0 <= (since := (age - self._plan.launch) % days) < len(_LAUNCH) and age >= 0:
            yield tables().named("hackernews"), 0 if since else _LAUNCH_HOUR, _LAUNCH[since]
        if 0 <= (since := (age - self._plan.letter) % days) < len(_LETTER) and age >= 0:
            sent = date.fromordinal(self._day - since).strftime("%Y-%m")
            source = tables().named("newsletter")._replace(stay=1.35, query=_LETTER_QUERY.format(sent))
            yield source, 0 if since else _LETTER_HOUR, _LETTER[since]

    def _person(self) -> Person:
        """Somebody new: no two share address and user agent on a day."""
        chance, known = self._chance, tables()
        place, agent = known.places.draw(chance), known.agents.draw(chance)
        address = _address(chance)
        while (address, agent.user_agent) in self._taken:
            address = _address(chance)
        self._taken.add((address, agent.user_agent))
        return Person(address, agent.user_agent, place.zone, place.languages.draw(chance), agent.screens.draw(chance))

    def _moment(self, person: Person) -> int:
        """Ms into the day, by the hours of the person's own clock."""
        hour = self._chance.choices(range(24), weights=_HOURS)[0] - _ahead(person.zone, self._plan.zone, self._day)
        return int((hour % 24) * _HOUR) + self._chance.randrange(_HOUR)

    def programs(self) -> Iterator[Hit]:
        """Crawlers and agents at any time, each from an address of its own; uptime checks by the clock."""
        chance, plan = self._chance, self._plan
        pages = Weighted((page, 1.0) for kind in self._pages.values() for page in kind.things)
        for place, agent in enumerate(tables().crawlers):
            address = _DOCUMENTATION[place % 3].format(200 + place)
            for _ in range(round(agent.daily * chance.uniform(0.75, 1.3))):
                page = pages.draw(chance)
                raw = RawEvent(pathname=page.path, hostname=f"{page.host}.{plan.site}" if page.host else plan.site)
                yield Hit(raw, Request(self._start + chance.randrange(24 * _HOUR), address, agent.user_agent))
        for agent in tables().pollers:
            for step in range(calendar(plan.zone).steps(self._day)):
                raw = RawEvent(pathname="/", hostname=plan.site)
                moment = self._start + step * STEP + chance.randrange(_MINUTE)
                yield Hit(raw, Request(moment, _DOCUMENTATION[0].format(250), agent.user_agent))


@lru_cache(maxsize=8)
def _pages_of(age: int) -> Mapping[str, Weighted[Page]]:
    """The pages that are there so many days after the first, by kind; a post draws most when it is new."""
    there: dict[str, list[tuple[Page, float]]] = {}
    for page in tables().pages:
        if page.published is None:
            there.setdefault(page.kind, []).append((page, page.weight))
        elif (old := age - page.published) >= 0:
            there.setdefault(page.kind, []).append((page, page.weight * (1 + 7 * math.exp(-old / 4))))
    return {kind: Weighted(pages) for kind, pages in there.items()}


@cache
def _ahead(zone: str, of: str, day: int) -> float:
    """Hours by which a zone's clock is ahead of another's on a day."""
    noon = datetime.fromtimestamp(calendar(of).start(day) / 1_000 + 43_200, UTC)
    there, here = (noon.astimezone(ZoneInfo(name)).utcoffset() or timedelta() for name in (zone, of))
    return (there - here) / timedelta(hours=1)


def _address(chance: random.Random) -> str:
    """An address of somebody: mostly IPv6, since the three IPv4 ranges for documentation hold 762 people."""
    if chance.random() < 0.3:
        return chance.choice(_DOCUMENTATION).format(chance.randrange(1, 200))
    return f"2001:db8:{chance.getrandbits(16):x}:{chance.getrandbits(16):x}::{chance.randrange(1, 9)}"


def _weekday(first: int, offset: int, weekday: int) -> int:
    return offset + (weekday - date.fromordinal(first + offset).weekday()) % 7
