"""Random traffic, asked for in every way: rollups, raw events and brute force give the same answer."""

from __future__ import annotations

import math
import os
import random

import pandas as pd
import pytest
import redis as redis_py
from brute import SIGNALS, hour_of, local_day, midnight, visits_of
from brute_frames import Metrics, answer, by_value
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from test_truth import PAGES, SITE, SOURCES, check, event, send, traffic

from collector.jobs.rebuild import rebuild
from common.calendars import calendar
from common.events import Event
from common.frames import DIMENSIONS, GRAINS, Traffic
from common.keys import iso, ordinal
from common.settings import Settings

#: Always true, so that raw events must answer what rollups answer too.
ALL = {"device": ["Desktop", "Mobile"]}
POOL = {
    "page": PAGES,
    "hostname": ("example.com", "shop.example.com"),
    "event": ("pageview", "Signup", "Poll"),
    "prop:plan": ("pro", "free", "(none)"),
    "entry_page": (*PAGES, "(none)"),
    "exit_page": (*PAGES, "(none)"),
    "source": SOURCES,
    "country": ("DE", "NP", "(none)"),
    "device": ("Desktop", "Mobile"),
    "class": ("human", "bot", "ai"),
    "page__not": PAGES,
    "page__contains": ("A", "/", "none"),
    "prop:plan__not": ("pro", "(none)"),
    "prop:plan__matches": ("^p", "e{2}$"),
    "source__not_contains": ("GOO", "direct"),
    "country__not": ("DE", "(none)"),
    "exit_page__not_matches": ("^/$", "a|b"),
}
BROKEN_DOWN = (*DIMENSIONS, "prop:plan")
SOME = settings(
    max_examples=int(os.environ.get("FOOTFALL_EXAMPLES", "20")),
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a seed shrinks to another case, not to a smaller one
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def filters(draw: st.DrawFn) -> dict[str, list[str]]:
    """One to three dimensions with one or two values each."""
    chosen = draw(st.lists(st.sampled_from(sorted(POOL)), min_size=1, max_size=3, unique=True))
    values = {d: st.lists(st.sampled_from(POOL[d]), min_size=1, max_size=2, unique=True) for d in chosen}
    return {dimension: draw(listed) for dimension, listed in values.items()}


class Case:
    """Traffic in Redis, some days of it, and the persons who made it."""

    def __init__(self, client: redis_py.Redis, case: tuple, tail: int) -> None:
        client.flushall()
        self.zone, self.persons, draw = case
        events = sorted((item for each in self.persons.values() for item in each), key=lambda e: (e.time, e.seq))
        send(client, self.zone, events, 1, draw)
        days = sorted({calendar(self.zone).day(item.time) for item in events})
        self.days = list(range(days[0], days[-1] + 1))[: 1 + tail % len(days)]
        self.start, self.end = iso(self.days[0]), iso(self.days[-1])
        self.begin, self.over = midnight(self.start, self.zone), midnight(iso(self.days[-1] + 1), self.zone)
        self.traffic = Traffic(site=SITE.site, client=client, settings=Settings(sites={SITE.site: self.zone}))

    def bars(self, grain: str) -> list[tuple[int, int]]:
        """Begin and end of every bar, off the wall clock."""
        if grain in ("day", "week", "month"):
            of = {
                "day": iso,
                "week": lambda day: (day - 1) // 7,
                "month": lambda day: iso(day)[:7],
            }[grain]
            begins = [day for place, day in enumerate(self.days) if not place or of(day) != of(day - 1)]
            starts = [midnight(iso(day), self.zone) for day in begins]
        else:
            starts = list(range(self.begin, self.over, 900_000))
            if grain == "hour":
                keyed = {(local_day(start, self.zone), hour_of(start, self.zone)): start for start in reversed(starts)}
                starts = sorted(keyed.values())
        return list(zip(starts, [*starts[1:], self.over], strict=True))


def same(found: pd.Series, expected: Metrics, about: object) -> None:
    """Every metric is equal, or missing on both sides."""
    for name, value in expected.items():
        if name == "engaged":
            continue
        if math.isnan(value):
            assert math.isnan(found[name]), (about, name, found[name])
        else:
            assert found[name] == pytest.approx(value), (about, name)


def same_rows(frame: pd.DataFrame, dimension: str, expected: dict[str, Metrics], about: object) -> None:
    """Every row is there, with every metric."""
    rows = frame.set_index(dimension)
    assert sorted(rows.index) == sorted(expected), about
    for value, metrics in expected.items():
        same(rows.loc[value], metrics, (about, value))


tails = st.integers(0, 9)


@SOME
@given(case=traffic(), tail=tails)
def test_totals_and_breakdowns(redis: redis_py.Redis, case: tuple, tail: int) -> None:
    """Rollups answer without a filter, raw events under one that holds always; both as brute force does."""
    made = Case(redis, case, tail)
    span = (made.start, made.end)
    for where, by in ((None, "rollups"), (ALL, "raw events")):
        same(made.traffic.totals(*span, where), answer(made.persons, made.zone, {}, made.begin, made.over), where)
        for dimension in BROKEN_DOWN:
            classes = {"class": ["human", "bot", "ai"]} if dimension == "class" else {}
            expected = by_value(made.persons, made.zone, dimension, classes, made.begin, made.over)
            frame = made.traffic.breakdown(dimension, *span, where)
            assert frame.attrs["answered_by"] == by
            same_rows(frame, dimension, expected, (where, dimension))


@SOME
@given(case=traffic(), tail=tails)
def test_series(redis: redis_py.Redis, case: tuple, tail: int) -> None:
    made = Case(redis, case, tail)
    for where, by in ((None, "rollups"), (ALL, "raw events"), ({"class": ["bot", "human"]}, "rollups")):
        classes = {name: values for name, values in (where or {}).items() if name == "class"}
        for grain in GRAINS:
            frame = made.traffic.series(made.start, made.end, grain, where)
            bars = made.bars(grain)
            assert frame.attrs["answered_by"] == by
            assert [round(time.timestamp() * 1000) for time in frame["time"]] == [begin for begin, _ in bars]
            for (begin, end), (_, row) in zip(bars, frame.iterrows(), strict=True):
                same(row, answer(made.persons, made.zone, classes, begin, end), (where, grain, row["time"]))


@settings(SOME, max_examples=4 * SOME.max_examples)
@given(case=traffic(), tail=tails, where=filters(), dimension=st.sampled_from(BROKEN_DOWN))
def test_filters(redis: redis_py.Redis, case: tuple, tail: int, where: dict[str, list[str]], dimension: str) -> None:
    """Combinations of filters choose the events and visits that the definitions say."""
    made = Case(redis, case, tail)
    span = (made.start, made.end)
    same(made.traffic.totals(*span, where), answer(made.persons, made.zone, where, made.begin, made.over), where)
    classes = {"class": ["human", "bot", "ai"]} if dimension == "class" else {}
    expected = by_value(made.persons, made.zone, dimension, {**classes, **where}, made.begin, made.over)
    same_rows(made.traffic.breakdown(dimension, *span, where), dimension, expected, (where, dimension))
    for (begin, end), (_, row) in zip(
        made.bars("day"), made.traffic.series(*span, "day", where).iterrows(), strict=True
    ):
        same(row, answer(made.persons, made.zone, where, begin, end), (where, row["time"]))


@SOME
@given(case=traffic(), tail=tails, where=filters())
def test_listed(redis: redis_py.Redis, case: tuple, tail: int, where: dict[str, list[str]]) -> None:
    """The lists of events and visits are as long as the totals say."""
    made = Case(redis, case, tail)
    span = (made.start, made.end)
    totals = made.traffic.totals(*span, where)
    events, visits = made.traffic.events(*span, where), made.traffic.visits(*span, where)
    signals = events["type"].isin(SIGNALS)
    assert (~signals).sum() == totals["events"]
    assert (events["type"] == "pageview").sum() == totals["pageviews"]
    assert len(visits) == totals["visits"]
    assert events["time"].is_monotonic_increasing
    assert visits["start"].is_monotonic_increasing
    if len(visits):
        assert visits["duration"].mean() == pytest.approx(totals["visit_duration"])
        assert visits["bounce"].mean() == pytest.approx(totals["bounce_rate"])


def never_pausing(zone: str, day: str) -> dict[int, list[Event]]:
    """A human and a bot who go on for days, by engagement too: their visits are cut after 24 h."""
    draw = random.Random(7)
    persons: dict[int, list[Event]] = {}
    for person in (0, 2):
        time, events = midnight(day, zone) - draw.randrange(100_000_000), []
        for seq in range(220):
            made = event(zone, person, time, seq, draw)
            events.append(replace(made, type="pageview") if made.type in ("click", "vitals", "error") else made)
            time += draw.choice((900_000, 1_200_000, 1_799_999, 1_800_000))
        persons[person] = events
        assert len(visits_of(events)[0]) == 4
    return persons


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-05-05"), ("America/New_York", "2026-03-08")])
def test_visits_longer_than_a_day(redis: redis_py.Redis, zone: str, day: str) -> None:
    """Where visits are cut is found also when only a day between is asked for."""
    persons = never_pausing(zone, day)
    case = Case(redis, (zone, persons, random.Random(1)), 9)
    check(redis, zone, persons)
    for each in map(iso, case.days):
        begin, end = midnight(each, zone), midnight(iso(ordinal(each) + 1), zone)
        for where in (None, ALL, {"class": ["bot"]}, {"class": ["bot"], **ALL}):
            classes = {name: values for name, values in (where or {}).items() if name == "class"}
            same(case.traffic.totals(each, each, where), answer(persons, zone, classes, begin, end), (where, each))


def test_rebuild_of_visits_longer_than_a_day(redis: redis_py.Redis) -> None:
    """One day made again in the middle of such visits is what it was."""
    persons = never_pausing("UTC", "2026-05-05")
    case = Case(redis, ("UTC", persons, random.Random(1)), 9)
    for number in case.days:
        rebuild(redis, SITE, [number], "UTC", case.over)
        check(redis, "UTC", persons)
