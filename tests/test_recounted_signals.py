"""Signals counted in columns: the same rows as one by one."""

from __future__ import annotations

from made import event, ms

from common.calendars import calendar
from common.columns import table_of
from common.keys import ordinal
from common.recounted import recounted
from common.rollups import EVENTS

DAY = ordinal("2026-05-05")
NOON, MIDNIGHT = ms("2026-05-05 12:00"), ms("2026-05-06 00:00")


def test_rows_of_each_day() -> None:
    events = [
        event(1, MIDNIGHT - 9),
        event(1, MIDNIGHT - 8, type="error", props={"message": "x"}),
        event(1, MIDNIGHT + 1, type="error", props={"message": ""}),
        event(1, MIDNIGHT + 2, type="error"),
        event(1, MIDNIGHT + 3, type="vitals", props={"lcp": "2499", "cls": "0.0", "old": "1"}),
        event(1, MIDNIGHT + 4, type="vitals", props={"lcp": "2500.0"}),
        event(1, MIDNIGHT + 5, type="vitals", props={"lcp": "?"}),
        event(2, NOON, type="vitals", props={"lcp": "1"}),  # nobody's visit
        event(3, NOON, class_="bot"),
        event(3, NOON + 1, type="error", props={"message": "x"}, class_="bot"),
    ]
    found = recounted(table_of(events), calendar("UTC"), range(DAY, DAY + 2))
    told = {
        day - DAY: {
            f"{dimension}={value}": row[EVENTS]
            for dimension in ("error", "vitals")
            for value, row in zip(*rows.get(dimension, ([], [])), strict=True)
        }
        for day, rows in found.items()
    }
    assert told == {0: {"error=x": 1}, 1: {"error=(none)": 2, "vitals=CLS.0": 1, "vitals=LCP.2500": 2}}
