"""One metric over time: what is whole, what stands behind it, weekends, notes; and that texts stay texts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from explorer import charts, charts_series
from explorer.charts_series import Before


def drawn(*given: Any, **options: Any) -> go.Figure:
    """The figure; plotly itself refuses what it does not know."""
    return go.Figure(charts_series.series(*given, **options))


def times(*texts: str, zone: str = "Europe/Berlin") -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)).tz_localize(zone))


def test_series_hatches_and_dots_what_is_not_whole() -> None:
    frame = pd.DataFrame(
        {"time": times("2026-11-23", "2026-11-24", "2026-11-25"), "visitors": [5, 7, 2], "pageviews": [9, 12, 3]}
    )
    figure = drawn(frame, "day", [False, False, True])
    bars, line, dotted = figure.data
    assert list(bars.y) == [9, 12, 3]
    assert list(bars.marker.pattern.shape) == ["", "", "/"]
    assert list(line.y) == [5, 7, None]
    assert (list(dotted.x), list(dotted.y), dotted.line.dash) == ([1, 2], [7, 2], "dot")
    assert figure.layout.xaxis.ticktext[2] == "Wed 25 Nov 2026 · not a whole bar"
    assert [note.text for note in figure.layout.annotations] == ["23 Nov", "24 Nov", "25 Nov"]


def test_the_hour_that_comes_twice_gets_two_bars() -> None:
    both = pd.Series(pd.to_datetime(["2026-10-25 00:00Z", "2026-10-25 01:00Z"]).tz_convert("Europe/Berlin"))
    figure = drawn(pd.DataFrame({"time": both, "visitors": [1, 2], "pageviews": [1, 2]}), "hour", [False, False])
    assert list(figure.data[0].x) == [0, 1]


def test_a_single_running_bar_is_a_point() -> None:
    frame = pd.DataFrame({"time": times("2026-11-25"), "visitors": [4], "pageviews": [6]})
    figure = drawn(frame, "day", [True], dark=True)
    assert (list(figure.data[2].x), list(figure.data[2].y)) == ([0], [4])
    assert figure.data[0].marker.color == charts.DARK.soft


@pytest.mark.parametrize(
    ("grain", "starts", "runs"),
    [
        ("day", pd.date_range("2026-11-06", periods=10), [(1, 2), (8, 9)]),  # a Friday to a Sunday
        ("day", pd.date_range("2026-11-09", periods=5), []),
        ("day", pd.date_range("2026-11-07", periods=2), []),  # nothing else
        ("hour", pd.date_range("2026-11-06 22:00", periods=4, freq="h"), [(2, 3)]),
        ("week", pd.date_range("2026-11-01", periods=3, freq="7D"), []),
    ],
)
def test_weekends(grain: str, starts: pd.DatetimeIndex, runs: list[tuple[int, int]]) -> None:
    assert charts_series.weekends(pd.Series(starts.tz_localize("Europe/Berlin")), grain) == runs


def week(metric: str, values: list[float]) -> pd.DataFrame:
    days = pd.Series(pd.date_range("2026-11-09", periods=len(values), tz="UTC"))
    return pd.DataFrame({"time": days, metric: values, "pageviews": 1})


def test_other_days_are_a_dashed_line_behind() -> None:
    before = Before([0.5, float("nan")], ["Mon 2 Nov 2026", ""])
    figure = drawn(week("bounce_rate", [0.25, 0.75]), "day", [False, False], "bounce_rate", before)
    dashed, line = figure.data
    assert (list(dashed.y), dashed.line.dash) == ([0.5, None], "dash")
    assert dashed.customdata[0] == "50.0% on Mon 2 Nov 2026"
    assert list(line.customdata) == ["<b>25.0% bounce rate</b>", "<b>75.0% bounce rate</b>"]
    assert figure.layout.yaxis.tickformat == ".0%"


def test_notes_are_marked_and_escaped() -> None:
    notes = [(1, '<a href="http://evil.test">x</a> %{y}'), (1, "second"), (0, "first")]
    figure = drawn(week("visits", [3, 4]), "day", [False, False], "visits", notes=notes)
    marks = figure.data[-1]
    assert list(marks.x) == [1, 0]
    assert marks.customdata[0].endswith("<br>second")
    assert [(line.type, line.x0) for line in figure.layout.shapes] == [("line", 1), ("line", 0)]
    assert "<a" not in figure.to_json()
    assert "yaxis2" not in drawn(week("visits", [3]), "day", [False], "visits").layout
