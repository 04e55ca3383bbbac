"""Rollup rows of days in, sums and rates as pandas frames out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from common.arrays import Rows
from common.calendars import STEP, Calendar
from common.rollups import METRICS, VISITORS

Sums = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int64 | np.float64]
_WIDTH = len(METRICS)


def total(days: Mapping[int, Rows], dimension: str, values: Sequence[str] | None = None) -> Sums:
    """One sum over all days, of all values or of the named ones; columns as METRICS."""
    sums = np.zeros(_WIDTH, dtype=np.int64)
    for rows in days.values():
        names, array = rows.get(dimension, ((), None))
        if array is not None:
            chosen = slice(None) if values is None else [name in values for name in names]
            sums += array[chosen].sum(axis=0)
    return sums


def by_value(parts: Iterable[Rows], dimension: str, values: Sequence[str] | None) -> pd.DataFrame:
    """Sums over all parts, one row a value that counts anything, sorted by it; columns as METRICS."""
    places: dict[str, int] = {}
    at: list[int] = []
    arrays: list[Sums] = []
    for rows in parts:
        if dimension in rows:
            names, array = rows[dimension]
            at += [places.setdefault(name, len(places)) for name in names]
            arrays.append(array)
    sums = np.zeros((len(places), _WIDTH), dtype=np.int64)
    if arrays:
        np.add.at(sums, at, np.concatenate(arrays))
    kept: list[bool] = np.any(sums, axis=1).tolist()
    found = [name for name in sorted(places) if kept[places[name]] and (values is None or name in values)]
    array = sums[[places[name] for name in found]]
    return pd.DataFrame(array, columns=list(METRICS), index=pd.Index(found, dtype=str))


def largest(sums: pd.DataFrame, sort: str, limit: int | None) -> pd.DataFrame:
    """The first `limit` rows by a metric of the sums, then pageviews, events and the value, as answers are sorted:
    what is cut off anyway need not be turned into rates. All rows where they decide the order.
    """
    if limit is None or limit < 0 or sort not in METRICS:
        return sums
    by = [np.arange(len(sums)), *(-sums[name].to_numpy() for name in ("events", "pageviews", sort))]
    return sums.iloc[np.lexsort(by)[:limit]]


def ranked(
    sums: pd.DataFrame, entries: pd.DataFrame | None, dimension: str, sort: str, limit: int | None
) -> pd.DataFrame:
    """The rates of sums that are sorted by value, as a list: the value first, largest on top. Raises ValueError."""
    cut = largest(sums, sort, limit)
    frame = rates(cut, entries, dimension)
    if sort not in frame.columns:
        raise ValueError(f"sort={sort!r}: expected one of {', '.join(frame.columns)}")
    if cut is sums:
        by = [np.arange(len(cut)), *(-frame[name].to_numpy() for name in ("events", "pageviews", sort))]
        frame = frame.iloc[np.lexsort(by)]  # what is not known comes last
        frame = frame if limit is None else frame.head(limit)
    return frame.rename_axis(dimension).reset_index()


def steps(days: Mapping[int, Rows], calendar: Calendar, classes: Sequence[str], grain: str) -> pd.DataFrame:
    """One row for every 15 minutes or hour bar of the days, indexed by the ms it begins; columns as METRICS."""
    starts: list[int] = []
    parts: list[Sums] = []
    for day, rows in days.items():
        bars = calendar.hours(day) if grain == "hour" else tuple(range(calendar.steps(day)))
        sums = np.zeros((len(bars), _WIDTH), dtype=np.int64)
        _add_steps(sums, rows.get("step"), classes)
        if grain == "hour":
            folded = np.zeros_like(sums)
            np.add.at(folded, list(bars), sums)
            folded[:, VISITORS] = 0
            _add_steps(folded, rows.get("hour"), classes)
            sums = folded[sorted(set(bars))]
        starts += [calendar.start(day) + step * STEP for step in sorted(set(bars))]
        parts.append(sums)
    return pd.DataFrame(np.concatenate(parts), columns=list(METRICS), index=starts)


def _add_steps(sums: Sums, rows: tuple[list[str], Sums] | None, classes: Sequence[str]) -> None:
    for name, values in zip(*rows, strict=True) if rows else ():
        class_, _, step = name.partition(".")
        if class_ in classes:
            sums[int(step)] += values


def by_calendar(bars: pd.DataFrame, zone: str, grain: str) -> pd.DataFrame:
    """Days summed to weeks (from Monday) or months, indexed by the ms their first day in range begins."""
    if grain not in ("week", "month"):
        return bars
    local = pd.to_datetime(bars.index, unit="ms", utc=True).tz_convert(zone).tz_localize(None)
    periods = local.to_period("W-SUN" if grain == "week" else "M")
    summed = bars.groupby(np.asarray(periods), sort=True).sum()
    firsts = pd.Series(bars.index, index=periods).groupby(level=0, sort=True).first()
    return summed.set_axis(firsts.to_numpy(), axis=0)


def rates(sums: pd.DataFrame, entries: pd.DataFrame | None = None, dimension: str = "") -> pd.DataFrame:
    """Sums as METRICS turned into the public metrics.

    Where pages are broken down, `entries` holds the sums by entry page: bounce_rate and visit_duration come from it.
    """
    own = dict(zip(sums, sums.to_numpy().T, strict=True))
    whole = own if entries is None else dict(zip(entries, _found(entries, sums.index), strict=True))
    if dimension in ("hostname", "event") or dimension.startswith("prop:"):
        whole = {**whole, "visits": np.zeros(len(sums))}  # overlapping values have no visits of their own
    columns = {name: own[name] for name in ("visitors", "visits", "pageviews", "events")} | {
        "views_per_visit": _ratio(own["pageviews"], own["visits"]),
        "bounce_rate": _ratio(whole["bounces"], whole["visits"]),
        "visit_duration": _ratio(whole["duration"], whole["visits"]) / 1000,
        "engagement": _ratio(own["engaged"], own["visits"]) / 1000,
    }
    if dimension == "page":
        columns["scroll"] = _ratio(own["scroll"], own["scrolled"])
    return pd.DataFrame(columns, index=sums.index)


def _found(sums: pd.DataFrame, values: pd.Index) -> Numbers:
    """The rows of some values, one a metric; zeros where there are none."""
    places = sums.index.get_indexer(values)
    if not len(sums):
        return np.zeros((_WIDTH, len(values)))
    found: Numbers = np.where(places < 0, 0, sums.to_numpy().T[:, places])
    return found


def _ratio(parts: Numbers, whole: Numbers) -> npt.NDArray[np.float64]:
    unknown: npt.NDArray[np.float64] = np.full(len(parts), np.nan)
    np.divide(parts, whole, out=unknown, where=whole > 0)
    return unknown
