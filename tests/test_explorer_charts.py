"""Frames to figures: what is drawn whole, what is drawn as running, and that texts stay texts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from explorer import charts


def times(*texts: str, zone: str = "Europe/Berlin") -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)).tz_localize(zone))


def stamp(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="Europe/Berlin")


@pytest.mark.parametrize(
    ("grain", "starts", "days", "now", "cut"),
    [
        # the day that runs
        ("day", ["2026-11-24", "2026-11-25"], ("2026-11-24", "2026-11-25"), "2026-11-25 15:00", [0, 1]),
        ("day", ["2026-11-23", "2026-11-24"], ("2026-11-23", "2026-11-24"), "2026-11-25 15:00", [0, 0]),
        ("hour", ["2026-11-25 14:00", "2026-11-25 15:00"], ("2026-11-25", "2026-11-25"), "2026-11-25 15:10", [0, 1]),
        ("15min", ["2026-11-25 15:00", "2026-11-25 15:15"], ("2026-11-25", "2026-11-25"), "2026-11-25 15:29", [0, 1]),
        # Wednesday to Tuesday: both weeks are cut
        ("week", ["2026-11-11", "2026-11-16", "2026-11-23"], ("2026-11-11", "2026-11-24"), "2026-11-25", [1, 0, 1]),
        ("month", ["2026-09-02", "2026-10-01", "2026-11-01"], ("2026-09-02", "2026-11-25"), "2026-11-25", [1, 0, 1]),
        # a day of 25 hours
        ("day", ["2026-10-25"], ("2026-10-25", "2026-10-25"), "2026-10-25 23:30", [1]),
        ("day", ["2026-10-25"], ("2026-10-25", "2026-10-25"), "2026-10-26 00:00", [0]),
    ],
)  # fmt: skip
def test_partial(grain: str, starts: list[str], days: tuple[str, str], now: str, cut: list[int]) -> None:
    first, last = map(date.fromisoformat, days)
    assert charts.partial(times(*starts), grain, first, last, stamp(now)) == [bool(part) for part in cut]


@pytest.mark.parametrize(
    ("grain", "start", "days"),
    [
        ("hour", "2026-11-05 13:00", ("2026-11-05", "2026-11-05")),
        ("day", "2026-11-05", ("2026-11-05", "2026-11-05")),
        ("week", "2026-11-09", ("2026-11-09", "2026-11-15")),
        ("week", "2026-11-04", ("2026-11-04", "2026-11-08")),
        ("month", "2026-11-01", ("2026-11-04", "2026-11-20")),
    ],
)
def test_the_days_of_a_bar(grain: str, start: str, days: tuple[str, str]) -> None:
    found = charts.days_of(stamp(start), grain, date(2026, 11, 4), date(2026, 11, 20))
    assert tuple(day.isoformat() for day in found) == days


def test_hours_to_come_are_no_zeros() -> None:
    frame = pd.DataFrame(
        {"time": times("2026-11-25 14:00", "2026-11-25 15:00", "2026-11-25 16:00"), "visitors": [3, 1, 0]}
    )
    assert charts.begun(frame, stamp("2026-11-25 15:10"))["visitors"].tolist() == [3, 1]


def test_series_hatches_and_dots_what_is_not_whole() -> None:
    frame = pd.DataFrame(
        {"time": times("2026-11-23", "2026-11-24", "2026-11-25"), "visitors": [5, 7, 2], "pageviews": [9, 12, 3]}
    )
    figure = charts.series(frame, "day", [False, False, True])
    bars, line, dotted = figure.data
    assert list(bars.y) == [9, 12, 3]
    assert list(bars.marker.pattern.shape) == ["", "", "/"]
    assert list(line.y) == [5, 7, None]
    assert (list(dotted.x), list(dotted.y), dotted.line.dash) == ([1, 2], [7, 2], "dot")
    assert figure.layout.xaxis.ticktext[2] == "Wed 25 Nov 2026 · not a whole bar"
    assert [note.text for note in figure.layout.annotations] == ["23 Nov", "24 Nov", "25 Nov"]


def test_the_hour_that_comes_twice_gets_two_bars() -> None:
    both = pd.Series(pd.to_datetime(["2026-10-25 00:00Z", "2026-10-25 01:00Z"]).tz_convert("Europe/Berlin"))
    figure = charts.series(
        pd.DataFrame({"time": both, "visitors": [1, 2], "pageviews": [1, 2]}), "hour", [False, False]
    )
    assert list(figure.data[0].x) == [0, 1]


def test_a_single_running_bar_is_a_point() -> None:
    frame = pd.DataFrame({"time": times("2026-11-25"), "visitors": [4], "pageviews": [6]})
    figure = charts.series(frame, "day", [True], dark=True)
    assert (list(figure.data[2].x), list(figure.data[2].y)) == ([0], [4])
    assert figure.data[0].marker.color == charts.DARK.soft


def test_bars_are_sorted_from_the_top_and_escaped() -> None:
    figure = charts.bars(['<a href="http://evil.test">x</a>', "b"], [5, 3], "<i>events")
    assert list(figure.data[0].x) == [3, 5]
    assert list(figure.layout.yaxis.ticktext) == ["b", "&lt;a href=&quot;http://evil.test&quot;&gt;x&lt;/a&gt;"]
    assert "<a" not in figure.to_json()
    assert "<i>" not in figure.to_json()


def test_charts_know_no_streamlit() -> None:
    assert "import streamlit" not in Path(charts.__file__).read_text()
