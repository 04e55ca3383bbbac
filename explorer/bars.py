"""Times of bars in, what a chart of them has to know out: which have begun, are whole, which days, what is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

_FORMATS = {
    "15min": ("%H:%M", "%a %-d %b %Y, %H:%M"),
    "hour": ("%H:%M", "%a %-d %b %Y, %H:%M"),
    "day": ("%-d %b", "%a %-d %b %Y"),
    "week": ("%-d %b", "week of %a %-d %b %Y"),
    "month": ("%b %Y", "%B %Y"),
}
_LENGTHS: dict[str, pd.Timedelta | pd.DateOffset] = {
    "15min": pd.Timedelta(minutes=15),
    "hour": pd.Timedelta(hours=1),
    "day": pd.DateOffset(days=1),
    "week": pd.DateOffset(weeks=1),
    "month": pd.DateOffset(months=1),
}


def form_of(grain: str) -> tuple[str, str]:
    """How the time of a bar is written on the axis, and in full."""
    return _FORMATS[grain]


def begun(frame: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Bars that have begun; those of the rest of today are no zeros yet."""
    kept = frame[frame["time"] <= now].reset_index(drop=True)
    kept.attrs = frame.attrs
    return kept


def partial(times: pd.Series, grain: str, start: date, end: date, now: pd.Timestamp) -> list[bool]:
    """Which bars do not show their whole span: still running, or cut by the range."""
    first, after = _midnight(start, times), _midnight(end, times) + pd.DateOffset(days=1)
    return [_begin(time, grain) < first or _begin(time, grain) + _LENGTHS[grain] > min(after, now) for time in times]


def days_of(time: pd.Timestamp, grain: str, start: date, end: date) -> tuple[date, date]:
    """First and last day of a bar, within the range."""
    begin = _begin(time, grain)
    last = begin + _LENGTHS[grain] - pd.Timedelta(seconds=1)
    return max(begin.date(), start), min(last.date(), end)


def aligned(times: pd.Series, start: date, other: pd.DataFrame, other_start: date, grain: str, metric: str) -> list[
    tuple[float, pd.Timestamp | None]
]:  # fmt: skip
    """For each bar the value of the bar at its place in other days, and when that began; NaN where there is none.

    A day stands behind the day that is as far from the first one, an hour behind the same hour on the wall of that day,
    whatever a change of clocks did to either; weeks and months go by their number.
    """
    if grain in ("week", "month"):
        found = list(zip(other[metric].astype(float), other["time"], strict=True))
        return [found[place] if place < len(found) else (float("nan"), None) for place in range(len(times))]
    there: dict[tuple[int, str], tuple[float, pd.Timestamp | None]] = {}
    for value, time in zip(other[metric], other["time"], strict=True):
        there.setdefault(_place(time, other_start), (float(value), time))
    return [there.get(_place(time, start), (float("nan"), None)) for time in times]


def marked(
    times: pd.Series, notes: Sequence[Mapping[str, Any]], grain: str, start: date, end: date
) -> list[tuple[int, str]]:
    """The number of the bar in which each note lies, and its text; notes beyond the bars are left out."""
    found: list[tuple[int, str]] = []
    for note in notes:
        day, clock = str(note.get("day", "")), str(note.get("time", ""))
        try:
            moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}")
        except ValueError:
            continue  # somebody else's
        if moment.tzinfo is not None or not start <= moment.date() <= end or times.empty:
            continue
        at = pd.Timestamp(moment).tz_localize(times.dt.tz, ambiguous=True, nonexistent="shift_forward")
        place = int(times.searchsorted(at, side="right")) - 1
        if place >= 0 and at < _begin(times.iloc[place], grain) + _LENGTHS[grain]:
            found.append((place, f"{clock} {note.get('text', '')}".strip()))
    return found


def _place(time: pd.Timestamp, start: date) -> tuple[int, str]:
    return (time.date() - start).days, f"{time:%H:%M}"


def _begin(time: pd.Timestamp, grain: str) -> pd.Timestamp:
    """When a bar would begin if no range cut it."""
    if grain == "week":
        return time - pd.DateOffset(days=time.weekday())
    return time - pd.DateOffset(days=time.day - 1) if grain == "month" else time


def _midnight(day: date, times: pd.Series) -> pd.Timestamp:
    return pd.Timestamp(day, tz=times.dt.tz)
