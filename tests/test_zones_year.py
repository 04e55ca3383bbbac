"""A year in six zones, late events and imports, tended as time goes by: every day is told as brute force tells it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import redis as redis_py
from brute import local_day, midnight
from brute_frames import answer
from lives import tend
from made import SITE, apply
from test_truth import event

from collector.append import Appender
from collector.trim import trim
from common import keys
from common.events import Event
from common.keys import iso, ordinal
from common.known import Known, encode

MINUTE, HOUR = 60_000, 3_600_000
FIRST, LAST = ordinal("2026-01-01"), ordinal("2026-12-31")
#: Days on which clocks change, or just two days; there everybody tends daily, and bars are looked at one by one.
ZONES = {
    "UTC": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "Asia/Kathmandu": ("2026-04-14", "2026-08-31"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "America/St_Johns": ("2026-03-08", "2026-11-01"),
}
#: Days after which the daily job runs again, far from any change of clocks: it was away for weeks.
SELDOM = 30
RAW_DAYS = 3
WHERE = {"country": ["DE", "(none)"], "device": ["Mobile"], "page": ["/docs", "/pricing", "/"]}
OTHER = {"source": ["Google", "Bing"], "event": ["pageview"], "entry_page": ["/docs", "/blog/a", "/"]}


class Year(NamedTuple):
    """What happened, and what was stored of it in the end."""

    zone: str
    days: range
    persons: dict[int, list[Event]]  #: as it happened
    stored: dict[int, list[Event]]  #: by visitor, settled
    present: dict[int, set[int]]  #: visitors with anything on a day

    def answer(self, where: dict[str, list[str]], begin: int, end: int) -> dict[str, float]:
        """Brute force over those who were there about that time."""
        first, last = (ordinal(local_day(time, self.zone)) for time in (begin - 1, end))
        found = set[int]().union(*(self.present[day] for day in range(first - 1, last + 2)))
        return answer({one: self.stored[one] for one in found}, self.zone, where, begin, end)

    def start(self, day: int) -> int:
        """Its midnight."""
        return midnight(iso(day), self.zone)


def coming(zone: str, day: int, person: int, draw: random.Random, seqs: Iterator[int]) -> list[Event]:
    """A visit or two: around either midnight, around the hour in which clocks change, or any time."""
    start = midnight(iso(day), zone)
    length = midnight(iso(day + 1), zone) - start
    about = draw.choice((0, HOUR, 2 * HOUR, 3 * HOUR, length // 2, length - HOUR // 2, length))
    time, events = max(start, start + about + draw.randrange(-30 * MINUTE, 20 * MINUTE)), []
    for _ in range(draw.randrange(1, 5)):
        events.append(event(zone, person, time, next(seqs), draw))
        time += draw.choice((1_000, 9 * MINUTE, 29 * MINUTE, 30 * MINUTE, 31 * MINUTE))
    return events


class Life:
    """Lives through a year, day by day."""

    def __init__(self, client: redis_py.Redis, data: Path, zone: str, seed: int) -> None:
        self.client, self.data, self.zone, self.draw = client, data, zone, random.Random(seed)
        self.persons: defaultdict[int, list[Event]] = defaultdict(list)
        self.due: defaultdict[int, list[Event]] = defaultdict(list)  #: by the day on which they arrive
        self.appender, self.seqs, self.imported = Appender(client), iter(range(1, 10**9)), 0
        self.changes = {ordinal(day) + shift for day in ZONES[zone] for shift in range(-1, 5)}
        client.hset(keys.sites(), SITE.site, encode(Known(zone, 1)))

    def day(self, day: int) -> None:
        """What happens on a day arrives on it, but for some that comes the day after; the daily job if it is due."""
        for person in self.draw.sample(range(9), 3):
            for made in coming(self.zone, day, person, self.draw, self.seqs):
                self.persons[person].append(made)
                begun = ordinal(local_day(made.time, self.zone))
                self.due[begun + (self.draw.random() < 0.2)].append(made)
        arriving = self.due.pop(day, [])
        self.draw.shuffle(arriving)
        half = self.draw.randrange(len(arriving) + 1)
        for part in filter(None, (arriving[:half], arriving[half:])):
            apply(self.client, part, self.zone)
        if day in self.changes or (day - FIRST) % SELDOM == 0:
            if day - FIRST > 40:
                self.append(day - self.draw.randrange(4, 35))
                self.append(day - self.draw.randrange(35, day - FIRST))
            self.tend(day)

    def append(self, day: int) -> None:
        """An import of somebody's two days, long after they were closed."""
        self.imported += 1
        events = coming(self.zone, day, 100 + self.imported, self.draw, self.seqs)
        events += coming(self.zone, day + 1, 200 + self.imported, self.draw, self.seqs)
        by_day: defaultdict[int, list[Event]] = defaultdict(list)
        for made in events:
            by_day[ordinal(local_day(made.time, self.zone))].append(made)
            self.persons[1_000 + made.visitor % 2 + 2 * self.imported] = []
        self.appender.append(SITE, str(self.imported), by_day, midnight(iso(day), self.zone))
        self.persons[1_000 + 2 * self.imported] = [e for e in events if e.seq < events[-1].seq]

    def tend(self, day: int) -> None:
        """The daily job at noon."""
        noon = midnight(iso(day), self.zone) + 12 * HOUR
        trim(self.client, SITE, self.zone, noon)
        assert tend(self.client, self.data, self.zone, noon, RAW_DAYS).faults == []
