"""Figures of parts and of points: what they hold, and that visitors' texts stay texts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

from explorer import charts_parts

DAYS = pd.Series(pd.date_range("2026-11-01", periods=3, tz="UTC"))
ROOT = Path(__file__).resolve().parent.parent


def test_parts_stand_on_each_other_and_bars_that_are_not_whole_are_hatched() -> None:
    counts = [[3, 2, 1], [1, 1, 1]]
    figure = charts_parts.stack(DAYS, ["/", "<b>%{y}</b>"], counts, [0, 5, 0], "day", [False, False, True], "pageviews")
    assert [(bar.name, list(bar.y)) for bar in figure.data] == [
        ("/", [3, 2, 1]),
        ("&lt;b&gt;%&#123;y}&lt;/b&gt;", [1, 1, 1]),
        ("All others", [0, 5, 0]),
    ]
    assert figure.layout.barmode == "stack"
    assert list(figure.data[0].marker.pattern.shape) == ["", "", "/"]


def test_nothing_is_left_where_the_parts_are_the_total() -> None:
    figure = charts_parts.stack(DAYS, ["a"], [[1, 2, 3]], [0, 0, 0], "day", [False] * 3, "visits", dark=True)
    assert len(figure.data) == 1


def test_there_is_a_colour_for_every_part() -> None:
    for colours in charts_parts.COLOURS.values():
        assert len(set(colours)) == charts_parts.MOST


def test_points() -> None:
    names = ["/", '<a href="http://evil.test">%{x}</a>']
    figure = charts_parts.scatter(names, [10, 20], [50, 60], [100, 25], ("Engaged", "Depth"), "visitors")
    points = figure.data[0]
    assert list(points.marker.size) == [42, 25]  # areas, not radii, are as the figures
    assert points.customdata[1][0] == "&lt;a href=&quot;http://evil.test&quot;&gt;%&#123;x}&lt;/a&gt;"
    assert points.customdata[0][1] == "100 visitors"


def test_no_points() -> None:
    assert list(charts_parts.scatter([], [], [], [], ("a", "b"), "visitors").data[0].x) == []


def test_charts_need_no_streamlit() -> None:
    script = "import sys, explorer.charts_parts; print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
