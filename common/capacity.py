"""Bytes by family and day, and a limit, in; the months that still fit and the day memory ends out. Pure.

Raw events and unique visitors fill up: once FOOTFALL_RAW_DAYS are there, each day that comes drives one out. What grows
for ever is the rollups of closed months. A reopened or imported day changes that; this is a rate, no promise.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from common.footprint import Footprint, Size

#: Days before today whose mean is taken, and closed months.
_WINDOW, _MONTHS = 7, 3
_MONTH = 365.25 / 12
#: How many average days a closed month is as large as: its values come every day, and are stored once (measured:
#: 16 MB a year by days, 2.2 MB by months, at 5 million events a year).
_DAYS_IN_MONTH = 4.2
#: Unique visitors stay until their month is closed.
_UNIQUE_DAYS = 31
#: Beyond so many months nobody plans.
MOST_MONTHS = 1_200.0


class Growth(NamedTuple):
    """Bytes that come."""

    raw_day: float  #: raw events, each day
    unique_day: float  #: HyperLogLogs, each day
    month: float  #: rollups of a closed month
    filling: float  #: what raw events and HyperLogLogs still add until they are full
    full_in: int  #: days until then
    raw_days: int  #: days of raw events there are


class Fit(NamedTuple):
    """What still fits."""

    used: int
    limit: int  #: 0: nothing limits it
    growth: Growth
    months: float | None  #: months of rollups that fit beside full raw days; None without a limit
    ends: date | None  #: when memory is full; None where that is out of sight
    raw_days: int  #: most FOOTFALL_RAW_DAYS with which a year would fit; 0: not even the fewest


def growth(sizes: tuple[Size, ...], raw_days: int, today: int) -> Growth:
    """Bytes that come, by those of the last full days (ordinals before `today`) and closed months."""
    raw_day, raw_seen = _a_day(sizes, "raw", today)
    unique_day, unique_seen = _a_day(sizes, "unique", today)
    months = sorted({size.month for size in sizes if size.family == "dense" and size.month and not size.day})[-_MONTHS:]
    if months:
        closed = sum(size.bytes for size in sizes if size.family == "dense" and size.month in months and not size.day)
        month = closed / len(months)
    else:
        days = [size for size in sizes if size.family in ("dense", "daily") and size.day and size.day < today]
        month = sum(size.bytes for size in days) / (len({size.day for size in days}) or 1) * _DAYS_IN_MONTH
    raw_more, unique_more = max(0, raw_days - raw_seen), max(0, _UNIQUE_DAYS - unique_seen)
    filling = raw_more * raw_day + unique_more * unique_day
    full_in = max(raw_more if raw_day else 0, unique_more if unique_day else 0)
    return Growth(raw_day, unique_day, month, filling, full_in, raw_seen)


def fit(footprint: Footprint, raw_days: int, today: int, limit: int = 0) -> Fit:
    """What still fits into `limit`, else into the server's own. `today` is an ordinal."""
    most = limit or footprint.limit
    coming = growth(footprint.sizes, raw_days, today)
    if not most:
        return Fit(footprint.used, 0, coming, None, None, raw_days)
    room = most - footprint.used
    beside = max(0.0, room - coming.filling)
    months = min(MOST_MONTHS, beside / coming.month) if coming.month else MOST_MONTHS * (beside > 0)
    return Fit(footprint.used, most, coming, months, _ends(room, coming, today), _raw_days(room, coming))


def _a_day(sizes: tuple[Size, ...], family: str, today: int) -> tuple[float, int]:
    """Mean bytes of a full day of the last week, and how many days there are."""
    days: dict[int, int] = {}
    for size in sizes:
        if size.family == family and size.day:
            days[size.day] = days.get(size.day, 0) + size.bytes
    first = min(days, default=today)
    span = range(max(first, today - _WINDOW), today)
    if not span:  # only today is there: better than nothing
        return float(days.get(today, 0)), len(days)
    return sum(days.get(day, 0) for day in span) / len(span), len(days)


def _ends(room: float, coming: Growth, today: int) -> date | None:
    if room <= 0:
        return date.fromordinal(today)
    a_day = coming.month / _MONTH
    first = a_day + (coming.filling / coming.full_in if coming.full_in else 0.0)
    if first and room <= coming.full_in * first:
        days = room / first
    elif a_day:
        days = coming.full_in + (room - coming.full_in * first) / a_day
    else:
        return None
    return None if days > MOST_MONTHS * _MONTH else date.fromordinal(today) + timedelta(days=days)


def _raw_days(room: float, coming: Growth) -> int:
    """Most days of raw events that leave room for a year of rollups."""
    if coming.raw_day <= 0:
        return coming.raw_days
    now = coming.raw_days * coming.raw_day
    return max(0, int((room + now - 12 * coming.month) / coming.raw_day))
