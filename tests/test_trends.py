"""Values over time: hand-made rows, closed months and their files, and brute force over random traffic."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import redis as redis_py
from brute_frames import by_value
from hypothesis import given
from hypothesis import strategies as st
from made import SITE as SHARD
from places import Shelf, day_rows, put_folded, put_month, put_open, row
from test_frames_truth import ALL, BROKEN_DOWN, SOME, Case, filters, tails
from test_truth import traffic

from common import trends
from common.calendars import calendar
from common.frames import Traffic
from common.keys import iso, ordinal
from common.settings import Settings

MARCH, MAY = ordinal("2026-03-01"), ordinal("2026-05-01")


def told(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Value -> day of the bar -> figure, those that are not zero."""
    found: dict[str, dict[str, float]] = {}
    for value, time, figure in frame.itertuples(index=False):
        if figure:
            found.setdefault(value, {})[f"{time:%m-%d}"] = figure
    return found


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("day", {"2026-03-07": ["03-07"], "2026-03-08": ["03-08"], "2026-03-09": ["03-09"]}),
        ("week", {"2026-03-07": ["03-07"], "2026-03-08": ["03-07"], "2026-03-09": ["03-09"]}),
        ("month", {"2026-03-07": ["03-07"], "2026-03-08": ["03-07"], "2026-03-09": ["03-07"]}),
    ],
)
def test_bars_begin_on_their_first_day_in_the_range(grain: str, expected: dict[str, list[str]]) -> None:
    local = calendar("America/New_York")
    found = trends.bars([ordinal(day) for day in expected], local, grain)
    shown = {iso(day): [f"{pd.Timestamp(at, unit='ms', tz=local.zone):%m-%d}" for at in listed]
             for day, listed in found.items()}  # fmt: skip
    assert shown == expected


def test_bars_of_hours_where_clocks_change() -> None:
    day = ordinal("2026-03-08")
    assert [len(trends.bars([day], calendar("America/New_York"), grain)[day]) for grain in ("hour", "15min")] == [
        23,
        92,
    ]


@pytest.fixture
def held(redis: redis_py.Redis) -> Traffic:
    """March closed, with two days; a folded day of May to which something was added since; an open one."""
    shelf = Shelf()
    march = {
        MARCH + 9: day_rows(4, class_human=row(5), page_a=row(3), page_b=row(2)),
        MARCH + 19: day_rows(4, class_human=row(2), page_a=row(2)),
    }
    put_month(redis, SHARD, march, shelf)
    put_folded(redis, SHARD, MAY + 3, day_rows(1, class_human=row(7), **{"page_(other)": row(1), "page_a": row(7)}))
    put_open(redis, SHARD, MAY + 3, {"class=human": row(1), "page=b": row(1), "page=c": row(-1)}, 1)
    put_open(redis, SHARD, MAY + 4, {"class=human": row(1), "page=c": row(1)}, 1)
    traffic = Traffic(site=SHARD.site, client=redis, settings=Settings())
    traffic.__dict__["archive"] = shelf
    return traffic


@pytest.mark.parametrize(
    ("days", "options", "expected", "files"),
    [
        (
            ("2026-03-01", "2026-05-31"),
            {},
            {"a": {"03-10": 3, "03-20": 2, "05-04": 7}, "b": {"03-10": 2, "05-04": 1}, "c": {"05-05": 1}},
            1,
        ),
        # Months that stand whole need no file; a cut one does.
        (
            ("2026-03-01", "2026-05-31"),
            {"grain": "month"},
            {"a": {"03-01": 5, "05-01": 7}, "b": {"03-01": 2, "05-01": 1}, "c": {"05-01": 1}},
            0,
        ),
        (("2026-03-01", "2026-03-15"), {"grain": "month"}, {"a": {"03-01": 3}, "b": {"03-01": 2}}, 1),
        (("2026-03-08", "2026-03-31"), {"grain": "week"}, {"a": {"03-09": 3, "03-16": 2}, "b": {"03-09": 2}}, 1),
        (("2026-03-01", "2026-05-31"), {"values": ["c", "nowhere"]}, {"c": {"05-05": 1}}, 1),
        (("2026-03-01", "2026-05-31"), {"dimension": "class"},
         {"human": {"03-10": 5, "03-20": 2, "05-04": 8, "05-05": 1}}, 0),
        (("2026-03-01", "2026-05-31"), {"dimension": "class", "where": {"class": "human"}, "values": ["bot"]}, {}, 0),
        (("2026-03-01", "2026-05-31"), {"dimension": "os"}, {}, 1),
    ],
)  # fmt: skip
def test_rollups_wherever_they_stand(
    held: Traffic, days: tuple[str, str], options: dict, expected: dict, files: int
) -> None:
    """What is taken back from a value without a row is taken from `(other)`, which counts nothing then."""
    frame = held.trend(**{"dimension": "page", "metric": "pageviews"} | options, start=days[0], end=days[1])
    assert told(frame) == expected
    assert len(held.archive.read_names) == files
    assert frame.attrs["answered_by"] == "rollups"


def test_every_value_has_every_bar_in_the_order_that_was_asked_for(held: Traffic) -> None:
    frame = held.trend("page", "2026-05-03", "2026-05-05", values=["nowhere", "a"], metric="pageviews")
    assert list(frame.columns) == ["page", "time", "pageviews"]
    assert frame["page"].tolist() == ["nowhere"] * 3 + ["a"] * 3
    assert frame["pageviews"].tolist() == [0, 0, 0, 0, 7, 0]
    assert frame["time"].dt.strftime("%m-%d").tolist() == ["05-03", "05-04", "05-05"] * 2
    rates = held.trend("page", "2026-05-03", "2026-05-05", values=["a"], metric="views_per_visit")
    assert rates["views_per_visit"].isna().all()


def test_shards_add_up() -> None:
    """Two shards share a value on a day; one has the day that the other has not."""
    one = {1: (["a", "b"], np.array([row(3), row(1)])), 2: (["a"], np.array([row(2)]))}
    two = {1: (["a"], np.array([row(4)]))}
    sums = trends.summed([one, two], ["a"])["pageviews"]
    assert sums.to_dict() == {("a", 1): 7, ("a", 2): 2}
    assert trends.summed([], None).empty


def test_long_ranges_have_bars_of_months(held: Traffic) -> None:
    assert len(held.trend("page", "2026-01-01", "2026-12-31", values=["a"])) == 12
    assert len(held.trend("page", "2026-03-01", "2026-05-31", values=["a"])) == 92


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "scroll"}, "metric='scroll': expected one of visitors"),
        ({"grain": "year"}, "grain='year': expected one of"),
        ({"dimension": "colour"}, "dimension='colour': expected one of"),
    ],
)
def test_what_is_no_trend(held: Traffic, options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        held.trend(**{"dimension": "page"} | options, start="2026-05-01", end="2026-05-02")


@SOME
@given(
    case=traffic(),
    tail=tails,
    where=st.one_of(st.none(), st.just(ALL), filters()),
    dimension=st.sampled_from(BROKEN_DOWN),
    grain=st.sampled_from(["hour", "day", "week"]),
    some=st.booleans(),
)
def test_as_brute_force(
    redis: redis_py.Redis, case: tuple, tail: int, where: dict | None, dimension: str, grain: str, some: bool
) -> None:
    """Every metric of every value and bar is what a breakdown of that bar alone would be."""
    made = Case(redis, case, tail)
    classes = {"class": ["human", "bot", "ai"]} if dimension == "class" else {}
    asked = {**classes, **(where or {})}
    expected = [
        (begin, by_value(made.persons, made.zone, dimension, asked, begin, end)) for begin, end in made.bars(grain)
    ]
    listed = sorted({value for _, rows in expected for value in rows})
    values = [*listed[::2], "nowhere"] if some else None
    for metric in (*trends.COUNTS, *trends.RATES):
        frame = made.traffic.trend(dimension, made.start, made.end, values, where, grain, metric)
        assert set(frame[dimension]) == set(listed if values is None else values)
        found = {
            (value, round(time.timestamp() * 1000)): figure for value, time, figure in frame.itertuples(index=False)
        }
        for begin, rows in expected:
            for value in values or listed:
                figure = rows[value][metric] if value in rows else math.nan if metric in trends.RATES else 0
                assert found.get((value, begin), 0) == pytest.approx(figure, nan_ok=True), (metric, value, begin)


def test_bars_add_up_to_the_breakdown(held: Traffic) -> None:
    days = ("2026-03-01", "2026-05-31")
    sums = held.trend("page", *days, metric="pageviews").groupby("page", sort=False)["pageviews"].sum()
    table = held.breakdown("page", *days, sort="pageviews")
    assert sums[sums > 0].to_dict() == table.set_index("page")["pageviews"].to_dict()
    assert sums.index.tolist() == table["page"].tolist()
