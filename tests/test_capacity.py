"""How many months fit and when memory ends, by round numbers."""

from __future__ import annotations

from datetime import date

import pytest

from common.capacity import Growth, fit, growth
from common.footprint import Footprint, Size

TODAY = date(2026, 11, 25).toordinal()
MONTH = 365.25 / 12


def raw(days: int, each: int = 1_000) -> list[Size]:
    """So many full days of raw events before today."""
    return [Size("a", "raw", "", TODAY - n, each) for n in range(1, days + 1)]


def months(*sizes: int) -> list[Size]:
    return [Size("a", "dense", f"2026-{n:02}", 0, size) for n, size in enumerate(sizes, 1)]


def looked(*sizes: Size, used: int = 0, limit: int = 0) -> Footprint:
    return Footprint(sizes, used, limit)


def test_growth() -> None:
    sizes = (*raw(10), *months(10, 100, 200, 300), Size("b", "raw", "", TODAY - 1, 700), Size("a", "raw", "", TODAY, 9))
    found = growth(sizes, 30, TODAY)
    # 7 full days of 1,000 and one of 700 more; 11 of 30 days are there, today's included
    assert found == Growth(1_100.0, 0.0, 200.0, 19 * 1_100.0, 19, 11)


def test_days_without_events_count_in_the_mean() -> None:
    sizes = tuple(size for size in raw(7) if size.day != TODAY - 3)
    assert growth(sizes, 6, TODAY)[0] == pytest.approx(6_000 / 7)


def test_only_today() -> None:
    assert growth((Size("a", "raw", "", TODAY, 500),), 3, TODAY) == Growth(500.0, 0.0, 0.0, 1_000.0, 2, 1)


def test_before_a_month_is_closed_days_tell_its_size() -> None:
    days = tuple(Size("a", "dense", "2026-11", TODAY - n, 100) for n in (1, 2, 3))
    assert growth(days, 30, TODAY).month == pytest.approx(420)


def test_uniques_fill_a_month() -> None:
    found = growth(tuple(Size("a", "unique", "", TODAY - n, 10) for n in (1, 2)), 30, TODAY)
    assert (found.unique_day, found.filling, found.full_in) == (10.0, 290.0, 29)


@pytest.mark.parametrize(
    ("used", "limit", "months_left", "ends"),
    [
        # full raw days, 100 a month: 1,200 are a year
        (30_000, 31_200, 12, TODAY + 365),
        (30_000, 30_000, 0, TODAY),
        (30_000, 29_000, 0, TODAY),
        (30_000, 30_100, 1, TODAY + 30),
        (30_000, 10_000_000, 1_200, None),
    ],
)
def test_fit_with_full_raw_days(used: int, limit: int, months_left: float, ends: int | None) -> None:
    found = fit(looked(*raw(30), *months(100, 100), used=used, limit=limit), 30, TODAY)
    assert found.months == pytest.approx(months_left)
    assert found.ends == (date.fromordinal(ends) if ends else None)


def test_raw_events_that_still_fill_up() -> None:
    looked_at = looked(*raw(10), *months(100), used=10_000, limit=15_000)
    found = fit(looked_at, 30, TODAY)
    assert found.months == 0  # 20 more days of 1,000 do not fit
    assert found.ends == date.fromordinal(TODAY + 4)  # 5,000 at 1,000 and a little a day
    assert found.raw_days == 13  # 15 days, less a year of 100 a month
    roomy = fit(looked_at, 30, TODAY, limit=40_000)
    assert roomy.months == pytest.approx(100)
    assert roomy.limit == 40_000
    assert roomy.ends == date.fromordinal(TODAY + int(20 + (10_000 - 20 * 100 / MONTH) / (100 / MONTH)))


def test_without_a_limit_there_is_no_end() -> None:
    found = fit(looked(*raw(3), used=5), 30, TODAY)
    assert (found.months, found.ends, found.limit, found.raw_days) == (None, None, 0, 30)


def test_nothing_grows() -> None:
    found = fit(looked(used=5, limit=10), 30, TODAY)
    assert (found.months, found.ends) == (1_200.0, None)
