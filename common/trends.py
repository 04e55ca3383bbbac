"""Rollup rows of days, or sums of values by bars, in; one tidy row for each value and bar out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from common import tables
from common.arrays import Array, Values
from common.calendars import STEP, Calendar
from common.rollups import METRICS

#: What a trend can be of.
COUNTS = ("visitors", "visits", "pageviews", "events")
RATES = ("views_per_visit", "bounce_rate", "visit_duration", "engagement")
#: By page these are of the visits that entered there.
OF_ENTRIES = ("bounce_rate", "visit_duration")
#: Days up to which bars pick to be days; months after that, which stand whole in Redis when they are over.
_MOST_DAYS = 92


def pick_grain(grain: str | None, days: int) -> str:
    """The grain that is asked for, or the one that picks itself."""
    return grain or ("day" if days <= _MOST_DAYS else "month")


def check_metric(metric: str) -> None:
    """Raises ValueError where there is no such metric of a trend."""
    if metric not in (*COUNTS, *RATES):
        raise ValueError(f"metric={metric!r}: expected one of {', '.join((*COUNTS, *RATES))}")


def among(values: Sequence[str] | None, known: Sequence[str] | None) -> Sequence[str] | None:
    """The values that are wanted among those that there may be; None: all."""
    return values if known is None else known if values is None else [value for value in values if value in known]


def bars(days: Sequence[int], calendar: Calendar, grain: str) -> dict[int, list[int]]:
    """Every day with the ms at which its bars begin: one for days, weeks and months, many for hours."""
    if grain == "15min":
        return {day: _steps(calendar, day, range(calendar.steps(day))) for day in days}
    if grain == "hour":
        return {day: _steps(calendar, day, sorted(set(calendar.hours(day)))) for day in days}
    starts = pd.Index([calendar.start(day) for day in days])
    if grain == "day":
        return {day: [int(start)] for day, start in zip(days, starts, strict=True)}
    counted = pd.DataFrame({"days": 1}, index=starts)
    firsts = tables.by_calendar(counted, calendar.zone, grain)
    begun = np.repeat(firsts.index.to_numpy(), firsts["days"].to_numpy())
    return {day: [int(start)] for day, start in zip(days, begun, strict=True)}


def _steps(calendar: Calendar, day: int, steps: Iterable[int]) -> list[int]:
    return [calendar.start(day) + step * STEP for step in steps]


def summed(parts: Iterable[Mapping[int, Values]], values: Sequence[str] | None) -> pd.DataFrame:
    """Rollup rows of days, summed over the parts: one row a value and day, indexed by both; columns as METRICS."""
    names: list[str] = []
    bars: list[int] = []
    arrays: list[Array] = [np.zeros((0, len(METRICS)), dtype=np.int64)]
    wanted = None if values is None else set(values)
    for part in parts:
        for day, (found, array) in part.items():
            kept = [place for place, name in enumerate(found) if wanted is None or name in wanted]
            names += [found[place] for place in kept]
            bars += [day] * len(kept)
            arrays.append(array[kept])
    index = pd.MultiIndex.from_arrays([pd.Index(names, dtype=str), pd.Index(bars, dtype="int64")])
    sums = pd.DataFrame(np.concatenate(arrays), columns=list(METRICS), index=index.set_names(["value", "bar"]))
    return sums.groupby(level=["value", "bar"]).sum()


def by_start(sums: pd.DataFrame, days: Mapping[int, Sequence[int]]) -> pd.DataFrame:
    """Sums by days as sums by the bars in which these lie."""
    values, bars = sums.index.get_level_values("value"), sums.index.get_level_values("bar")
    starts = pd.Index([days[day][0] for day in bars], dtype="int64", name="bar")
    return sums.groupby([values, starts]).sum()


def tidy(
    sums: pd.DataFrame,
    entries: pd.DataFrame | None,
    dimension: str,
    metric: str,
    values: Sequence[str] | None,
    starts: Sequence[int],
) -> pd.DataFrame:
    """One row a value and bar, empty ones too: the value, time (ms) and the metric. Values as they are named, each
    once; else all that are there, largest first.
    """
    found = tables.rates(sums, entries, dimension)[metric].rename_axis(["value", "bar"])
    if values is None:
        # What adds up decides, so that rates are listed as their table lists them.
        by = "visitors" if metric in RATES else metric
        sizes = sums[by].groupby(level="value").sum()
        values = sizes.sort_index().sort_values(ascending=False, kind="stable").index.tolist()
    wanted = pd.MultiIndex.from_product(
        [pd.Index(list(dict.fromkeys(values)), dtype=str), pd.Index(list(starts), dtype="int64")],
        names=["value", "bar"],
    )
    filled = found.reindex(wanted) if metric in RATES else found.reindex(wanted, fill_value=0)
    return filled.reset_index().set_axis([dimension, "time", metric], axis=1)
