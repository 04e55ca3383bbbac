"""Derived rows, days and filters in, sums of what they choose out; columns as METRICS.

Filters on page, hostname, event and properties choose events; the others choose visits. Pageviews, events, visitors
and engagement count what is chosen, on its own day; visits, bounces and duration are of whole visits that hold at
least one chosen event, on the day they began. Visitors are distinct within a day, and days are summed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from common.calendars import STEP, Calendar
from common.depth import where as sql
from common.depth.counted import Counted
from common.depth.relation import Relation
from common.depth.together import apart, sums_by
from common.events import ENGAGEMENT, PAGEVIEW, PATH_DIMENSIONS, VISIT_DIMENSIONS
from common.filters import chooses_events
from common.rollups import METRICS

#: Sums of one visitor's day, so that visitors are counted in the same pass.
PER_VISITOR = f"""
    SELECT key, day, visitor,
        count(*) FILTER (type = '{PAGEVIEW}') AS pageviews,
        count(*) FILTER ({sql.EVENT}) AS events,
        sum(engaged) FILTER (type = '{ENGAGEMENT}') AS engaged"""
OF_EVENTS = (
    "sum(pageviews)::BIGINT AS pageviews, sum(events)::BIGINT AS events, count(*) FILTER (events > 0) AS visitors,"
)
_OF_VISITS = "count(*) FILTER (first) AS visits, count(*) FILTER (bounce) AS bounces, sum(duration)::BIGINT AS duration"
#: Columns that the rows of one visit share.
PLAIN = frozenset(map(sql.column_of, (*PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class")))
#: Without a key the distinct visitors are counted faster than grouped.
_TOTALS = f"""
    SELECT '' AS key, count(*) FILTER (type = '{PAGEVIEW}') AS pageviews, count(*) FILTER ({sql.EVENT}) AS events,
        count(DISTINCT (day, visitor)) FILTER ({sql.EVENT}) AS visitors, {_OF_VISITS},
        sum(engaged) FILTER (type = '{ENGAGEMENT}')::BIGINT AS engaged"""


class Ahead:
    """Keys that are asked for together, the first time one of them is wanted; columns of visits, and "day"."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = list(keys)
        self.found: dict[str, pd.DataFrame] = {}


class Sums:
    """Sums over some days under filters."""

    def __init__(
        self,
        relation: Relation,
        calendar: Calendar,
        days: Sequence[int],
        where: Mapping[str, list[str]] | sql.Conditions,
        ahead: Ahead | None = None,
        counted: Counted | None = None,
    ) -> None:
        self.ahead, self._counted = ahead, counted
        self.relation, self._calendar, self._days = relation, calendar, days
        self._chosen = where if isinstance(where, sql.Conditions) else sql.conditions(where)

    def totals(self) -> npt.NDArray[np.int64]:
        """One sum of everything."""
        if self.ahead or self._counted:
            of_days: npt.NDArray[np.int64] = self._sums("day", {}).to_numpy().sum(axis=0)
            return of_days
        if self._chosen.events is None:
            found = self._ask(f"{_TOTALS} FROM {{rows}} WHERE {self._of_visits}", {})
        else:
            found = self._sums("''", {})
        return found.to_numpy()[0] if len(found) else np.zeros(len(METRICS), dtype=np.int64)

    def by_value(self, dimension: str) -> pd.DataFrame:
        """One row a value; rows of zeros are left out."""
        if not chooses_events(dimension):
            return self._sums(sql.column_of(dimension), {})
        if self._counted and not dimension.startswith("prop:"):
            return _sums_of(self._counted.by_event(dimension))
        params: sql.Params = {}
        key = sql.label(sql.value(dimension, "key", params))
        return self._by_event(key, params, dimension)

    def bars(self, days: Sequence[int], grain: str) -> pd.DataFrame:
        """One row for every bar of the days, indexed by the ms it begins: 15min, hour, or else day."""
        if grain not in ("15min", "hour"):
            starts = [self._calendar.start(day) for day in days]
            return self._sums("day", {}).reindex(list(days), fill_value=0).set_axis(starts)
        table = self._bars(days, grain)
        starts = sorted({start for listed in table["starts"].to_pylist() for start in listed})
        # The place of a list is counted from one.
        found = self._sums(f"starts[((time - begin) // {STEP} + 1)::INTEGER]", {}, bars=table)
        return found.reindex(starts, fill_value=0)

    def _bars(self, days: Sequence[int], grain: str) -> pa.Table:
        return bars_of(self._calendar, days, grain)

    def _sums(self, key: str, params: sql.Params, **tables: pa.Table) -> pd.DataFrame:
        """Sums by a key that rows of one visit share, or that is of the moment."""
        chosen, ahead = self._chosen, self.ahead
        if self._counted and (key == "day" or key in PLAIN):
            return _sums_of(self._counted.by(key))
        if ahead and key in ahead.keys:
            if not ahead.found:
                whole = _sums_of(sums_by(self.relation, chosen, self._days, ahead.keys))
                ahead.found = apart(whole, ahead.keys)
            return ahead.found[key].copy()
        rows = "{rows} LEFT JOIN bars USING (day)" if tables else "{rows}"
        if chosen.events is None:
            statement = f"""
                SELECT key, {OF_EVENTS} sum(engaged)::BIGINT AS engaged, sum(visits)::BIGINT AS visits,
                    sum(bounces)::BIGINT AS bounces, sum(duration)::BIGINT AS duration
                FROM ({PER_VISITOR}, {_OF_VISITS}
                    FROM (SELECT *, {key} AS key FROM {rows}
                        WHERE {self._of_visits}) GROUP BY ALL)
                GROUP BY key"""
        else:
            statement = f"""
                WITH chosen AS MATERIALIZED (
                    SELECT day, visitor, visit, type, engaged, {key} AS key
                    FROM {rows} WHERE day >= $first AND {chosen.live} AND {chosen.both})
                SELECT key, {OF_EVENTS} sum(engaged)::BIGINT AS engaged, 0 AS visits, 0 AS bounces, 0 AS duration
                FROM ({PER_VISITOR} FROM chosen WHERE day <= $last GROUP BY ALL) GROUP BY key
                UNION ALL
                SELECT {key} AS key, 0, 0, 0, 0, {_OF_VISITS}
                FROM {rows} WHERE {sql.BEGINS} AND {chosen.visits}
                    AND visit IN (SELECT visit FROM chosen WHERE {sql.EVENT} AND {sql.IN_VISITS}) GROUP BY key"""
        return self._ask(statement, params, **tables)

    @property
    def _of_visits(self) -> str:
        """The condition of rows that are chosen, where no filter chooses events."""
        return f"{self._chosen.live} AND {sql.IN_DAYS} AND {self._chosen.visits}"

    def _by_event(self, key: str, params: sql.Params, dimension: str) -> pd.DataFrame:
        """Sums by a value of the event itself, which events of one visit need not share."""
        own = "true" if dimension in ("page", "hostname") else sql.EVENT
        deepest = f"""
                UNION ALL
                SELECT key, 0, 0, 0, 0, 0, sum(scroll)::BIGINT, count(*)
                FROM (SELECT key, max(scroll) AS scroll FROM chosen
                    WHERE type = '{ENGAGEMENT}' AND scroll >= 0 AND day <= $last GROUP BY key, visit, day)
                GROUP BY key"""
        statement = f"""
                WITH chosen AS MATERIALIZED (
                    SELECT day, visitor, visit, type, engaged, scroll, {key} AS key FROM {{rows}}
                    WHERE day >= $first AND {self._chosen.live} AND key IS NOT NULL AND {own} AND {self._chosen.both})
                SELECT key, {OF_EVENTS} sum(engaged)::BIGINT AS engaged, 0 AS visits, 0 AS scroll, 0 AS scrolled
                FROM ({PER_VISITOR} FROM chosen WHERE day <= $last GROUP BY ALL) GROUP BY key
                UNION ALL
                SELECT key, 0, 0, 0, 0, count(DISTINCT visit), 0, 0
                FROM chosen WHERE {sql.EVENT} AND {sql.IN_VISITS} GROUP BY key
                {deepest if dimension == "page" else ""}"""
        return self._ask(statement, params)

    def _ask(self, statement: str, params: sql.Params, **tables: pa.Table) -> pd.DataFrame:
        given = {**self._chosen.params, **sql.span(self._days), **params}
        return _sums_of(self.relation.ask(statement, given, **tables).groupby("key").sum())


def _sums_of(found: pd.DataFrame) -> pd.DataFrame:
    """As METRICS; rows of zeros are left out."""
    sums = found.reindex(columns=list(METRICS)).fillna(0).astype("int64")
    return sums[(sums != 0).any(axis=1)]


def bars_of(calendar: Calendar, days: Sequence[int], grain: str) -> pa.Table:
    """For every day when it begins, and for each of its steps when the bar begins that holds it; 15min or hour."""
    begins = [calendar.start(day) for day in days]
    hours = [calendar.hours(day) if grain == "hour" else range(calendar.steps(day)) for day in days]
    starts = [[begin + step * STEP for step in bars] for begin, bars in zip(begins, hours, strict=True)]
    types = {"day": pa.int32(), "begin": pa.int64(), "starts": pa.list_(pa.int64())}
    return pa.table({"day": list(days), "begin": begins, "starts": starts}, schema=pa.schema(list(types.items())))
