"""Rows of a table: joined with other days, searched, ordered, drawn; and the words that say what they add up to."""

from __future__ import annotations

from math import nan
from typing import Any

import pandas as pd
import pytest
import redis as redis_py
from hypothesis import given
from hypothesis import strategies as st
from test_frames_truth import BROKEN_DOWN, SOME, Case, filters, tails
from test_truth import traffic

from explorer import table_rows
from explorer.table_rows import change

ZEROS = dict.fromkeys(("visits", "pageviews", "events"), 0)
RATES = ("views_per_visit", "bounce_rate", "visit_duration", "engagement")


def made(dimension: str, **visitors: int) -> pd.DataFrame:
    """A breakdown with as many visits as visitors, twice the pageviews, and a bounce rate of a half."""
    names = [name.replace("_", "/") if dimension == "page" else name for name in visitors]
    counts = list(visitors.values())
    frame = pd.DataFrame({dimension: names, "visitors": counts, "visits": counts})
    frame["pageviews"] = frame["events"] = frame["visits"] * 2
    return frame.assign(**dict.fromkeys(RATES, 0.5))


NOW, BEFORE = made("country", DE=8, FR=4, US=3), made("country", US=6, DE=4, JP=2)


def test_other_days_stand_beside_and_what_is_gone_last() -> None:
    table = table_rows.joined(NOW, BEFORE, "country")
    assert table[["country", "visitors", "visitors_before", "bounce_rate"]].fillna(-1).to_numpy().tolist() == [
        ["DE", 8, 4, 0.5],
        ["FR", 4, 0, 0.5],
        ["US", 3, 6, 0.5],
        ["JP", 0, 2, -1],
    ]
    assert table["visitors"].dtype == "int64"
    assert table_rows.joined(NOW, None, "country") is NOW


@pytest.mark.parametrize(
    ("now", "before", "metric", "told"),
    [
        (110, 100, "visitors", "+10.0%"),
        (90, 100, "visits", "−10.0%"),
        (100, 100, "events", "0%"),
        (300_000, 100, "pageviews", "+299,900.0%"),
        (5, 0, "visitors", "new"),
        (0, 5, "visitors", "gone"),
        (0, 0, "visitors", ""),
        (0.25, 0.50, "bounce_rate", "−25.0 pp"),
        (0.25, 0.0, "bounce_rate", "+25.0 pp"),
        (0.25, 0.25, "bounce_rate", "0 pp"),
        (61.5, 60.0, "scroll", "+1.5 pp"),
        (30.0, 60.0, "visit_duration", "−50.0%"),
        (30.0, 0.0, "visit_duration", ""),
        (nan, 0.5, "bounce_rate", ""),
        (0.5, nan, "bounce_rate", ""),
    ],
)
def test_change(now: float, before: float, metric: str, told: str) -> None:
    assert change(now, before, metric) == told


@pytest.mark.parametrize(
    ("text", "found"),
    [("", ["DE", "FR", "US"]), ("germ", ["DE"]), ("de", ["DE"]), ("FR", ["FR"]), ("states", ["US"]), ("x", [])],
)
def test_a_search_looks_at_what_is_stored_and_at_what_is_shown(text: str, found: list[str]) -> None:
    assert table_rows.matching(NOW, "country", text)["country"].tolist() == found


@pytest.mark.parametrize(
    ("by", "order", "found"),
    [
        ("visitors", "", ["DE", "FR", "US", "JP"]),
        ("visitors", "smallest", ["JP", "US", "FR", "DE"]),
        ("visitors", "rose", ["DE", "FR", "JP", "US"]),  # 4, 4, -2, -3
        ("visitors", "fell", ["US", "JP", "DE", "FR"]),
        ("visitors", "name", ["FR", "DE", "JP", "US"]),  # France, Germany, Japan, United States
        ("bounce_rate", "", ["DE", "FR", "US", "JP"]),  # what is not known comes last
        ("bounce_rate", "smallest", ["DE", "FR", "US", "JP"]),
    ],
)
def test_orders(by: str, order: str, found: list[str]) -> None:
    table = table_rows.joined(NOW, BEFORE, "country")
    assert table_rows.ordered(table, "country", by, order)["country"].tolist() == found


def test_drawn() -> None:
    trend = pd.DataFrame({"country": ["FR", "FR", "DE", "DE"], "time": [1, 2, 1, 2], "visitors": [1, 3, 5, 3]})
    table = table_rows.joined(NOW, BEFORE, "country")
    drawn = table_rows.shown(table, "country", "visitors", 20, trend)
    assert list(drawn)[:6] == ["name", "visitors", "share", "change", "trend", "visits"]
    assert drawn["name"].tolist()[:2] == ["Germany", "France"]
    assert drawn["trend"].tolist() == [[5, 3], [1, 3], [], []]
    assert drawn["share"].tolist() == [40.0, 20.0, 15.0, 0.0]
    assert drawn["change"].tolist() == ["+100.0%", "new", "−50.0%", "gone"]
    assert drawn["bounce_rate"].tolist()[:3] == [50.0] * 3


def test_drawn_by_a_rate_has_no_share_and_leaves_out_what_no_row_has() -> None:
    drawn = table_rows.shown(NOW.assign(visit_duration=nan, scroll=40.0), "country", "engagement", nan)
    assert list(drawn)[:3] == ["name", "engagement", "scroll"]
    assert not {"share", "change", "trend", "visit_duration"} & set(drawn)


def test_unknown_days_of_a_rate_are_left_out_of_its_line() -> None:
    trend = pd.DataFrame({"os": ["a", "a", "a"], "bounce_rate": [0.5, nan, 1.0]})
    assert table_rows.lines(trend, "os", "bounce_rate", ["a", "b"]) == [[0.5, 1.0], []]


TOTAL = {"visitors": 15.0, "visits": 15.0, "pageviews": 30.0, "events": 30.0}


@pytest.mark.parametrize(
    ("dimension", "frame", "total", "told"),
    [
        ("country", NOW, TOTAL, "3 rows sum to 15 visits and 30 pageviews: the total."),
        ("country", made("country", DE=1), {"visits": 1, "pageviews": 2, "visitors": 1},
         "The one row is 1 visit and 2 pageviews: the total."),
        ("country", NOW, TOTAL | {"visits": 16.0}, "3 rows sum to 15 visits, and the total is 16: run"),
        ("country", NOW, TOTAL | {"visitors": 14.0}, "Who came twice in a day may stand in two rows"),
        ("page", made("page", _a=15), TOTAL, "30 pageviews: the total. Visitors and visits overlap"),
        ("event", made("event", Signup=15), TOTAL, "The one row is 30 events: the total."),
        ("prop:plan", made("prop:plan", pro=1), TOTAL, "Only events that carry this property are in a row."),
        ("country", made("country", **{"(none)": 15}), TOTAL, "(none): not set or not known."),
    ],
)  # fmt: skip
def test_what_rows_add_up_to_is_said(dimension: str, frame: pd.DataFrame, total: dict[str, Any], told: str) -> None:
    assert told in " ".join(table_rows.notes(frame, frame, 0, dimension, total))


def test_a_search_and_rows_that_are_gone_are_told_of() -> None:
    told = table_rows.notes(NOW, NOW.head(1), 2, "country", TOTAL, "[g](x)")
    assert told[1] == r"1 of 5 rows hold “\[g\]\(x\)”, together 8 visits and 16 pageviews."
    assert "2 more rows are gone: figures only in the days that are compared with." in told


@SOME
@given(case=traffic(), tail=tails, where=st.one_of(st.none(), filters()))
def test_rows_add_up_to_the_total_under_any_filters(
    redis: redis_py.Redis, case: tuple, tail: int, where: dict[str, list[str]] | None
) -> None:
    """By every dimension, of what is said to add up."""
    made = Case(redis, case, tail)
    total = made.traffic.totals(made.start, made.end, where)
    for dimension in BROKEN_DOWN:
        if dimension == "class":
            continue  # its rows are of bots too
        frame = made.traffic.breakdown(dimension, made.start, made.end, where)
        for each in table_rows.sums(frame, dimension, total.to_dict()):
            assert each.rows == each.total, (dimension, each)


def test_time_engaged_that_nobody_told_is_no_column() -> None:
    without = NOW.assign(engagement=0.0)
    assert "engagement" not in table_rows.shown(without, "country", "visitors", 20)
    assert "engagement" in table_rows.shown(
        without.assign(engagement=[0.0] * (len(NOW) - 1) + [2.0]), "country", "visitors", 20
    )
