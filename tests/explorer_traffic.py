"""A seed in; days of realistic visits, some of the last minutes, in a Redis and as persons, out: a truth for pages."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import redis as redis_py
from brute import local_day, midnight
from brute_frames import Metrics, answer, by_value
from test_truth import SITE, send, visitor

from common import keys
from common.events import VISIT_DIMENSIONS, Event
from common.keys import iso, ordinal
from common.known import Known, encode

#: Where it is neither about midnight now, so that today stays today while a test runs, nor ever summer time.
ZONE = next(name for name in ("Asia/Kathmandu", "America/Caracas") if 2 <= datetime.now(ZoneInfo(name)).hour < 22)
#: Days looked at, and as many before them.
DAYS = 3
MINUTE = 60_000
PAGES = ("/", "/", "/pricing", "/docs", "/blog/a", "/blog/b", "/Über uns")
CAME = (
    {"source": "Google", "referrer": "google.com", "channel": "Organic Search"},
    {"source": "(direct)", "channel": "Direct"},
    {"source": "Newsletter", "channel": "Email", "utm_source": "Newsletter", "utm_campaign": "spring"},
    {"source": "Bing", "referrer": "bing.com", "channel": "Organic Search"},
)
LIVES = (
    {"country": "DE", "region": "Berlin", "city": "Berlin", "language": "de"},
    {"country": "DE", "region": "Bavaria", "city": "Munich", "language": "de"},
    {"country": "NP", "region": "Bagmati", "city": "Kathmandu", "language": "ne"},
    {"country": "MT", "language": "en"},  # too small for a shape on the map
    {"language": "en"},
)
OWNS = (
    {"device": "Desktop", "browser": "Firefox", "os": "Linux", "screen": "L (992-1439 px)"},
    {"device": "Desktop", "browser": "Chrome", "os": "Windows", "screen": "XL (>=1440 px)"},
    {"device": "Mobile", "browser": "Safari", "os": "iOS", "screen": "XS (<576 px)"},
)
TARGETS = ("a#buy", "nav > a", "")


def made(person: int, time: int, seq: int, type_: str, **facts: Any) -> Event:
    """An event under the ids that a daily salt gives its person."""
    day = local_day(time, ZONE)
    early = time - midnight(day, ZONE) < 30 * MINUTE
    before = visitor(person, local_day(midnight(day, ZONE) - 1, ZONE)) if early else 0
    fields: dict[str, Any] = dict.fromkeys(VISIT_DIMENSIONS, "") | {
        "class_": "human",
        "page": "/",
        "hostname": "a.example",
    }
    return Event(time=time, seq=seq, visitor=visitor(person, day), before=before, type=type_, **(fields | facts))


def wander(draw: random.Random, person: int, time: int, until: int, facts: dict[str, Any]) -> list[Event]:
    """What a person does from a moment on, pauses on both sides of half an hour among it."""
    events: list[Event] = []
    page = draw.choice(PAGES)
    for seq in range(draw.choice((1, 1, 2, 4, 7, 11))):
        if time > until:
            break
        kind = draw.choices(("pageview", "engagement", "click", "Signup", "Order", "Poll"), (8, 5, 3, 1, 1, 1))[0]
        more: dict[str, Any] = {"page": page, "hostname": facts["hostname"]}
        if kind == "pageview":
            page = more["page"] = draw.choice(PAGES)
        elif kind == "engagement":
            more |= {"engaged": draw.choice((400, 4_000, 9_999, 20_000)), "scroll": draw.choice((-1, 0, 35, 60, 100))}
        elif kind == "click":
            more |= {"x": draw.randrange(0, 900, 30), "y": draw.randrange(0, 1_200, 30), "target": draw.choice(TARGETS)}
        elif kind == "Signup":
            more["props"] = {"plan": draw.choice(("pro", "free"))}
        elif kind == "Order":
            more |= {"amount": draw.choice((999, 2_500)), "currency": draw.choice(("EUR", "USD"))}
        else:
            more["interactive"] = False
        events.append(made(person, time, seq, kind, **(facts | more)))
        time += draw.choice((1_000, 8_000, 20_000, 40_000, 90_000, 300_000, 1_800_000, 1_800_001))
    return events


def persons_of(seed: int, now: int) -> dict[int, list[Event]]:
    """Persons who come some days, most of them humans; some are here now."""
    draw = random.Random(seed)
    today = ordinal(local_day(now, ZONE))
    first = midnight(iso(today - 2 * DAYS + 1), ZONE)
    persons: dict[int, list[Event]] = {}
    for person in range(120):
        facts = {
            **draw.choice(LIVES),
            **draw.choice(OWNS),
            "hostname": draw.choice(("a.example", "a.example", "b.example")),
        }
        facts["class_"] = draw.choices(("human", "bot", "ai"), (16, 3, 1))[0]
        # Away from the edges of what counts as now, so that it does not matter how long a test takes.
        begins = [draw.randrange(first, now - 50 * MINUTE) for _ in range(draw.choice((1, 1, 2, 3)))]
        begins += [now - draw.choice((1, 2, 12, 20)) * MINUTE - draw.randrange(20_000)] if person % 6 == 0 else []
        events: list[Event] = [made(person, first, 0, "pageview", **facts)] if person == 1 else []
        for begin in sorted(begins):
            time = max(begin, events[-1].time + 1_000 if events else 0)
            until = time + 50_000 if time > now - 50 * MINUTE else now - 50 * MINUTE
            events += wander(draw, person, time, until, facts | draw.choice(CAME))
        persons[person] = events
    return persons


@dataclass
class Truth:
    """Traffic in Redis, who made it, and what is asked of it: days, and filters."""

    persons: dict[int, list[Event]]
    now: int
    where: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        today = ordinal(local_day(self.now, ZONE))
        self.days = [iso(today - ago) for ago in range(DAYS - 1, -1, -1)]
        self.earlier = [iso(today - DAYS - ago) for ago in range(DAYS - 1, -1, -1)]
        self.span = midnight(self.days[0], ZONE), midnight(iso(today + 1), ZONE)
        self.before = midnight(self.earlier[0], ZONE), self.span[0]
        self._kept: dict[str, Any] = {}

    def bars(self, days: list[str]) -> list[tuple[int, int]]:
        """Begin and end of days."""
        return [(midnight(day, ZONE), midnight(iso(ordinal(day) + 1), ZONE)) for day in days]

    def totals(self, span: tuple[int, int] | None = None, where: dict[str, list[str]] | None = None) -> Metrics:
        """The metrics of `Traffic.totals`, of the view unless said otherwise."""
        chosen, (begin, end) = self.where if where is None else where, span or self.span
        key = f"totals {begin} {end} {chosen}"
        if key not in self._kept:
            self._kept[key] = answer(self.persons, ZONE, chosen, begin, end)
        found: Metrics = self._kept[key]
        return found

    def rows(
        self, dimension: str, span: tuple[int, int] | None = None, where: dict[str, list[str]] | None = None
    ) -> dict[str, Metrics]:
        """The metrics of `Traffic.breakdown` by value."""
        chosen, (begin, end) = self.where if where is None else where, span or self.span
        key = f"rows {dimension} {begin} {end} {chosen}"
        if key not in self._kept:
            self._kept[key] = by_value(self.persons, ZONE, dimension, chosen, begin, end)
        found: dict[str, Metrics] = self._kept[key]
        return found

    @property
    def params(self) -> dict[str, Any]:
        """The view as an address says it."""
        listed = [f"{dimension}:{value}" for dimension, values in self.where.items() for value in values]
        return {"site": SITE.site, "from": self.days[0], "to": self.days[-1], "f": listed}


def fed(client: redis_py.Redis, seed: int, now: int) -> Truth:
    """Make traffic and flush it, in its order and in batches of any size."""
    truth = Truth(persons_of(seed, now), now)
    events = sorted((item for each in truth.persons.values() for item in each), key=lambda e: (e.time, e.seq))
    send(client, ZONE, events, 1, random.Random(seed))
    client.hset(keys.sites(), SITE.site, encode(Known(ZONE, events[0].time)))
    return truth
