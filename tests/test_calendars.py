"""Zones with odd clocks: every moment lies in one day and one step, and what the wall shows agrees."""

from __future__ import annotations

import threading
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.calendars import STEP, Calendar, calendar
from common.keys import ordinal

#: Half-hour changes, +5:45, and changes at midnight: a day that begins at 1:00 and one whose midnight comes twice.
ODD = [
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "America/Havana",
    "America/Asuncion",
    "America/St_Johns",
    "Africa/Cairo",
    "Antarctica/Troll",
    "Pacific/Chatham",
    "Pacific/Apia",
    "America/Nuuk",
    "Europe/Berlin",
    "UTC",
]
ZONES = st.sampled_from(ODD) | st.sampled_from(sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}))
#: 2012-01-01 to 2036-01-01
TIMES = st.integers(1_325_376_000_000, 2_082_758_400_000)
DAYS = st.integers(ordinal("2012-01-01"), ordinal("2036-01-01"))


@pytest.mark.parametrize(
    ("zone", "day", "begins", "quarters"),
    [
        ("UTC", "2026-05-05", "2026-05-05T00:00Z", 96),
        ("Asia/Kathmandu", "2026-05-05", "2026-05-04T18:15Z", 96),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", 92),
        ("America/New_York", "2026-11-01", "2026-11-01T04:00Z", 100),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", 98),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z", 94),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00Z", 92),  # 0:00 does not exist: the day begins at 1:00
        ("America/Asuncion", "2024-03-23", "2024-03-23T03:00Z", 100),  # 23:00 comes twice
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", 100),  # 0:00 comes twice
        ("America/St_Johns", "2026-11-01", "2026-11-01T02:30Z", 100),
        ("Antarctica/Troll", "2026-10-25", "2026-10-24T22:00Z", 104),
    ],
)
def test_days(zone: str, day: str, begins: str, quarters: int) -> None:
    local, number = calendar(zone), ordinal(day)
    assert datetime.fromtimestamp(local.start(number) / 1000, UTC) == datetime.fromisoformat(begins)
    assert local.steps(number) == quarters
    assert len(local.hours(number)) == quarters


def test_hour_bars() -> None:
    """Where each hour bar begins, in steps: one that comes twice is two bars, one that is skipped is none."""
    cases = {
        ("America/New_York", "2026-03-08"): [*range(0, 92, 4)],
        ("America/New_York", "2026-11-01"): [*range(0, 100, 4)],
        ("Australia/Lord_Howe", "2026-04-05"): [0, 4, 8, *range(10, 98, 4)],  # 1:30 comes again, for half an hour
        ("Australia/Lord_Howe", "2026-10-04"): [0, 4, 8, *range(10, 94, 4)],  # 2:00 to 2:30 is skipped
        ("Asia/Kathmandu", "2026-05-05"): [*range(0, 96, 4)],
    }
    for (zone, day), bars in cases.items():
        assert sorted(set(calendar(zone).hours(ordinal(day)))) == bars, (zone, day)


@given(zone=ZONES, time=TIMES)
@example(zone="Asia/Beirut", time=1774735200000)
@example(zone="Asia/Beirut", time=1774735199999)
def test_every_moment_lies_in_one_day_and_step(zone: str, time: int) -> None:
    local = Calendar(zone)
    day, step = local.day(time), local.step(time)
    assert local.start(day) <= time < local.start(day + 1)
    begin = local.start(day) + step * STEP
    assert 0 <= step < local.steps(day)
    assert begin <= time < min(begin + STEP, local.start(day + 1))
    assert date.fromordinal(day) == datetime.fromtimestamp(time // 1000, ZoneInfo(zone)).date()
    assert local.today(time) == day


@given(zone=ZONES, day=DAYS)
def test_hours_add_up(zone: str, day: int) -> None:
    local = Calendar(zone)
    bars = local.hours(day)
    assert len(bars) == local.steps(day) == -(-(local.start(day + 1) - local.start(day)) // STEP)
    masks = {bar: local.hour_mask(day, bar) for bar in bars}
    assert sum(masks.values()) == (1 << len(bars)) - 1  # every step in exactly one hour
    for begin, after in pairwise([*sorted(masks), len(bars)]):
        assert 1 <= after - begin <= 4
        assert {bars[step] for step in range(begin, after)} == {begin}


@given(zone=ZONES, day=DAYS)
def test_days_follow_each_other(zone: str, day: int) -> None:
    local = Calendar(zone)
    assert timedelta(hours=20) <= timedelta(milliseconds=local.start(day + 1) - local.start(day)) <= timedelta(hours=28)
    assert local.day(local.start(day)) == day
    assert local.day(local.start(day) - 1) == day - 1


def test_threads_share_a_calendar() -> None:
    """The explorer's threads ask one calendar about different days."""
    local, wrong = Calendar("Europe/Berlin"), []
    days = [ordinal("2026-05-05"), ordinal("2026-08-08")]
    starts = [local.start(day) for day in days]

    def ask(day: int, start: int) -> None:
        wrong.extend(1 for _ in range(20_000) if local.day(start + STEP) != day or local.step(start + STEP) != 1)

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(days, starts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_one_calendar_a_zone() -> None:
    assert calendar("Asia/Tokyo") is calendar("Asia/Tokyo")
    with pytest.raises(zoneinfo.ZoneInfoNotFoundError):
        calendar("Mars/Olympus")
