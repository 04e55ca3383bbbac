"""Days as stacks and as a strip."""

from __future__ import annotations

from datetime import date

import pandas as pd

from explorer import charts_health
from explorer.charts import PALE

DAYS = pd.to_datetime(["2026-11-23", "2026-11-23", "2026-11-25", "2026-11-25"])
INTAKE = pd.DataFrame({"day": DAYS, "outcome": ["human", "bot", "human", "old"], "events": [5, 2, 7, 1]})


def test_accepted_and_dropped_stand_apart() -> None:
    found = {bar.name: list(bar.y) for bar in charts_health.intake(INTAKE, dropped=False).data}
    assert found == {"Humans": [5, 0, 7], "Bots": [2, 0, 0]}
    found = {bar.name: list(bar.y) for bar in charts_health.intake(INTAKE, dropped=True).data}
    assert found == {"old": [0, 0, 1]}


def test_today_is_pale() -> None:
    figure = charts_health.intake(INTAKE, dropped=False, today=date(2026, 11, 25))
    assert [list(bar.marker.opacity) for bar in figure.data] == [[1, 1, PALE]] * 2
    assert "not a whole bar" in figure.layout.xaxis.ticktext[-1]


def test_coverage() -> None:
    days = pd.date_range("2026-11-23", periods=4)
    frame = pd.DataFrame({"day": days, "events": [3, 0, 4, 5], "raw": ["archive", "none", "redis", "gone"]})
    found = {bar.name: list(bar.x) for bar in charts_health.coverage(frame).data}
    assert found == {"In Redis": [2], "In the archive": [0], "Gone: totals alone": [3]}


def test_loss_day_by_day_young_days_hatched_and_days_of_which_nothing_is_known_left_out() -> None:
    days = [day.date() for day in pd.date_range("2026-11-22", periods=4)]
    frame = pd.DataFrame(
        {
            "day": days,
            "batches": [48, 0, 40, 49],
            "missing": [2, 0, 10, 1],
            "rate": [0.05, float("nan"), 0.25, 0.025],
            "settled": [True, True, True, False],
        }
    )
    settled, young = charts_health.loss(frame).data
    assert (list(settled.x), list(settled.y), settled.marker.pattern.shape) == ([0, 2], [0.05, 0.25], "")
    assert (list(young.x), list(young.y), young.marker.pattern.shape) == ([3], [0.025], "/")
    assert list(young.customdata[0]) == [1, 49]
    assert not charts_health.loss(frame).layout.showlegend
