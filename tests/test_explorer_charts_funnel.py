"""Figures of funnels and conversions, by their numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from explorer_site import HOSTILE

from explorer import charts_funnel

FUNNEL = pd.DataFrame(
    {
        "name": ["/", HOSTILE[0]],
        "visitors": [10, 4],
        "dropped": [0, 6],
        "from_first": [1, 0.4],
        "from_previous": [1, 0.4],
    }
)


def test_funnel() -> None:
    figure = charts_funnel.funnel(FUNNEL)
    reached, lost = figure.data
    assert list(reached.y) == [10, 4]
    assert (list(lost.x), list(lost.y)) == ([1], [6])
    assert [note.text for note in figure.layout.annotations] == ["<b>10</b> · 100.0%", "<b>4</b> · 40.0%"]
    assert not any("<img" in text for text in figure.layout.xaxis.ticktext)
    assert "<img" not in str(reached.customdata)


def test_split_shows_shares_of_each_values_own_first_step() -> None:
    frame = pd.concat([FUNNEL.assign(country="DE"), FUNNEL.assign(country="FR", visitors=[5, 0], from_first=[1, 0])])
    figure = charts_funnel.split(frame, "country", ["DE", "FR"], dark=True)
    assert [trace.name for trace in figure.data] == ["Germany", "France"]
    assert [list(trace.y) for trace in figure.data] == [[100, 40], [100, 0]]
    assert [trace.marker.pattern.shape for trace in figure.data] == ["", "/"]


@pytest.mark.parametrize("dark", [False, True])
def test_over_time(dark: bool) -> None:
    frame = pd.DataFrame(
        {"visitors": [4, 0], "converters": [1, 0], "conversions": [2, 0], "rate": [0.25, float("nan")]}
    )
    bars, line, hollow = charts_funnel.over_time(frame, ["1 May", "2 May"], [False, True], dark).data
    assert list(bars.y) == [1, 0]
    assert list(bars.marker.pattern.shape) == ["", "/"]
    assert list(line.y) == [25, None]
    assert list(hollow.x) == [1]
    assert line.yaxis == "y2"
