"""What a total is made of, bar by bar; and the switch between a page's dimensions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from explorer import filters, parts
from explorer.view import View

VIEW = View("a.com", "28d", date(2026, 11, 1), date(2026, 11, 2))


def test_parts_and_all_others_are_the_total() -> None:
    trend = pd.DataFrame({"os": ["Linux", "Linux", "iOS", "iOS"], "visits": [3, 1, 0, 2]})
    assert parts.split(trend, ["iOS", "Linux"], [5, 3], "os", "visits") == ([[0, 2], [3, 1]], [2, 0])


def test_another_dimension_begins_without_a_search_on_its_first_page() -> None:
    view = VIEW
    for name, value in (("content_q", "x"), ("content_at", "3"), ("content_by", "visits"), ("rows", "100")):
        view = view.choosing(name, value)
    assert parts.begun(view, "content", "exit_page").choices == (("rows", "100"), ("content", "exit_page"))


@pytest.mark.parametrize(
    ("curve", "filters_then"),
    [
        (1, (("os", "iOS"),)),
        (2, ()),  # all others are many
    ],
)
def test_a_clicked_part_becomes_a_filter(
    curve: int, filters_then: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {"view": VIEW}
    monkeypatch.setattr(parts.st, "session_state", state)
    monkeypatch.setattr(filters, "go", lambda then: state.update(view=then))
    parts._picked("os", ["Linux", "iOS"], filters.drill, {"curve": curve, "number": 5})
    assert state["view"].filters == filters_then
