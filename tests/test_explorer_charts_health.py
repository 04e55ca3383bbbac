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
