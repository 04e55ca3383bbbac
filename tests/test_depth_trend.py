"""Values and bars over derived rows of a few hand-made events; test_trends holds random ones against brute force."""

from __future__ import annotations

import pandas as pd
import pytest
from derived import relation_of
from made import event, ms

from common.calendars import calendar
from common.depth.trend import Trend
from common.filters import normalise
from common.keys import iso, ordinal

DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06")
MINUTE, HOUR = 60_000, 3_600_000
#: One visit over midnight that reads two pages; a bounce; and a visit of three hours before that begins on `/`.
EVENTS = [
    event(9, MIDNIGHT - 3 * HOUR, "/", country="FR"),
    event(1, MIDNIGHT - 2 * MINUTE, "/", country="DE"),
    event(11, MIDNIGHT + 2 * MINUTE, "/b", before=1, country="AT"),
    event(11, MIDNIGHT + 3 * MINUTE, "/b", before=1, type="Signup", props={"plan": "pro"}, country="AT"),
    event(2, MIDNIGHT + 9 * MINUTE, "/b", country="DE", props={"plan": "(none)"}),
]
SHOWN = ("pageviews", "events", "visits", "visitors")


def told(dimension: str, grain: str, values: list[str] | None = None, **where: str) -> dict[tuple[str, str], list[int]]:
    """(value, bar) -> pageviews, events, visits, visitors."""
    only = {} if values is None else {dimension: values}
    days = [DAY, DAY + 1]
    found = Trend(relation_of(EVENTS), calendar("UTC"), days, normalise(where), only).by_bar(dimension, grain)
    name = iso if grain == "day" else lambda bar: f"{pd.Timestamp(bar, unit='ms'):%d %H:%M}"
    return {(value, name(bar)[-8:]): row for (value, bar), row in
            zip(found.index, found[list(SHOWN)].to_numpy().tolist(), strict=True)}  # fmt: skip


@pytest.mark.parametrize(
    ("dimension", "grain", "expected"),
    [
        # The visit, and the country of its first event, is that of the day it began; its events are of their own.
        ("country", "day", {("DE", "26-05-05"): [1, 1, 1, 1], ("DE", "26-05-06"): [2, 3, 1, 2],
                            ("FR", "26-05-05"): [1, 1, 1, 1]}),
        # `/b` is read on the second day, in a visit of the first and in one of its own.
        ("page", "day", {("/", "26-05-05"): [2, 2, 2, 2], ("/b", "26-05-05"): [0, 0, 1, 0],
                         ("/b", "26-05-06"): [2, 3, 1, 2]}),
        ("page", "hour", {("/", "05 21:00"): [1, 1, 1, 1], ("/", "05 23:00"): [1, 1, 1, 1],
                          ("/b", "05 23:00"): [0, 0, 1, 0], ("/b", "06 00:00"): [2, 3, 1, 2]}),
        ("prop:plan", "day", {("(none)", "26-05-06"): [1, 1, 1, 1], ("pro", "26-05-05"): [0, 0, 1, 0],
                              ("pro", "26-05-06"): [0, 1, 0, 1]}),
    ],
)  # fmt: skip
def test_values_by_bars(dimension: str, grain: str, expected: dict[tuple[str, str], list[int]]) -> None:
    assert told(dimension, grain) == expected


def test_some_values_under_filters() -> None:
    assert told("page", "day", ["/b"], country="DE") == {
        ("/b", "26-05-05"): [0, 0, 1, 0],
        ("/b", "26-05-06"): [2, 3, 1, 2],
    }
    assert told("country", "day", ["DE", "JP"], page="/b") == {
        ("DE", "26-05-05"): [0, 0, 1, 0],
        ("DE", "26-05-06"): [2, 3, 1, 2],
    }
    assert told("page", "day", ["'; DROP"]) == {}
    assert told("page", "day", []) == {}


def test_a_filter_on_the_same_dimension_holds_too() -> None:
    assert told("page", "day", ["/", "/b"], page="/") == {("/", "26-05-05"): [2, 2, 2, 2]}
