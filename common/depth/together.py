"""Rows, days and several keys, "day" among them, in, the sums by each out: a page's lists are planned as one question.

What every key says is what `Sums` says of it alone; a test holds them against each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import ENGAGEMENT, PAGEVIEW

_EVENTS = f"""count(*) FILTER (type = '{PAGEVIEW}') AS pageviews, count(*) FILTER ({sql.EVENT}) AS events,
    sum(engaged) FILTER (type = '{ENGAGEMENT}') AS engaged"""
_VISITS = "count(*) FILTER (first) AS visits, count(*) FILTER (bounce) AS bounces, sum(duration)::BIGINT AS duration"
_OF_EVENTS = """sum(pageviews)::BIGINT AS pageviews, sum(events)::BIGINT AS events,
    count(*) FILTER (events > 0) AS visitors, sum(engaged)::BIGINT AS engaged"""
_OF_VISITS = "sum(visits)::BIGINT AS visits, sum(bounces)::BIGINT AS bounces, sum(duration)::BIGINT AS duration"


def sums_by(relation: Relation, chosen: sql.Conditions, days: Sequence[int], keys: Sequence[str]) -> pd.DataFrame:
    """Sums by the place of a key, which is a column of visits or "day", and its value as a text."""
    dimensions = [key for key in keys if key != "day"]
    statement = _of_visits(chosen, dimensions) if chosen.events is None else _of_events(chosen, dimensions)
    found = relation.ask(statement, {**chosen.params, **sql.span(days)}).groupby(["place", "key"]).sum()
    names = {place: keys.index(name) for place, name in enumerate(dimensions)}
    return found.rename(index={**names, -1: keys.index("day")}, level=0)


def apart(sums: pd.DataFrame, keys: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Such sums for every key alone, by its value; days are numbers."""
    places, values = sums.index.get_level_values(0), sums.index.get_level_values(1)
    found = {}
    for place, key in enumerate(keys):
        mine = np.asarray(places == place)
        index = values[mine].astype("int64") if key == "day" else values[mine]
        found[key] = pd.DataFrame(sums.to_numpy()[mine], columns=sums.columns, index=index.rename("key"))
    return {key: rows.sort_index() if key == "day" else rows for key, rows in found.items()}


def _of_visits(chosen: sql.Conditions, dimensions: Sequence[str]) -> str:
    rows = f"FROM {{rows}} WHERE {chosen.live} AND {sql.IN_DAYS} AND {chosen.visits}"
    inner = (
        f"SELECT {_place(dimensions)}, day, visitor, {_EVENTS}, {_VISITS} {rows} {_sets(dimensions, 'day, visitor')}"
    )
    return f"SELECT place, key, {_OF_EVENTS}, {_OF_VISITS} FROM ({inner}) GROUP BY place, key"


def _of_events(chosen: sql.Conditions, dimensions: Sequence[str]) -> str:
    columns = ", ".join(["day", "visitor", "visit", "type", "engaged", *dimensions])
    own = f"SELECT {_place(dimensions)}, day, visitor, {_EVENTS} FROM chosen WHERE day <= $last"
    begun = f"""SELECT {_place(dimensions)}, 0, 0, 0, 0, {_VISITS}
        FROM {{rows}} WHERE {sql.BEGINS} AND {chosen.visits}
            AND visit IN (SELECT visit FROM chosen WHERE {sql.EVENT} AND {sql.IN_VISITS})"""
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT {columns} FROM {{rows}} WHERE day >= $first AND {chosen.live} AND {chosen.both})
        SELECT place, key, {_OF_EVENTS}, 0 AS visits, 0 AS bounces, 0 AS duration
        FROM ({own} {_sets(dimensions, "day, visitor")}) GROUP BY place, key
        UNION ALL
        {begun} {_sets(dimensions, "", "day")}"""


def _place(dimensions: Sequence[str]) -> str:
    """Which key a row is of, -1 for the day, and its value."""
    if not dimensions:
        return "-1 AS place, day::VARCHAR AS key"
    whens = " ".join(f"WHEN GROUPING({name}) = 0 THEN {place}" for place, name in enumerate(dimensions))
    thens = " ".join(f"WHEN GROUPING({name}) = 0 THEN {name}" for name in dimensions)
    return f"CASE {whens} ELSE -1 END AS place, CASE {thens} ELSE day::VARCHAR END AS key"


def _sets(dimensions: Sequence[str], also: str, alone: str = "") -> str:
    sets = [f"({', '.join(filter(None, [name, also]))})" for name in dimensions]
    return f"GROUP BY GROUPING SETS ({', '.join([*sets, f'({alone or also})'])})"
