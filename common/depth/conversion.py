"""Derived rows, days, filters and goals in, visitors and those of them who converted out; also money of events, and
which properties they carry.

A goal is what a funnel takes as a step. Visitors and converters are distinct within a day, or a bar shorter than one,
and summed over days, as everywhere; both are of the events that the same filters choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common import tables
from common.calendars import STEP, Calendar
from common.depth import where as sql
from common.depth.funnel import Asked, condition
from common.depth.relation import Relation
from common.depth.sums import bars_of

_COUNTS = ["visitors", "converters", "conversions"]


def conversions(
    relation: Relation, days: Sequence[int], where: Mapping[str, list[str]], goals: Sequence[Asked], by: str | None
) -> pd.DataFrame:
    """One row a goal, and for each value of `by`, those with most converters first; see `Traffic.conversions`."""
    params: sql.Params = {}
    key = sql.label(sql.value(by, "by", params)) if by else "''"
    found = _counted(relation, days, where, goals, key, params)
    if by is None:
        found = found.reindex([""], fill_value=0)
    parts = []
    for number, goal in enumerate(goals):
        part = _of_goal(found, number).rename_axis(by or "key").reset_index()
        if by:
            part = part.sort_values(["converters", "visitors", by], ascending=[False, False, True])
        parts.append(_named(part if by else part.drop(columns="key"), goal))
    return pd.concat(parts, ignore_index=True)


def over_time(
    relation: Relation,
    calendar: Calendar,
    days: Sequence[int],
    where: Mapping[str, list[str]],
    goals: Sequence[Asked],
    grain: str,
) -> pd.DataFrame:
    """One row a goal and bar, empty bars too: time, and the counts."""
    if grain in ("15min", "hour"):
        table = bars_of(calendar, days, grain)
        starts = sorted({start for listed in table["starts"].to_pylist() for start in listed})
        key = f"starts[((time - begin) // {STEP} + 1)::INTEGER]"
        found = _counted(relation, days, where, goals, key, {}, bars=table).reindex(starts, fill_value=0)
    else:
        found = _counted(relation, days, where, goals, "day", {}).reindex(list(days), fill_value=0)
        found = found.set_axis([calendar.start(day) for day in days])
    parts = []
    for number, goal in enumerate(goals):
        sums = tables.by_calendar(_of_goal(found, number)[_COUNTS], calendar.zone, grain)
        moments = pd.to_datetime(sums.index.to_numpy(), unit="ms", utc=True).tz_convert(calendar.zone)
        part = _rated(sums).reset_index(drop=True)
        part.insert(0, "time", moments)
        parts.append(_named(part, goal))
    return pd.concat(parts, ignore_index=True)


def revenue(relation: Relation, days: Sequence[int], where: Mapping[str, list[str]], by: str | None) -> pd.DataFrame:
    """One row an event and currency, and value of `by`: events, and their amount in minor units."""
    chosen = sql.conditions(where)
    params: sql.Params = {**chosen.params, **sql.span(days)}
    key = f"{sql.label(sql.value(by, 'by', params))} AS value," if by else ""
    statement = f"""
        SELECT {key} type AS event, currency, count(*) AS events, sum(amount)::BIGINT AS amount FROM {{rows}}
        WHERE {sql.IN_DAYS} AND {chosen.live} AND {sql.EVENT} AND {chosen.both} AND currency != '' GROUP BY ALL"""
    found = relation.ask(statement, params)
    if by:
        found = found[found["value"].notna()].rename(columns={"value": by})
    order = [*([by] if by else []), "event", "currency"]
    found = found.sort_values(["amount", *order], ascending=[False, *[True] * len(order)])
    return found.reset_index(drop=True)[[*order, "events", "amount"]]


def keys(relation: Relation, days: Sequence[int], where: Mapping[str, list[str]]) -> list[str]:
    """Keys of the properties that chosen events carry, most frequent first."""
    chosen = sql.conditions(where)
    statement = f"""
        SELECT key, count(*) AS count FROM (SELECT unnest(map_keys(props)) AS key FROM {{rows}}
            WHERE {sql.IN_DAYS} AND {chosen.live} AND {sql.EVENT} AND {chosen.both})
        GROUP BY key ORDER BY count DESC, key"""
    return relation.ask(statement, {**chosen.params, **sql.span(days)})["key"].tolist()


def _counted(
    relation: Relation,
    days: Sequence[int],
    where: Mapping[str, list[str]],
    goals: Sequence[Asked],
    key: str,
    params: sql.Params,
    **named: object,
) -> pd.DataFrame:
    """Indexed by key: visitors, and of each goal how many of them converted and how often."""
    chosen = sql.conditions(where)
    given: sql.Params = {**chosen.params, **sql.span(days), **params}
    reached = [f"({condition(goal, number, given)})" for number, goal in enumerate(goals)]
    often = ", ".join(f"count(*) FILTER ({each}) AS n{number}" for number, each in enumerate(reached))
    sums = ", ".join(
        f"count(*) FILTER (n{number} > 0) AS converters{number}, sum(n{number})::BIGINT AS conversions{number}"
        for number in range(len(goals))
    )
    statement = f"""
        SELECT key, count(*) AS visitors, {sums} FROM (
            SELECT {key} AS key, day, visitor, {often} FROM {{rows}} {"LEFT JOIN bars USING (day)" if named else ""}
            WHERE {sql.IN_DAYS} AND {chosen.live} AND {sql.EVENT} AND {chosen.both} GROUP BY ALL)
        WHERE key IS NOT NULL GROUP BY key"""
    return relation.ask(statement, given, **named).set_index("key")


def _of_goal(found: pd.DataFrame, number: int) -> pd.DataFrame:
    part = found[["visitors", f"converters{number}", f"conversions{number}"]]
    return _rated(part.set_axis(_COUNTS, axis=1).astype("int64"))


def _rated(counts: pd.DataFrame) -> pd.DataFrame:
    """With the share of visitors who converted, NaN where there was nobody."""
    return counts.assign(rate=(counts["converters"] / counts["visitors"]).where(counts["visitors"] > 0))


def _named(part: pd.DataFrame, goal: Asked) -> pd.DataFrame:
    part.insert(0, "goal", goal.name)
    return part
