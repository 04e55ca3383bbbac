"""A year in six zones, late events and imports, tended as time goes by: every day is told as brute force tells it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import redis as redis_py
from brute import hour_of, is_bounce, local_day, midnight, visits_of
from brute_frames import answer, by_value
from lives import tend, traffic
from made import SITE, apply
from test_frames_truth import ALL, same, same_rows
from test_truth import event

from collector.append import Appender
from collector.jobs.fold import open_days
from collector.jobs.months import closed_months
from collector.jobs.rebuild import marked_days
from collector.trim import trim
from common import keys
from common.archive import Archive
from common.events import Event
from common.history import History
from common.keys import iso, ordinal
from common.known import Known, encode
from common.raw import raw_days
from common.settings import Settings

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
        """Brute force."""
        return answer(self.near(begin, end), self.zone, where, begin, end)

    def near(self, begin: int, end: int) -> dict[int, list[Event]]:
        """Who was there about that time."""
        first, last = (ordinal(local_day(time, self.zone)) for time in (begin - 1, end))
        found = set[int]().union(*(self.present[day] for day in range(first - 1, last + 2)))
        return {one: self.stored[one] for one in found}

    def start(self, day: int) -> int:
        """Its midnight."""
        return midnight(iso(day), self.zone)


def coming(
    zone: str, day: int, person: int, draw: random.Random, seqs: Iterator[int], over: bool = False
) -> list[Event]:
    """A visit or two: around either midnight, around the hour in which clocks change, or any time; `over` midnight."""
    start = midnight(iso(day), zone)
    length = midnight(iso(day + 1), zone) - start
    about = draw.choice((0, HOUR, 2 * HOUR, 3 * HOUR, length // 2, length - HOUR // 2, length)) if not over else length
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
        self.left: list[dict[int, list[Event]]] = []  #: of an import, for the next one
        self.changes = {ordinal(day) + shift for day in ZONES[zone] for shift in range(4)}
        client.hset(keys.sites(), SITE.site, encode(Known(zone, 1)))

    def day(self, day: int) -> None:
        """What happens on a day arrives on it, but for some that comes the day after; the daily job if it is due."""
        for person in self.draw.sample(range(9), 3) if day <= LAST else ():
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
                self.append(day - self.draw.choice((self.draw.randrange(4, 35), self.draw.randrange(35, day - FIRST))))
            self.tend(day)

    def append(self, day: int) -> None:
        """An import of what somebody did on two days, long after they were closed; and of what the last one left: every
        other one brings the last day of a month, and the next one what came after.
        """
        self.imported += 1
        split = self.imported % 2 == 0
        day = max(FIRST, keys.days_of(keys.month(day))[0] - 1) if split else day
        person = 100 + self.imported
        events = coming(self.zone, day, person, self.draw, self.seqs, over=split)
        events += coming(self.zone, day + 1, person, self.draw, self.seqs)
        by_day: defaultdict[int, list[Event]] = defaultdict(list)
        for made in events:
            by_day[ordinal(local_day(made.time, self.zone))].append(made)
        self.persons[person] = events
        pieces = [{one: made} for one, made in by_day.items()] if split else [by_day]
        for number, piece in enumerate([*self.left, pieces[0]]):
            self.appender.append(SITE, f"{self.imported}.{number}", piece, events[0].time, self.zone)
        self.left = pieces[1:]

    def tend(self, day: int) -> None:
        """The daily job at noon."""
        noon = midnight(iso(day), self.zone) + 12 * HOUR
        trim(self.client, SITE, self.zone, noon)
        assert tend(self.client, self.data, self.zone, noon, RAW_DAYS).faults == []

    def lived(self) -> Year:
        """The year, over and closed."""
        for day in range(FIRST, LAST + 3):
            self.day(day)
        assert not self.due
        while not self.left:
            self.append(LAST - 60)
        self.tend(LAST + 7)
        self.append(LAST - 5)  # and the first of November, on which visits of October go on
        for _ in range(2):
            self.tend(LAST + 7)
        assert not self.left
        archive = Archive.open(Settings(data=self.data))
        found = History(self.client, archive).events(SITE, range(FIRST - 2, LAST + 4))
        stored, present = defaultdict(list), defaultdict(set)
        for day, events in found.items():
            for made in events:
                stored[made.visitor].append(made)
                present[day].add(made.visitor)
        return Year(self.zone, range(FIRST, LAST + 1), dict(self.persons), dict(stored), present)


def facts(events: Sequence[Event]) -> list[tuple[object, ...]]:
    """What settling leaves as it was."""
    return sorted((e.time, e.seq, e.type, e.page, e.class_, e.engaged, e.country) for e in events)


def begun(year: Year, persons: dict[int, list[Event]]) -> dict[str, list[tuple[bool, int, int]]]:
    """By day, every visit of a human that began on it: bounce, duration, pageviews."""
    found: defaultdict[str, list[tuple[bool, int, int]]] = defaultdict(list)
    for events in persons.values():
        for visit in visits_of(events)[0]:
            first, views = visit.events[0], sum(e.type == "pageview" for e in visit.events)
            if first.class_ == "human":
                told = (is_bounce(visit), visit.events[-1].time - first.time, views)
                found[local_day(first.time, year.zone)].append(told)
    return {day: sorted(visits) for day, visits in found.items()}


@pytest.mark.parametrize("zone", ZONES)
def test_a_year(redis: redis_py.Redis, tmp_path: Path, zone: str) -> None:
    year = Life(redis, tmp_path, zone, seed=len(zone)).lived()
    months = [f"2026-{number:02}" for number in range(1, 13)]
    # Everything is closed and in the archive, nothing waits, and what is stored is what happened.
    assert (open_days(redis, SITE), marked_days(redis, SITE), raw_days(redis, SITE)) == ([], [], set())
    assert closed_months(redis, SITE) == set(months)
    happened, stored = ([*chain.from_iterable(one.values())] for one in (year.persons, year.stored))
    assert facts(stored) == facts(happened)
    assert {made.before for made in stored} == {0}
    assert begun(year, year.stored) == begun(year, year.persons)
    # Every day, of closed months.
    t = traffic(redis, tmp_path)
    days = t.series(iso(FIRST), iso(LAST), "day")
    assert len(days) == 365
    for day, (_, row) in zip(year.days, days.iterrows(), strict=True):
        assert round(row["time"].timestamp() * 1000) == year.start(day)
        same(row, year.answer({}, year.start(day), year.start(day + 1)), iso(day))
    # Every bar of the days on which the clocks change.
    for day in map(ordinal, ZONES[zone]):
        quarters = list(range(year.start(day), year.start(day + 1), 15 * MINUTE))
        hours = {hour_of(start, zone): start for start in reversed(quarters)}
        for grain, begins in (("15min", quarters), ("hour", sorted(hours.values()))):
            bars = t.series(iso(day), iso(day), grain)
            assert [round(time.timestamp() * 1000) for time in bars["time"]] == begins
            for begin, end, (_, row) in zip(begins, [*begins[1:], year.start(day + 1)], bars.iterrows(), strict=True):
                same(row, year.answer({}, begin, end), (grain, row["time"]))
    # Three filters, a month; and one that holds always, so that events tell the same as rollups.
    for month in months:
        of = keys.days_of(month)
        begin, end = year.start(of[0]), year.start(of[-1] + 1)
        for where in (WHERE, OTHER, ALL):
            found = t.totals(iso(of[0]), iso(of[-1]), where)
            same(found, year.answer(where, begin, end), (month, where))
            assert found["visits"] > 3
    # Months that are cut.
    for first, last in pairwise(range(FIRST + 9, LAST, 43)):
        begin, end = year.start(first), year.start(last + 1)
        for dimension in ("entry_page", "page", "country"):
            expected = by_value(year.near(begin, end), zone, dimension, {}, begin, end)
            same_rows(t.breakdown(dimension, iso(first), iso(last)), dimension, expected, (first, dimension))
