"""A reader in, everything it tells as tables out; and which tables of two such tellings differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd

from common.events import EVENT_DIMENSIONS, PATH_DIMENSIONS, VISIT_DIMENSIONS
from common.frames import GRAINS, Traffic

_DIMENSIONS = (*EVENT_DIMENSIONS, *PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class", "prop:plan")
_WHERE = {"country": "DE", "device": "Desktop"}
#: Which visit of a day it is, and in what order events of one moment came: both depend on who applied them first.
_UNORDERED = ("visit", "seq")


def told(traffic: Traffic) -> dict[str, pd.DataFrame]:
    """All that is told about yesterday and today."""
    days = str(traffic.today() - timedelta(days=1)), str(traffic.today())
    found = {"totals": traffic.totals(*days).to_frame().T}
    found |= {f"series {grain}": traffic.series(*days, grain) for grain in GRAINS}
    found |= {name: traffic.breakdown(name, *days) for name in _DIMENSIONS}
    found |= {name: getattr(traffic, name)(*days) for name in ("activity", "dropped", "shapes", "revenue")}
    found["totals of some"] = traffic.totals(*days, _WHERE).to_frame().T
    found["series of some"] = traffic.series(*days, "hour", {**_WHERE, "page__contains": "1"})
    found["page of some"] = traffic.breakdown("page", *days, {"event": "Signup"})
    return found | {"visits": traffic.visits(*days), "events": traffic.events(*days)}


def differing(found: Mapping[str, pd.DataFrame], expected: Mapping[str, pd.DataFrame]) -> list[str]:
    """The tables that are not the same, but for the order of rows that nothing orders."""
    return [name for name in expected if not _plain(found[name]).equals(_plain(expected[name]))]


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.drop(columns=[name for name in _UNORDERED if name in frame]).astype(str)
    return frame.sort_values([*frame.columns], ignore_index=True)


def worst(uniques: Mapping[str, tuple[int, int]]) -> float:
    """How far a count is off at most, of (count, truth)."""
    return max(abs(counted - true) / true for counted, true in uniques.values())
