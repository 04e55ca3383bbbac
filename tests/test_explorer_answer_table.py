"""What stands under a table, and bars of rates."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer import answer_table


def test_missing_days_are_named() -> None:
    frame = pd.DataFrame({"a": [1]})
    assert answer_table.missing(frame) == []
    frame.attrs["missing"] = ["2026-11-01", "2026-11-02"]
    assert answer_table.missing(frame) == ["Raw events of 2 days are gone: they are not in it."]


@pytest.mark.parametrize(
    ("rates", "most"),
    [(pd.Series([1.0, 7.5]), 7.5), (pd.Series([0.0]), 100), (pd.Series([float("nan")]), 100), (None, 100)],
)
def test_the_highest_rate_fills_its_bar(rates: pd.Series | None, most: float) -> None:
    assert answer_table.bar("Rate", rates)["type_config"]["max_value"] == most
