"""The last whole hour beside the same hour of its weekday: spikes, drops, and what is too little to tell."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer import alerting

NOW = pd.Timestamp("2026-11-26 14:20", tz="Europe/Berlin")  # a Thursday; the last whole hour begins at 13:00
LAST = NOW.floor("h") - pd.Timedelta(hours=1)


def hours(last: float, before: list[float], noise: float = 999.0) -> pd.DataFrame:
    """Hours of weeks in which only Thursdays at 13:00 count; all others say `noise`."""
    times = pd.date_range(LAST - pd.DateOffset(weeks=len(before)), NOW, freq="h")
    frame = pd.DataFrame({"time": times, "visitors": noise})
    for week, value in enumerate(reversed(before), start=1):
        frame.loc[frame["time"] == LAST - pd.DateOffset(weeks=week), "visitors"] = value
    frame.loc[frame["time"] == LAST, "visitors"] = last
    return frame


@pytest.mark.parametrize(
    ("last", "before", "kind", "usual"),
    [
        (250, [100, 100, 110, 90, 100], "spike", 100),
        (150, [100, 100, 110, 90, 100], "usual", 100),  # less than a hundred per cent more
        (40, [100, 100, 110, 90, 100], "drop", 100),
        (60, [100, 100, 110, 90, 100], "usual", 100),
        (250, [10, 300, 100, 20, 200], "usual", 100),  # it always goes up and down
        (15, [5, 5, 5, 5], "usual", 5),  # too few to wake anybody
        (0, [10, 12, 11, 10], "usual", 10.5),
        (500, [100, 100], "unknown", 100),
    ],
)
def test_find(last: float, before: list[float], kind: str, usual: float) -> None:
    found = alerting.find(hours(last, before), "visitors", NOW, spike=100, drop=50)
    assert (found.kind, found.usual, found.value) == (kind, usual, last)
    assert found.hour == pd.Timestamp("2026-11-26 13:00", tz="Europe/Berlin")


def test_a_week_with_another_clock_is_compared_by_the_wall() -> None:
    """In autumn the hour that a Thursday's 13:00 was a week ago lies 169 hours back."""
    now = pd.Timestamp("2026-10-29 14:00", tz="Europe/Berlin")
    times = pd.date_range(pd.Timestamp("2026-10-01 00:00", tz="Europe/Berlin"), now, freq="h", inclusive="left")
    frame = pd.DataFrame({"time": times, "visitors": [100.0 * (time.hour == 13) for time in times]})
    found = alerting.find(frame, "visitors", now, spike=100, drop=50)
    assert (found.kind, found.usual, found.value) == ("usual", 100, 100)


def test_no_hours() -> None:
    assert alerting.find(hours(1, [1])[:0], "visitors", NOW, 100, 50).kind == "unknown"


def test_told() -> None:
    found = alerting.find(hours(250, [100, 100, 110, 90, 100]), "visitors", NOW, spike=100, drop=50)
    text = "a.com: Spike: 250 visitors in the hour from Thu 26 Nov 2026, 13:00, usually 100 (+150 %)."
    assert alerting.told("a.com", "visitors", found) == text
