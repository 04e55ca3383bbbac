"""Lines and stacks: what is not known or not whole, and names that stay texts."""

from __future__ import annotations

import pandas as pd

from explorer import charts_lines
from explorer.charts import PALE
from explorer.charts_lines import Series

TIMES = pd.Series(pd.date_range("2026-05-05", periods=3, freq="D", tz="UTC"))


def test_lines_leave_out_what_is_not_known_and_set_bars_apart_that_are_not_whole() -> None:
    series = [Series("<b>A</b>", [1.0, float("nan"), 3.0]), Series("B", [4.0, 5.0, 6.0])]
    figure = charts_lines.lines(TIMES, "day", series, [False, False, True])
    assert [list(trace.y) for trace in figure.data] == [[1.0, None, None], [3.0], [4.0, 5.0, None], [6.0]]
    assert figure.data[0].line.dash != figure.data[2].line.dash
    assert "<b>A" not in figure.to_json()


def test_stacks() -> None:
    series = [Series("Humans", [1.0, 0.5, 0.25]), Series("Bots", [0.0, 0.5, 0.75])]
    figure = charts_lines.stacked(TIMES, "day", series, [False, False, True], "visits", share=True, dark=True)
    assert figure.layout.barmode == "stack"
    assert list(figure.layout.yaxis.range) == [0, 1]
    assert [list(trace.y) for trace in figure.data] == [[1.0, 0.5, 0.25], [0.0, 0.5, 0.75]]
    assert figure.data[0].marker.pattern.shape != figure.data[1].marker.pattern.shape
    assert [list(trace.marker.opacity) for trace in figure.data] == [[1, 1, PALE]] * 2  # the last one still runs
