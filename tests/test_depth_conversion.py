"""Conversions: a few visits one can follow by eye, and brute force over random ones."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from brute import local_day, midnight
from brute_frames import parts, value_of, visit_value
from derived import relation_of
from hypothesis import given
from hypothesis import strategies as st
from made import event, ms
from test_depth_sums import SOME
from test_frames_truth import filters
from test_truth import traffic

from common.calendars import calendar
from common.depth import conversion
from common.depth.funnel import steps_of
from common.events import Event
from common.filters import chooses_events, normalise
from common.keys import iso, ordinal

DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")
HOUR = 3_600_000
PAID = {"amount": 990, "currency": "EUR"}
#: Ann signs up twice, Ben once on another page, Cem looks alone; Ann's id of the next day looks again.
EVENTS = [
    event(1, NOON, "/", country="DE"),
    event(1, NOON + 1_000, "/signup", type="Signup", props={"plan": "pro"}, country="DE", **PAID),
    event(1, NOON + 2_000, "/signup", type="Signup", props={"plan": "free"}, country="DE", **PAID),
    event(2, NOON + HOUR, "/blog/a", country="NP"),
    event(2, NOON + HOUR + 1_000, "/blog/a", type="Signup", country="NP", amount=500, currency="USD"),
    event(3, NOON, "/blog/b", country="DE"),
    event(11, NOON + 24 * HOUR, "/", country="DE"),
]
BOTH = [DAY, DAY + 1]


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    return [tuple(row) for row in frame[list(columns)].itertuples(index=False)]


def ask(goal: Any, by: str | None = None, days: Any = (DAY,), **where: Any) -> list[tuple]:
    goals = steps_of(goal if isinstance(goal, list) else [goal])
    found = conversion.conversions(relation_of(EVENTS), days, normalise(where), goals, by)
    return rows(found, by or "goal", "visitors", "converters", "conversions")


def test_goals() -> None:
    assert ask("event:Signup") == [("Signup", 3, 2, 3)]
    assert ask("event:Signup", days=BOTH) == [("Signup", 4, 2, 3)]
    assert ask(["event:Signup", "page:/blog/*", {"event": "Signup", "prop:plan": "pro", "name": "Pro"}]) == [
        ("Signup", 3, 2, 3),
        ("/blog/*", 3, 2, 3),
        ("Pro", 3, 1, 1),
    ]
    found = conversion.conversions(relation_of(EVENTS), [DAY], normalise(None), steps_of(["event:Signup"]), None)
    assert found["rate"].tolist() == [2 / 3]
    nobody = conversion.conversions(relation_of([]), [DAY], normalise(None), steps_of(["event:Signup"]), None)
    assert rows(nobody, "goal", "visitors", "converters", "conversions") == [("Signup", 0, 0, 0)]
    assert nobody["rate"].isna().all()


def test_by_a_dimension_and_filtered() -> None:
    assert ask("event:Signup", "country") == [("DE", 2, 1, 2), ("NP", 1, 1, 1)]
    assert ask("event:Signup", "country", page="/signup") == [("DE", 1, 1, 2)]
    assert ask("event:Signup", "page") == [
        ("/blog/a", 1, 1, 1),
        ("/signup", 1, 1, 2),
        ("/", 1, 0, 0),
        ("/blog/b", 1, 0, 0),
    ]
    assert ask("event:Signup", "prop:plan") == [("free", 1, 1, 1), ("pro", 1, 1, 1)]
    assert ask("event:Signup", country="DE") == [("Signup", 2, 1, 2)]


def test_over_time() -> None:
    goals = steps_of(["event:Signup"])

    def bars(grain: str) -> list[tuple]:
        found = conversion.over_time(relation_of(EVENTS), calendar("UTC"), BOTH, normalise(None), goals, grain)
        some = found[found["visitors"] > 0]
        return rows(some.assign(time=some["time"].dt.strftime("%d %H")), "time", "visitors", "converters")

    assert bars("day") == [("05 00", 3, 2), ("06 00", 1, 0)]
    assert bars("hour") == [("05 12", 2, 1), ("05 13", 1, 1), ("06 12", 1, 0)]
    assert bars("month") == [("05 00", 4, 2)]


def test_revenue_never_adds_currencies() -> None:
    relation = relation_of(EVENTS)
    found = conversion.revenue(relation, [DAY], normalise(None), None)
    assert rows(found, "event", "currency", "events", "amount") == [
        ("Signup", "EUR", 2, 1980),
        ("Signup", "USD", 1, 500),
    ]
    found = conversion.revenue(relation, [DAY], normalise({"country": "NP"}), "country")
    assert rows(found, "country", "event", "currency", "amount") == [("NP", "Signup", "USD", 500)]
    assert conversion.revenue(relation, [DAY + 1], normalise(None), None).empty


def test_keys() -> None:
    relation = relation_of([*EVENTS, event(4, NOON, "/", type="Search", props={"words": "3", "plan": "x"})])
    assert conversion.keys(relation, [DAY], normalise(None)) == ["plan", "words"]
    assert conversion.keys(relation, [DAY], normalise({"event": "Signup"})) == ["plan"]
    assert conversion.keys(relation, [DAY + 1], normalise(None)) == []


GOALS = {
    "event:Signup": lambda e: e.type == "Signup",
    "page:/": lambda e: e.page == "/",
    "page:/d*": lambda e: e.page.startswith("/d"),
}
BY = ["country", "source", "page", "event", "prop:plan", "entry_page"]


def counted(persons: dict[int, list[Event]], zone: str, where: dict, goal: Any, by: str | None, days: range) -> dict:
    """Visitors, converters and conversions by value, the slow way."""
    begin, over = midnight(iso(days[0]), zone), midnight(iso(days[-1] + 1), zone)
    seen: dict[str, dict[tuple, int]] = {}
    for part in parts(persons, {"class": ["human"], **where}):
        for item in part.events:
            if not begin <= item.time < over:
                continue
            if by and chooses_events(by):
                if by.startswith("prop:") and by[5:] not in (item.props or {}):
                    continue
                value = value_of(item, by)
            else:
                value = visit_value(part.visit, by) if by else ""
            who = (part.person, local_day(item.time, zone))
            of = seen.setdefault(value, {})
            of[who] = of.get(who, 0) + goal(item)
    return {value: (len(of), sum(n > 0 for n in of.values()), sum(of.values())) for value, of in seen.items()}


@SOME
@given(
    case=traffic(),
    tail=st.integers(0, 9),
    goal=st.sampled_from(sorted(GOALS)),
    by=st.sampled_from([None, *BY]),
    where=filters(),
)
def test_as_brute_force(case: tuple, tail: int, goal: str, by: str | None, where: dict) -> None:
    zone, persons, _ = case
    events = [item for each in persons.values() for item in each]
    local = calendar(zone)
    found = sorted({local.day(item.time) for item in events})
    days = range(found[0], found[-1] + 1)[: 1 + tail % len(found)]
    relation = relation_of(events, zone)
    for chosen in ({}, where):
        expected = counted(persons, zone, chosen, GOALS[goal], by, days)
        frame = conversion.conversions(relation, days, normalise(chosen), steps_of([goal]), by)
        got = rows(frame.assign(key=frame[by] if by else ""), "key", "visitors", "converters", "conversions")
        assert {key: tuple(counts) for key, *counts in got} == (expected or ({} if by else {"": (0, 0, 0)}))
        bars = conversion.over_time(relation, local, days, normalise(chosen), steps_of([goal]), "day")
        of_day = [
            counted(persons, zone, chosen, GOALS[goal], None, range(day, day + 1)).get("", (0, 0, 0)) for day in days
        ]
        assert rows(bars, "visitors", "converters", "conversions") == of_day


@pytest.mark.parametrize(
    ("goal", "message"), [("Signup", "step 1 is 'Signup'"), ({"country": "DE"}, "step 1 has country")]
)
def test_a_bad_goal_is_named(goal: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(goal)
