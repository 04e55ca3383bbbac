"""A breakdown as a list with bars: shares, notes, and the row that becomes a filter."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from explorer import filters, lists
from explorer.rows import Row
from explorer.view import View

OVERLAP = "A visit can be in several rows: visitors and visits overlap and do not add up to the total."
TOTAL = pd.Series({"visitors": 10.0})


def breakdown(dimension: str, values: list[str], visitors: list[int]) -> pd.DataFrame:
    counts = {"visitors": visitors, "visits": visitors, "pageviews": [5 * n for n in visitors], "events": visitors}
    frame = pd.DataFrame({dimension: values, **counts})
    frame.attrs["answered_by"] = "rollups"
    return frame


def test_shaped() -> None:
    assert lists.shaped(breakdown("country", ["DE", "(none)"], [8, 2]), "country", TOTAL) == [
        Row("Germany", "Germany", 100.0, ("8", "80.0%", "40")),
        Row("(none)", "(none)", 25.0, ("2", "20.0%", "10")),
    ]
    assert lists.shaped(breakdown("event", ["Signup"], [1]), "event", TOTAL)[0].cells == ("1", "10.0%", "1")
    assert lists.shaped(breakdown("os", [], []), "os", TOTAL) == []


def test_a_card_shows_so_many_rows() -> None:
    frame = breakdown("page", [f"/{n}" for n in range(500)], [1] * 500)
    assert len(lists.shaped(frame, "page", TOTAL)) == lists.MOST


@pytest.mark.parametrize(
    ("dimension", "values", "shown", "told"),
    [
        ("country", ["DE"], 1, ["From rollups."]),
        ("page", ["/"], 1, ["From rollups.", OVERLAP]),
        ("os", ["a", "b", "c"], 2, ["From rollups.", "First 2 of 3 rows; the data has all."]),
        ("os", ["(none)"], 1, ["From rollups.", "(none): not set or not known."]),
    ],
)  # fmt: skip
def test_notes(dimension: str, values: list[str], shown: int, told: list[str]) -> None:
    assert lists.notes(breakdown(dimension, values, [1] * len(values)), dimension, shown, len(values)) == told


@pytest.mark.parametrize(("number", "then"), [(1, (("page", "/b"),)), (2, ()), (7, ())])
def test_a_chosen_row_becomes_a_filter(number: int, then: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {"view": View("a.com", "28d", date(2026, 11, 1), date(2026, 11, 2))}
    monkeypatch.setattr(lists.st, "session_state", state)
    monkeypatch.setattr(lists.st, "toast", lambda *_, **__: None)
    monkeypatch.setattr(filters, "go", lambda view: state.update(view=view))
    lists.choose("page", ["/a", "/b", "(other)"], number)
    assert state["view"].filters == then
