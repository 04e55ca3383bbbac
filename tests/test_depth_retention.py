"""Cohorts under ids that live a day, a week and a month; and what cannot be told is not there."""

from __future__ import annotations

from typing import Any

import pytest
from derived import relation_of
from made import event, ms

from common.calendars import calendar
from common.depth.retention import retention, tellable
from common.filters import normalise
from common.keys import iso, ordinal

MONDAY = ordinal("2026-05-04")


def at(day: int, hour: int) -> int:
    return ms(f"{iso(MONDAY + day)} {hour:02}:00")


def ask(visits: list[tuple[int, int, int]], days: int, grain: str, rotation: str, **where: Any) -> list[tuple]:
    """Rows for visits given as visitor, day from Monday, hour; a share of nobody is -1."""
    relation = relation_of(event(who, at(day, hour), f"/{hour}", country="DE") for who, day, hour in visits)
    span = range(MONDAY, MONDAY + days)
    frame = retention(relation, calendar("UTC"), span, normalise(where), grain, rotation)
    rows = frame.assign(cohort=frame["cohort"].dt.strftime("%d"), share=frame["share"].fillna(-1))
    return [tuple(row) for row in rows.itertuples(index=False)]


#: Ids 1 and 2 come twice on Monday, once; 3 on Tuesday. A new day gives new ids.
DAILY = [(1, 0, 8), (1, 0, 20), (2, 0, 9), (3, 1, 9)]
#: Ids that live longer: 1 comes on Monday and again on Tuesday and Wednesday, 2 on Monday and Wednesday, 3 on Tuesday.
LONGER = [(1, 0, 8), (1, 1, 8), (1, 2, 8), (1, 2, 20), (2, 0, 9), (2, 2, 9), (3, 1, 9)]


def test_a_daily_id_tells_of_its_day_alone() -> None:
    assert ask(DAILY, 2, "day", "daily") == [("04", 0, 2, 1, 1, 3), ("05", 0, 1, 1, 0, 1)]
    assert ask(DAILY, 2, "week", "daily") == [("04", 0, 3, 1, 1, 4)]
    assert ask([], 2, "day", "daily") == [("04", 0, 0, -1, 0, 0), ("05", 0, 0, -1, 0, 0)]


def test_a_weekly_id_gives_cohorts_within_its_week() -> None:
    assert ask(LONGER, 3, "day", "weekly") == [
        ("04", 0, 2, 1, 0, 2),
        ("04", 1, 1, 0.5, 0, 1),
        ("04", 2, 2, 1, 1, 3),
        ("05", 0, 1, 1, 0, 1),
        ("05", 1, 0, 0, 0, 0),
        ("06", 0, 0, -1, 0, 0),
    ]
    # Sunday's cohort cannot be seen again on the next Monday.
    over = ask([(1, 6, 9), (2, 7, 9)], 8, "day", "weekly")
    assert [row[:3] for row in over if row[0] in {"10", "11"}] == [("10", 0, 1), ("11", 0, 1)]


def test_a_monthly_id_gives_weeks() -> None:
    visits = [(1, 0, 8), (1, 8, 8), (2, 1, 8), (3, 9, 8)]
    assert ask(visits, 14, "week", "monthly") == [
        ("04", 0, 2, 1, 0, 2),
        ("04", 1, 1, 0.5, 0, 1),
        ("11", 0, 1, 1, 0, 1),
    ]


def test_filters() -> None:
    assert ask(LONGER, 2, "day", "weekly", page="/9")[0] == ("04", 0, 1, 1, 0, 1)
    assert ask(LONGER, 2, "day", "weekly", country="NP")[0] == ("04", 0, 0, -1, 0, 0)


def test_tellable() -> None:
    # Saturday to Monday: the weekend shares a week, Monday stands alone.
    assert tellable(range(MONDAY - 2, MONDAY + 1), [0, 1, 2], "weekly") == {(0, 0), (0, 1), (1, 0), (2, 0)}
    assert tellable(range(MONDAY - 2, MONDAY + 1), [0, 0, 1], "daily") == {(0, 0), (1, 0)}


def test_visitors_whose_ids_outlive_the_salt_tell_all_ages_of_their_cohort() -> None:
    """As those of an imported file that names them do: nobody on Tuesday is then a figure as well."""
    found = ask([(1, 0, 8), (1, 2, 8), (2, 3, 8)], 4, "day", "daily")
    assert [row[:3] for row in found] == [
        ("04", 0, 1), ("04", 1, 0), ("04", 2, 1), ("04", 3, 0),
        ("05", 0, 0), ("06", 0, 0), ("07", 0, 1),
    ]  # fmt: skip


def test_a_bad_grain_is_named() -> None:
    with pytest.raises(ValueError, match="grain='hour'"):
        ask([], 1, "hour", "daily")
