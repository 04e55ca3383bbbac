"""The table of a web vital: rows of one metric, in the order of how often it was measured."""

from __future__ import annotations

import pandas as pd

from explorer import vitals_table

FRAME = pd.DataFrame(
    {
        "country": ["DE", "DE", "FR", "FR"],
        "metric": ["LCP", "CLS", "LCP", "CLS"],
        "count": [5, 5, 9, 1],
        "p50": [1000.0, 0.1, 2000.0, 0.2],
        "p75": [1100.0, 0.11, 2100.0, 0.21],
        "p90": [1200.0, 0.12, 2200.0, 0.22],
        "p95": [1300.0, 0.13, 2300.0, 0.23],
        "good": [1.0, 0.5, 0.8, 0.0],
        "needs_improvement": [0.0, 0.5, 0.2, 0.0],
        "poor": [0.0, 0.0, 0.0, 1.0],
    }
)


def test_rows() -> None:
    own = vitals_table.of_metric(FRAME, "LCP")
    assert vitals_table.shaped(own, "country", "LCP").to_numpy().tolist() == [
        ["France", 9, 2.0, 2.1, 2.2, 2.3, 80, 20, 0],
        ["Germany", 5, 1.0, 1.1, 1.2, 1.3, 100, 0, 0],
    ]
    assert vitals_table.unit_of(own, "LCP") == " s"
    quick = own.assign(p95=900.0, p90=800.0, p75=700.0, p50=600.0)
    assert vitals_table.unit_of(quick, "LCP") == " ms"
    assert vitals_table.shaped(quick, "country", "LCP")["p75"].tolist() == [700, 700]
    assert vitals_table.of_metric(FRAME, "TTFB").empty


def test_every_column_is_named_and_the_chosen_one_marked() -> None:
    shaped = vitals_table.shaped(vitals_table.of_metric(FRAME, "CLS"), "country", "CLS")
    columns = vitals_table.columns("country", "CLS", "p90", "")
    assert set(shaped.columns) == set(columns)
    assert [columns[name]["label"] for name in ("p75", "p90")] == ["75th", "▸ 90th"]
    assert columns["p75"]["type_config"]["format"] == "%.3f"
    formats = [
        vitals_table.columns("country", "LCP", "p90", unit)["p50"]["type_config"]["format"] for unit in (" s", " ms")
    ]
    assert formats == ["%.2f s", "%.0f ms"]
