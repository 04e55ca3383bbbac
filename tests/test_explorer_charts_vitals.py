"""Web vitals as figures: shares that are told apart without colour, and percentiles over time."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from explorer import charts_vitals

FRAME = pd.DataFrame(
    {
        "metric": ["LCP", "CLS"],
        "count": [200, 100],
        "good": [0.625, 0.97],
        "needs_improvement": [0.33, 0.02],
        "poor": [0.045, 0.01],
    }
)


@pytest.mark.parametrize("dark", [False, True])
def test_shares(dark: bool) -> None:
    good, middling, poor = charts_vitals.shares(FRAME, dark).data
    assert (list(good.y), list(good.x)) == (["CLS", "LCP"], [97, 62.5])
    assert list(middling.x) == [2, 33]
    assert list(poor.text) == ["", "4%"]  # one per cent has no room for a text
    assert [bar.marker.pattern.shape for bar in (good, middling, poor)] == ["", "/", "x"]
    assert [bar.name for bar in (good, middling, poor)] == ["Good", "Needs improvement", "Poor"]


def test_over_time() -> None:
    frame = pd.DataFrame({"value": [2400.0, math.nan, 5000.0], "rating": ["good", "", "poor"], "count": [9, 0, 4]})
    days = [(date(2026, 11, day), date(2026, 11, day)) for day in (1, 2, 3)]
    figure = charts_vitals.over_time(frame, days, [False, False, True], "LCP", "75th", dark=False)
    line, hollow = figure.data
    assert list(line.y) == [2.4, None, None]  # what is not whole is no point of the line
    assert (list(hollow.x), list(hollow.y)) == ([2], [5.0])
    assert list(line.marker.symbol) == ["circle", "circle", "x"]
    assert [list(told) for told in line.customdata] == [
        ["Sun 1 Nov 2026", "Good", 9, "2.40 s"],
        ["Mon 2 Nov 2026", "", 0, "–"],
        ["Tue 3 Nov 2026 · not whole", "Poor", 4, "5.00 s"],
    ]
    assert list(figure.layout.xaxis.ticktext) == ["1 Nov", "2 Nov", "3 Nov"]
    assert figure.layout.yaxis.ticksuffix == " s"


@pytest.mark.parametrize(
    ("metric", "most", "scale"),
    [("LCP", 1000, (1000, " s")), ("LCP", 999, (1, " ms")), ("INP", 150, (1, " ms")), ("CLS", 3, (1, ""))],
)
def test_scale(metric: str, most: float, scale: tuple[float, str]) -> None:
    assert charts_vitals.scale(metric, most) == scale


@pytest.mark.parametrize(
    ("metric", "number", "text"),
    [
        ("LCP", 2855, "2.85 s"),
        ("LCP", 999.4, "999 ms"),
        ("INP", 151.7, "152 ms"),
        ("CLS", 0.1475, "0.147"),
        ("LCP", math.nan, "–"),
    ],
)
def test_shown(metric: str, number: float, text: str) -> None:
    assert charts_vitals.shown(metric, number) == text
