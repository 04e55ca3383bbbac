"""Derived rows, days, filters and a dimension in, sums by its values and bars out; columns as METRICS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from common.calendars import STEP, Calendar
from common.depth import where as sql
from common.depth.relation import Relation
from common.depth.sums import OF_EVENTS, PER_VISITOR, Sums, bars_of
from common.filters import chooses_events
from common.rollups import METRICS


class Trend(Sums):
    """Sums of some values, or of all, over some days under filters, by 15min, hour, or else by day."""

    def __init__(
        self,
        relation: Relation,
        calendar: Calendar,
        days: Sequence[int],
        where: Mapping[str, list[str]],
        values: Mapping[str, list[str]],
    ) -> None:
        """`values` are filters more, on the dimension that is asked for, under which its own values are counted."""
        held, asked = sql.conditions(where), sql.conditions(values, "v")
        events = " AND ".join(filter(None, (held.events, asked.events))) or None
        visits, params = f"{held.visits} AND {asked.visits}", {**held.params, **asked.params}
        super().__init__(relation, calendar, days, held._replace(events=events, visits=visits, params=params))

    def by_bar(self, dimension: str, grain: str) -> pd.DataFrame:
        """One row a value and bar that counts anything, indexed by both; a bar is the ms it begins, or its day."""
        tables, bar = {}, "day"
        if grain in ("15min", "hour"):
            # The place of a list is counted from one.
            tables, bar = (
                {"bars": bars_of(self._calendar, self._days, grain)},
                f"starts[((time - begin) // {STEP} + 1)::INTEGER]",
            )
        if not chooses_events(dimension):
            return self._sums(_key(sql.column_of(dimension), bar), {}, **tables)
        params: sql.Params = {}
        value = sql.label(sql.value(dimension, "key", params))
        return self._by_own(value, bar, params, dimension, tables)

    def _by_own(
        self, value: str, bar: str, params: sql.Params, dimension: str, tables: Mapping[str, pa.Table]
    ) -> pd.DataFrame:
        """By a value of the event itself: what it counts on its own bar, its visit on the bar in which that began."""
        own = "true" if dimension in ("page", "hostname") else sql.EVENT
        rows = "{rows} LEFT JOIN bars USING (day)" if tables else "{rows}"
        statement = f"""
                WITH chosen AS MATERIALIZED (
                    SELECT day, visitor, visit, type, engaged, {_key(value, bar)} AS key FROM {rows}
                    WHERE day >= $first AND {self._chosen.live} AND ({value}) IS NOT NULL AND {own}
                        AND {self._chosen.both}),
                begun AS (SELECT visit, {bar} AS bar FROM {rows} WHERE {sql.BEGINS})
                SELECT key, {OF_EVENTS} sum(engaged)::BIGINT AS engaged, 0 AS visits
                FROM ({PER_VISITOR} FROM chosen WHERE day <= $last GROUP BY ALL) GROUP BY key
                UNION ALL
                SELECT {_key("value", "bar")} AS key, 0, 0, 0, 0, count(*)
                FROM (SELECT DISTINCT key.value AS value, visit FROM chosen WHERE {sql.EVENT} AND {sql.IN_VISITS})
                JOIN begun USING (visit) GROUP BY key"""
        return self._ask(statement, params, **tables)

    def _ask(self, statement: str, params: sql.Params, **tables: pa.Table) -> pd.DataFrame:
        given = {**self._chosen.params, **sql.span(self._days), **params}
        parted = f"SELECT key.value AS value, key.bar AS bar, * EXCLUDE (key) FROM ({statement})"
        found = self.relation.ask(parted, given, **tables).groupby(["value", "bar"]).sum()
        sums = found.reindex(columns=list(METRICS)).fillna(0).astype("int64")
        return sums[(sums != 0).any(axis=1)]


def _key(value: str, bar: str) -> str:
    return f"{{'value': {value}, 'bar': ({bar})::BIGINT}}"
