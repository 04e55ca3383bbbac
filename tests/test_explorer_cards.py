"""Breakdowns as tables: shares, notes, and the row that becomes a filter."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from explorer import cards, filters
from explorer.view import View


def breakdown(dimension: str, values: list[str], visitors: list[int]) -> pd.DataFrame:
    rates = dict.fromkeys(["views_per_visit", "bounce_rate", "visit_duration", "engagement"], 0.5)
    frame = pd.DataFrame({dimension: values, "visitors": visitors, "visits": visitors, "pageviews": visitors,
                          "events": visitors, **rates})  # fmt: skip
    frame.attrs["answered_by"] = "rollups"
    return frame


OVERLAP = "A visit can be in several rows: visitors and visits overlap and do not add up to the total."
TOTAL = pd.Series({"visitors": 10.0})


def test_shaped() -> None:
    table = cards.shaped(breakdown("country", ["DE", "(none)"], [8, 2]), "country", TOTAL)
    assert table.to_dict("list") == {
        "name": ["Germany", "(none)"],
        "visitors": [8, 2],
        "share": [80.0, 20.0],
        "pageviews": [8, 2],
    }
    assert list(cards.shaped(breakdown("event", ["Signup"], [1]), "event", TOTAL).columns)[-1] == "events"


def test_shaped_in_full_has_every_metric_and_rates_in_per_cent() -> None:
    table = cards.shaped(breakdown("os", ["Linux"], [1]), "os", TOTAL, full=True)
    assert table["bounce_rate"].tolist() == [50.0]
    assert {"visits", "pageviews", "events", "views_per_visit", "visit_duration", "engagement"} <= set(table.columns)


def test_every_column_is_configured() -> None:
    full = cards.shaped(breakdown("page", ["/"], [1]).assign(scroll=50.0), "page", TOTAL, full=True)
    assert set(full.columns) <= set(cards.columns("page"))


@pytest.mark.parametrize(
    ("dimension", "values", "shown", "told"),
    [
        ("country", ["DE"], 1, ["From rollups."]),
        ("page", ["/"], 1, ["From rollups.", OVERLAP]),
        ("os", ["a", "b", "c"], 2, ["From rollups.", "First 2 of 3 rows; the CSV has all."]),
        ("os", ["(none)"], 1, ["From rollups.", "(none): not set or not known."]),
    ],
)  # fmt: skip
def test_notes(dimension: str, values: list[str], shown: int, told: list[str]) -> None:
    assert cards.notes(breakdown(dimension, values, [1] * len(values)), dimension, shown, len(values)) == told


def test_visitors_of_two_visits_are_explained() -> None:
    frame = breakdown("source", ["Google", "Bing"], [3, 2])
    assert cards._TWICE not in cards.notes(frame, "source", 2, 5)
    assert cards._TWICE in cards.notes(frame, "source", 2, 4)


@pytest.mark.parametrize(
    ("selection", "filters_then"),
    [
        ({"rows": [1], "cells": []}, (("page", "/b"),)),
        ({"rows": [], "cells": [(0, "visitors")]}, (("page", "/a"),)),
        ({"rows": [], "cells": []}, ()),
        ({"rows": [7], "cells": []}, ()),
        ({"rows": [2], "cells": []}, ()),  # (other) is a sum, no value
    ],
)
def test_a_selected_row_becomes_a_filter(
    selection: dict[str, Any], filters_then: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {"t": {"selection": selection}, "values:t": ["/a", "/b", "(other)"]}
    view = View("a.com", "28d", date(2026, 11, 1), date(2026, 11, 2))
    state["view"] = view
    monkeypatch.setattr(cards.st, "session_state", state)
    monkeypatch.setattr(cards.st, "toast", lambda *_, **__: None)
    monkeypatch.setattr(filters, "go", lambda then: state.update(view=then))
    cards.select("t", "page")
    assert state["view"].filters == filters_then
    assert state.get("drilled", False) == bool(filters_then)
