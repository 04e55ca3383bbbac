"""Rows of days folded to sums, bars and rates: small enough to add up by eye."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from common import tables
from common.calendars import calendar
from common.keys import ordinal
from common.rollups import METRICS

DAY = ordinal("2026-05-05")


def rows(dimension: str, **values: list[int]) -> dict:
    """One dimension's rows: pageviews, events, visits, visitors, bounces, duration, engaged, scroll, scrolled."""
    array = [[*each, *[0] * (len(METRICS) - len(each))] for each in values.values()]
    return {dimension: (list(values), np.array(array, dtype=np.int64))}


DAYS = {
    DAY: rows("class", human=[5, 6, 2, 1], bot=[3, 3, 3, 3]),
    DAY + 1: {},
    DAY + 2: rows("class", human=[1, 1, 1, 1]),
}


def test_largest() -> None:
    """By visitors, pageviews, events, then the value; a metric that is no sum decides later."""
    names = ["a", "b", "c", "d", "e"]
    array = [[5, 5, 1, 2], [6, 6, 1, 2], [6, 7, 1, 2], [6, 7, 1, 2], [9, 9, 9, 1]]
    found = {"page": (names, np.array([[*each, *[0] * (len(METRICS) - 4)] for each in array], dtype=np.int64))}
    sums = tables.by_value([found], "page", None)
    assert tables.largest(sums, "visitors", 3).index.tolist() == ["c", "d", "b"]
    assert tables.largest(sums, "pageviews", 2).index.tolist() == ["e", "c"]
    assert tables.largest(sums, "visitors", 0).empty
    for whole in (tables.largest(sums, "bounce_rate", 1), tables.largest(sums, "visits", None)):
        assert whole.index.tolist() == names


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("visitors", ["b", "c", "d", "a"]),
        ("visits", ["a", "b", "c", "d"]),
        ("bounce_rate", ["b", "c", "a", "d"]),  # d has no visit, so no rate: it comes last
    ],
)
def test_ranked(sort: str, expected: list[str], limit: int | None) -> None:
    found = sums(a=[1, 1, 4, 1, 1], b=[3, 3, 2, 2, 1], c=[2, 3, 2, 2, 1], d=[2, 2, 0, 2])
    frame = tables.ranked(found, None, "source", sort, limit)
    assert frame["source"].tolist() == expected[:limit]
    assert frame.columns[:3].tolist() == ["source", "visitors", "visits"]
    assert frame.index.tolist() == list(range(len(frame)))
    with pytest.raises(ValueError, match="sort='bounces': expected one of visitors, visits"):
        tables.ranked(found, None, "source", "bounces", limit)


@pytest.mark.parametrize(
    ("values", "expected"),
    [(None, [9, 10, 6, 5]), (["human"], [6, 7, 3, 2]), (["bot", "ai"], [3, 3, 3, 3]), ([], [0, 0, 0, 0])],
)
def test_total(values: list[str] | None, expected: list[int]) -> None:
    assert tables.total(DAYS, "class", values)[:4].tolist() == expected
    assert tables.total(DAYS, "page", values)[:4].tolist() == [0, 0, 0, 0]


def test_by_value() -> None:
    found = tables.by_value(DAYS.values(), "class", None)
    assert found["pageviews"].to_dict() == {"bot": 3, "human": 6}
    assert tables.by_value(DAYS.values(), "class", ["human"]).index.tolist() == ["human"]
    assert tables.by_value(DAYS.values(), "page", None).empty


def test_steps_of_a_long_day() -> None:
    """New York sets its clocks back: 1:00 comes twice, and visitors of an hour are not the sum of its quarters."""
    local, day = calendar("America/New_York"), ordinal("2026-11-01")
    steps = {"human.4": [1, 1, 1, 1], "human.7": [2, 2, 0, 1], "human.8": [4, 4, 1, 1], "bot.4": [9, 9, 9, 9]}
    hours = {"human.4": [0, 0, 0, 1], "human.8": [0, 0, 0, 1], "bot.4": [0, 0, 0, 9]}
    days = {day: rows("step", **steps) | rows("hour", **hours)}
    quarters = tables.steps(days, local, ["human"], "15min")
    assert len(quarters) == 100
    assert quarters["visitors"].iloc[[4, 5, 6, 7, 8]].tolist() == [1, 0, 0, 1, 1]
    bars = tables.steps(days, local, ["human"], "hour")
    assert len(bars) == 25
    assert bars[["pageviews", "visits", "visitors"]].iloc[[0, 1, 2, 3]].to_numpy().tolist() == [
        [0, 0, 0],
        [3, 1, 1],
        [4, 1, 1],
        [0, 0, 0],
    ]
    assert np.diff(bars.index).tolist() == [3_600_000] * 24
    both = tables.steps(days, local, ["human", "bot"], "hour")
    assert both["visitors"].iloc[1] == 10


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("week", {"2026-04-30": 4, "2026-05-04": 7, "2026-05-11": 2}),  # Thursday to Sunday, a week, Monday and Tuesday
        ("month", {"2026-04-30": 1, "2026-05-01": 12}),
        ("day", {f"{day:%F}": 1 for day in pd.date_range("2026-04-30", "2026-05-12")}),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_by_calendar(zone: str, grain: str, expected: dict[str, int]) -> None:
    local = calendar(zone)
    starts = [local.start(day) for day in range(ordinal("2026-04-30"), ordinal("2026-05-13"))]
    summed = tables.by_calendar(pd.DataFrame({"visitors": 1}, index=starts), zone, grain)
    days = pd.to_datetime(summed.index, unit="ms", utc=True).tz_convert(zone).strftime("%F")
    assert dict(zip(days, summed["visitors"], strict=True)) == expected


def sums(**values: list[int]) -> pd.DataFrame:
    found = rows("x", **values)["x"]
    return pd.DataFrame(found[1], columns=list(METRICS), index=found[0])


def test_rates() -> None:
    found = tables.rates(sums(a=[6, 8, 4, 3, 1, 9_000, 2_000], b=[1, 1]))
    assert found.loc["a"].to_dict() == {
        "visitors": 3,
        "visits": 4,
        "pageviews": 6,
        "events": 8,
        "views_per_visit": 1.5,
        "bounce_rate": 0.25,
        "visit_duration": 2.25,
        "engagement": 0.5,
    }
    assert found.loc["b"].isna().sum() == 4  # every rate by visit, since no visit began


def test_pages_take_rates_from_their_entries() -> None:
    pages = sums(**{"/": [9, 9, 8, 7, 0, 0, 8_000, 150, 2], "/b": [1, 1, 1, 1]})
    entries = sums(**{"/": [9, 9, 4, 4, 1, 6_000], "/gone": [1, 1, 1, 1]})
    found = tables.rates(pages, entries, "page")
    assert found.loc["/", ["bounce_rate", "visit_duration", "scroll"]].tolist() == [0.25, 1.5, 75]
    assert found.loc["/b", ["bounce_rate", "visit_duration", "scroll"]].isna().all()


@pytest.mark.parametrize("dimension", ["hostname", "event", "prop:plan"])
def test_values_that_overlap_have_no_rates_by_visit(dimension: str) -> None:
    found = tables.rates(sums(a=[6, 8, 4, 3, 1, 9_000, 2_000]), None, dimension)
    assert found.loc["a", ["bounce_rate", "visit_duration"]].isna().all()
    assert found.loc["a", "views_per_visit"] == 1.5
