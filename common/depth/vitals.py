"""What browsers measured, by bucket or by value, in; percentiles and shares of good and poor out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import VITALS
from common.filters import chooses_events
from common.vitals import EDGES, MOST, VITALS_METRICS, WITHIN, Metric

#: What `by` may be besides dimensions.
DAY = "day"
PERCENTILES = (50, 75, 90, 95)
EXACTNESS = f"exact, but percentiles within {WITHIN * 100:g} %"
#: Numbers of a metric's buckets: those with an edge at each place of EDGES.
Counts = npt.NDArray[np.int64]
_COLUMNS = ["metric", *(f"p{percent}" for percent in PERCENTILES), "count", "good", "needs_improvement", "poor"]
_EDGES = np.array(EDGES)
#: The whole numbers that a bucket holds: from here to its edge.
_LEAST = np.append(0, _EDGES[:-1] + 1)
_NAMES = {metric.name: metric for metric in VITALS_METRICS.values()}


def of_rollups(sums: pd.DataFrame) -> pd.DataFrame:
    """See `Traffic.vitals`; from sums of the `vitals` rollup, indexed by METRIC.EDGE."""
    return _rows(_measures(sums, 0)).drop(columns="key")


def by_day(sums: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """The same for each of some days."""
    return _dated(_rows(pd.concat([_measures(found, day) for day, found in sums.items()])))


def of_rows(
    relation: Relation, days: Sequence[int], where: Mapping[str, list[str]], by: str | None, limit: int | None
) -> pd.DataFrame:
    """See `Traffic.vitals`; from raw events, for each value of a dimension, those measured most often first."""
    chosen, params = signals_of(VITALS, where), sql.Params()
    key = "''" if by is None else DAY if by == DAY else _key(by, params)
    units = ", ".join(
        f"TRY_CAST(props['{name}'] AS DOUBLE) * {metric.scale}" for name, metric in VITALS_METRICS.items()
    )
    statement = f"""
        SELECT key, metric, round(least(units, {MOST}))::BIGINT AS units, count(*) AS times
        FROM (SELECT {key} AS key, unnest([{", ".join(f"'{name}'" for name in _NAMES)}]) AS metric,
            unnest([{units}]) AS units FROM {{rows}} WHERE {chosen.both})
        WHERE units >= 0 AND isfinite(units) GROUP BY ALL"""
    found = _rows(relation.ask(statement, {**chosen.params, **sql.span(days), **params}), limit)
    if by == DAY:
        return _dated(found)
    return found.drop(columns="key") if by is None else found.rename(columns={"key": by})


def _measures(sums: pd.DataFrame, key: int) -> pd.DataFrame:
    """Sums of the rollup as times by key, metric and units: any in a bucket stands for all of it."""
    cells = [str(name).split(".") for name in sums.index]
    found = pd.DataFrame(cells, columns=["metric", "units"]).astype({"units": "int64"})
    return found.assign(key=key, times=sums["events"].to_numpy())


def _dated(found: pd.DataFrame) -> pd.DataFrame:
    """Rows by number of the day, in order of time."""
    found = found.sort_values("key", kind="stable").reset_index(drop=True)
    days = pd.to_datetime([date.fromordinal(int(day)) for day in found["key"]])
    found.insert(0, DAY, days)
    return found.drop(columns="key")


def signals_of(kind: str, where: Mapping[str, list[str]]) -> sql.Conditions:
    """The condition of signals of a kind on some days: filters on page and hostname choose them, those on events and
    properties choose visits that hold such an event, or a signal with such a property.
    """
    own = {name: values for name, values in where.items() if not chooses_events(name) or name in ("page", "hostname")}
    held = {name: values for name, values in where.items() if name not in own}
    chosen = sql.conditions(own)
    condition = f"{sql.IN_DAYS} AND visit >= 0 AND type = '{kind}' AND {chosen.both}"
    if not held:
        return chosen._replace(events=condition, visits="true")
    holding = sql.conditions(held, "held")
    condition += f" AND visit IN (SELECT visit FROM {{rows}} WHERE visit >= 0 AND {holding.both})"
    return chosen._replace(events=condition, visits="true", params={**chosen.params, **holding.params})


def percentile(counts: Counts, percent: int) -> float:
    """The value, in units, that so many percent of what was counted do not exceed; interpolated within its bucket."""
    sums = np.cumsum(counts)
    rank = percent * sums[-1] / 100
    at = int(np.searchsorted(sums, rank))
    part = 1 - (sums[at] - rank) / counts[at]
    return float(_LEAST[at] + (_EDGES[at] - _LEAST[at]) * part)


def _rows(found: pd.DataFrame, limit: int | None = None) -> pd.DataFrame:
    """One row a key and metric, of times by key, metric and units."""
    rows = []
    keys = found.groupby("key", sort=True)["times"].sum().sort_values(ascending=False, kind="stable")
    for key in keys.index if limit is None else keys.index[: max(limit, 0)]:
        of_key = found[found["key"] == key]
        for name, metric in _NAMES.items():
            some = of_key[of_key["metric"] == name]
            if len(some):
                counts = np.bincount(np.searchsorted(_EDGES, some["units"]), some["times"], len(EDGES))
                rows.append((key, name, *_row(counts.astype(np.int64), metric)))
    types = {"metric": "str", **dict.fromkeys(_COLUMNS[1:], "float64"), "count": "int64"}
    return pd.DataFrame(rows, columns=["key", *_COLUMNS]).astype(types)


def _row(counts: Counts, metric: Metric) -> tuple[float, ...]:
    whole = int(counts.sum())
    good, fair = (int(counts[limit >= _EDGES].sum()) / whole for limit in (metric.good, metric.poor))
    values = [percentile(counts, percent) / metric.scale for percent in PERCENTILES]
    return (*values, whole, good, fair - good, 1 - fair)


def _key(by: str, params: sql.Params) -> str:
    if by not in ("page", "hostname") and chooses_events(by):
        raise ValueError(f"by={by!r}: vitals are of pages and visits; expected page, hostname or a dimension of visits")
    return sql.label(sql.value(by, "key", params)) if chooses_events(by) else sql.column_of(by)
