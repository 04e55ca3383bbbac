"""Cards of days: the estimated loss with its reasons, whether it is known or not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from explorer import health_days


def frame(rate: float, settled: bool) -> pd.DataFrame:
    row = {"day": date(2026, 11, 25), "batches": 400, "missing": 3, "lost": 5.0, "events": 11.0, "rate": rate}
    found = pd.DataFrame([{**row, "settled": settled}])
    found.attrs = {"rate": rate, "reasons": {"network": "the connection broke <b>"}}
    return found


@pytest.mark.parametrize(
    ("rate", "settled", "metrics", "words"),
    [
        (0.0125, False, ["1.2%", "3", "≈ 11"], "may still change"),
        (0.0125, True, ["1.2%", "3", "≈ 11"], "network"),
        (float("nan"), True, [], "Not known"),
    ],
)
def test_loss(monkeypatch: pytest.MonkeyPatch, rate: float, settled: bool, metrics: list[str], words: str) -> None:
    monkeypatch.setattr(health_days, "_over", lambda *_: frame(rate, settled))
    monkeypatch.setattr(health_days, "_code", lambda *_: None)

    def script() -> None:
        from explorer import health_days

        nobody: Any = None
        health_days.lost(nobody)

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert [tile.value for tile in app.metric] == metrics
    said = " ".join(item.value for item in app.caption)
    assert words in said
    assert ("may still change" in said) == (not settled)


@pytest.mark.parametrize(
    ("raw", "begins"),
    [(["redis", "archive", "none"], "Every day"), (["gone", "redis"], "Filters on other"), (["gone"] * 2, "Filters")],
)
def test_told(raw: list[str], begins: str) -> None:
    assert health_days.told(pd.DataFrame({"raw": raw})).startswith(begins)
