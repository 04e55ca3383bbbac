"""A month's hash becomes sums by purpose, what goes on is projected, and a budget is judged; by hand."""

from __future__ import annotations

from datetime import date

import pytest
from made import ms

from common.budget import (
    Month,
    Reading,
    field_of,
    judge,
    month_before,
    month_end,
    month_of,
    rate,
    read_month,
    reading_fields,
    utc_day,
)

NOV = "2026-11"
DAY1 = date(2026, 11, 1).toordinal()


def counted(per_day: dict[int, int], name: str = NOV, purpose: str = "flush", since: int = 0) -> Month:
    first = date.fromisoformat(f"{name}-01").toordinal()
    return Month(name, {first + day - 1: {purpose: count} for day, count in per_day.items()}, {}, since)


def test_months_and_fields() -> None:
    assert month_of(ms("2026-11-30 23:59")) == NOV
    assert month_of(ms("2026-12-01 00:00")) == "2026-12"
    assert [month_before(name) for name in ("2026-03", "2026-01")] == ["2026-02", "2025-12"]
    assert [month_end(name) for name in ("2026-02", "2026-11", "2026-12")] == [
        ms("2026-03-01 00:00"), ms("2026-12-01 00:00"), ms("2027-01-01 00:00"),
    ]  # fmt: skip
    assert field_of(ms("2026-11-05 12:00"), "flush") == "05:flush"
    assert utc_day(ms("2026-11-01 00:00")) == DAY1


def test_what_a_reading_leaves() -> None:
    now = ms("2026-11-24 10:00")
    fresh, old = Reading("abc", 500, ms("2026-11-03 08:00")), Reading("abc", 500, ms("2026-10-03 08:00"))
    assert reading_fields(fresh, now) == (("24:@abc", "500"), ("base:@abc", f"0 {fresh.began}"))
    assert reading_fields(old, now) == (("24:@abc", "500"), ("base:@abc", f"500 {now}"))


def test_what_nobody_counted_is_other() -> None:
    hash_ = {b"23:flush": b"40", b"24:flush": b"60", b"24:read": b"5", b"23:@a": b"150", b"24:@a": b"210"}
    month = read_month(NOV, hash_ | {b"base:@a": b"100 7"})
    assert month.purposes() == {"flush": 100, "read": 5, "other": 5}  # the server saw 50 and 60
    assert month.days() == {DAY1 + 22: 50, DAY1 + 23: 65}
    assert (month.used, month.since) == (110, 7)


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"base:@a": "0 1", "05:@a": 30, "06:@a": 70}, {5: 30, 6: 40}),
        # a restart: another run, which counts from zero
        ({"base:@a": "0 1", "05:@a": 30, "base:@b": "0 9", "05:@b": 8, "06:@b": 20}, {5: 38, 6: 12}),
        # CONFIG RESETSTAT on the 6th
        ({"base:@a": "0 1", "05:@a": 300, "06:@a": 20, "07:@a": 50}, {5: 300, 6: 20, 7: 30}),
        ({}, {}),
    ],
)
def test_what_the_server_saw(fields: dict[str, object], seen: dict[int, int]) -> None:
    month = read_month(NOV, {name.encode(): str(value).encode() for name, value in fields.items()})
    assert month.seen == {DAY1 + day - 1: count for day, count in seen.items()}


def test_a_reading_of_this_moment_counts_too() -> None:
    now = ms("2026-11-06 12:00")
    kept = {b"base:@a": b"0 1", b"05:@a": b"30"}
    assert read_month(NOV, kept, [Reading("a", 45, 1)], now).seen == {DAY1 + 4: 30, DAY1 + 5: 15}
    # An older server that was never read before tells nothing about this month.
    assert read_month(NOV, {}, [Reading("a", 9_000, ms("2026-01-01 00:00"))], now).used == 0


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({}, 0),
        ({"03:flush": 1, "05:flush": 2}, ms("2026-11-03 00:00")),
        ({"03:flush": 1, "base:@a": f"0 {ms('2026-11-03 23:00')}"}, ms("2026-11-03 23:00")),
        ({"03:flush": 1, "base:@a": f"0 {ms('2026-11-09 23:00')}"}, ms("2026-11-03 00:00")),
    ],
)
def test_when_counting_began(fields: dict[str, object], since: int) -> None:
    month = read_month(NOV, {name.encode(): str(value).encode() for name, value in fields.items()})
    assert month.since == since


def test_an_unknown_purpose_is_other() -> None:
    assert read_month(NOV, {b"01:later": b"3"}).purposes() == {"other": 3}


def test_rate_is_of_the_last_week() -> None:
    now = ms("2026-11-20 00:00")
    month = counted({day: 1_000 if day < 13 else 70 for day in range(1, 20)}, since=ms("2026-11-01 00:00"))
    assert rate([month], now) == 70
    assert rate([Month(NOV)], now) == 0


def test_rate_reaches_into_the_month_before() -> None:
    before = counted(dict.fromkeys(range(1, 31), 100), NOV, since=ms("2026-11-01 00:00"))
    this = counted({1: 50}, "2026-12", since=ms("2026-12-01 00:00"))
    assert rate([before, this], ms("2026-12-01 12:00")) == pytest.approx(100)


def test_imports_do_not_go_on() -> None:
    day = {"flush": 240, "import": 50_000}
    month = Month(NOV, {DAY1 + 9: day}, {DAY1 + 9: 50_250}, ms("2026-11-10 00:00"))
    assert rate([month], ms("2026-11-11 00:00")) == 250


def test_a_young_count_is_taken_for_an_hour_at_least() -> None:
    since = ms("2026-11-10 08:00")
    month = counted({10: 50}, since=since)
    assert rate([month], since + 60_000) == 50 * 24
    assert rate([month], since + 12 * 3_600_000) == 100


@pytest.mark.parametrize(
    ("budget", "kind", "on"),
    [
        (0, "unlimited", None),
        (3_000, "fine", None),  # 100 a day in 30 days
        (2_999, "ahead", date(2026, 11, 30)),
        (2_050, "ahead", date(2026, 11, 21)),
        (2_000, "ahead", date(2026, 11, 21)),
        (1_999, "exceeded", None),
    ],
)
def test_judge(budget: int, kind: str, on: date | None) -> None:
    month = counted(dict.fromkeys(range(1, 21), 100), since=ms("2026-11-01 00:00"))
    assert judge([month], budget, ms("2026-11-21 00:00")) == (kind, 2_000, 3_000, budget, on)
