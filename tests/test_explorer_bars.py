"""Times of bars: which have begun, which are whole, which days they stand for, and what stands behind them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from explorer import bars


def times(*texts: str, zone: str = "Europe/Berlin") -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)).tz_localize(zone))


def stamp(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="Europe/Berlin")


@pytest.mark.parametrize(
    ("grain", "starts", "days", "now", "cut"),
    [
        # the day that runs
        ("day", ["2026-11-24", "2026-11-25"], ("2026-11-24", "2026-11-25"), "2026-11-25 15:00", [0, 1]),
        ("day", ["2026-11-23", "2026-11-24"], ("2026-11-23", "2026-11-24"), "2026-11-25 15:00", [0, 0]),
        ("hour", ["2026-11-25 14:00", "2026-11-25 15:00"], ("2026-11-25", "2026-11-25"), "2026-11-25 15:10", [0, 1]),
        ("15min", ["2026-11-25 15:00", "2026-11-25 15:15"], ("2026-11-25", "2026-11-25"), "2026-11-25 15:29", [0, 1]),
        # Wednesday to Tuesday: both weeks are cut
        ("week", ["2026-11-11", "2026-11-16", "2026-11-23"], ("2026-11-11", "2026-11-24"), "2026-11-25", [1, 0, 1]),
        ("month", ["2026-09-02", "2026-10-01", "2026-11-01"], ("2026-09-02", "2026-11-25"), "2026-11-25", [1, 0, 1]),
        # a day of 25 hours
        ("day", ["2026-10-25"], ("2026-10-25", "2026-10-25"), "2026-10-25 23:30", [1]),
        ("day", ["2026-10-25"], ("2026-10-25", "2026-10-25"), "2026-10-26 00:00", [0]),
    ],
)  # fmt: skip
def test_partial(grain: str, starts: list[str], days: tuple[str, str], now: str, cut: list[int]) -> None:
    first, last = map(date.fromisoformat, days)
    assert bars.partial(times(*starts), grain, first, last, stamp(now)) == [bool(part) for part in cut]


@pytest.mark.parametrize(
    ("grain", "start", "days"),
    [
        ("hour", "2026-11-05 13:00", ("2026-11-05", "2026-11-05")),
        ("day", "2026-11-05", ("2026-11-05", "2026-11-05")),
        ("week", "2026-11-09", ("2026-11-09", "2026-11-15")),
        ("week", "2026-11-04", ("2026-11-04", "2026-11-08")),
        ("month", "2026-11-01", ("2026-11-04", "2026-11-20")),
    ],
)
def test_the_days_of_a_bar(grain: str, start: str, days: tuple[str, str]) -> None:
    found = bars.days_of(stamp(start), grain, date(2026, 11, 4), date(2026, 11, 20))
    assert tuple(day.isoformat() for day in found) == days


def test_hours_to_come_are_no_zeros() -> None:
    frame = pd.DataFrame(
        {"time": times("2026-11-25 14:00", "2026-11-25 15:00", "2026-11-25 16:00"), "visitors": [3, 1, 0]}
    )
    assert bars.begun(frame, stamp("2026-11-25 15:10"))["visitors"].tolist() == [3, 1]


def frame(*rows: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"time": times(*(text for text, _ in rows)), "visits": [value for _, value in rows]})


def test_days_stand_behind_days_as_far_from_the_first() -> None:
    now = times("2026-11-09", "2026-11-10", "2026-11-11")
    other = frame(("2026-11-02", 5), ("2026-11-03", 6))
    found = bars.aligned(now, date(2026, 11, 9), other, date(2026, 11, 2), "day", "visits")
    assert [(value, time and f"{time:%d}") for value, time in found[:2]] == [(5, "02"), (6, "03")]
    assert pd.isna(found[2][0])


def test_a_year_before_has_the_same_weekdays() -> None:
    from explorer.view import decode

    view = decode({"from": ["2026-11-09"], "to": ["2026-11-15"], "compare": ["year"]}, "a.com", date(2026, 11, 25))
    assert view.compared
    now = pd.Series(pd.date_range("2026-11-09", periods=7, tz="Europe/Berlin"))
    other = pd.DataFrame({"time": pd.date_range(view.compared[0], periods=7, tz="Europe/Berlin"), "visits": range(7)})
    found = bars.aligned(now, view.start, other, view.compared[0], "day", "visits")
    assert [time.weekday() for _, time in found if time] == [time.weekday() for time in now]


def test_hours_go_by_the_wall_whatever_clocks_did() -> None:
    """On 25 October 02:00 came twice, on 18 October once: behind both stands that one."""
    now = pd.Series(pd.date_range("2026-10-25", periods=5, freq="h", tz="Europe/Berlin"))
    assert [f"{time:%H}" for time in now] == ["00", "01", "02", "02", "03"]
    other = pd.DataFrame({"time": pd.date_range("2026-10-18", periods=24, freq="h", tz="Europe/Berlin"),
                          "visits": range(24)})  # fmt: skip
    found = bars.aligned(now, date(2026, 10, 25), other, date(2026, 10, 18), "hour", "visits")
    assert [value for value, _ in found] == [0, 1, 2, 2, 3]


def test_months_go_by_their_number() -> None:
    other = frame(("2025-09-20", 1), ("2025-10-01", 2))
    now = times("2026-10-01", "2026-11-01", "2026-12-01")
    found = bars.aligned(now, date(2026, 10, 1), other, date(2025, 9, 20), "month", "visits")
    assert [value for value, _ in found[:2]] == [1, 2]
    assert found[2][1] is None


@pytest.mark.parametrize(
    ("grain", "starts", "note", "place"),
    [
        ("day", ["2026-11-09", "2026-11-10"], {"day": "2026-11-10"}, [(1, "x")]),
        ("day", ["2026-11-09", "2026-11-10"], {"day": "2026-11-10", "time": "14:30"}, [(1, "14:30 x")]),
        ("hour", ["2026-11-10 13:00", "2026-11-10 14:00"], {"day": "2026-11-10", "time": "14:30"}, [(1, "14:30 x")]),
        ("hour", ["2026-11-10 13:00"], {"day": "2026-11-10", "time": "14:30"}, []),  # has not begun
        ("week", ["2026-11-09", "2026-11-16"], {"day": "2026-11-15"}, [(0, "x")]),
        ("day", ["2026-11-09"], {"day": "2026-11-08"}, []),
        ("day", ["2026-11-09"], {"day": "nonsense"}, []),
        ("day", ["2026-11-09"], {}, []),
    ],
)  # fmt: skip
def test_marked(grain: str, starts: list[str], note: dict[str, str], place: list[tuple[int, str]]) -> None:
    found = bars.marked(times(*starts), [{**note, "text": "x"}], grain, date(2026, 11, 9), date(2026, 11, 20))
    assert found == place
