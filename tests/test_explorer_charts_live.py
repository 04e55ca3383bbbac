"""Visitors by minute as bars."""

from __future__ import annotations

import pandas as pd

from explorer import charts_live


def test_the_last_minute_still_runs() -> None:
    times = list(pd.date_range("2026-11-25 14:00", periods=30, freq="min", tz="UTC"))
    figure = charts_live.minutes(times, [0] * 29 + [3])
    (bars,) = figure.data
    assert bars.customdata[-1] == "14:29 · still running"
    assert len(set(bars.marker.color)) == 2
    assert list(figure.layout.xaxis.ticktext) == ["14:00", "14:05", "14:10", "14:15", "14:20", "14:25"]
    assert figure.layout.yaxis.dtick == 1
