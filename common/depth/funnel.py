"""Derived rows and the steps of a funnel in, how many visitors reach each step out.

Steps are taken in order, with anything in between, each by a later event than the step before. What counts are events
of visits that begin in the days, those after the last midnight too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import NONE
from common.filters import chooses_events

#: A step: `page:/pricing`, `page:/blog/*`, `event:Signup`, or filters on page, hostname, event and prop:KEY that must
#: all hold, with the step's `name` if that is to be another.
Step = str | Mapping[str, str | Sequence[str]]
Floats = npt.NDArray[np.float64]
Within = float | timedelta | str | None
VISIT = "visit"
_MOST = 20
_COLUMNS = ["step", "name", "visitors", "visits", "from_first", "from_previous", "dropped", "seconds"]


class Asked(NamedTuple):
    """A checked step: its name, and the values each of its dimensions may have; `*` stands for any text."""

    name: str
    values: dict[str, list[str]]


def steps_of(steps: Sequence[Step]) -> list[Asked]:
    """Checked steps; raises ValueError that names the one which cannot be."""
    if isinstance(steps, str | Mapping) or not 1 <= len(steps) <= _MOST:
        raise ValueError(f"steps: expected a list of 1 to {_MOST} steps")
    return [_step(step, number) for number, step in enumerate(steps, 1)]


def window_of(within: Within) -> int | None:
    """The window in ms; None for a visit. Raises ValueError."""
    if within is None or within == VISIT:
        return None
    seconds = within.total_seconds() if isinstance(within, timedelta) else within
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
        raise ValueError(f"within={within!r}: expected seconds, a timedelta or 'visit'")
    return round(seconds * 1000)


def funnel(
    relation: Relation,
    days: Sequence[int],
    where: Mapping[str, list[str]],
    steps: Sequence[Asked],
    within: int | None,
    by: str | None,
    whole: bool = False,
) -> pd.DataFrame:
    """One row a step, and for each value of `by` that a first step was taken under; see `Traffic.funnel`."""
    chosen = sql.conditions(where)
    params: sql.Params = {**chosen.params, **sql.span(days)}
    if within is not None:
        params["within"] = within
    taken = [condition(step, number, params) for number, step in enumerate(steps)]
    value = f"coalesce({sql.label(sql.value(by, 'by', params))}, '{NONE}')" if by else "''"
    found = relation.ask(_statement(sql.whole(chosen) if whole else chosen, taken, value, within is None), params)
    return _shaped(found, [step.name for step in steps], by)


def _step(step: Step, number: int) -> Asked:
    if isinstance(step, str):
        dimension, _, text = step.partition(":")
        if dimension not in ("page", "event") or not text:
            raise ValueError(f"steps: step {number} is {step!r}, expected page:/path, event:Name or filters")
        return Asked(step.removeprefix("page:").removeprefix("event:"), {dimension: [text]})
    filters = {name: [each] if isinstance(each, str) else list(each) for name, each in step.items() if name != "name"}
    for dimension, texts in filters.items():
        if not chooses_events(dimension) or not all(isinstance(text, str) for text in texts):
            raise ValueError(
                f"steps: step {number} has {dimension}={texts!r}, expected texts of page, hostname, event or prop:KEY"
            )
    if not filters:
        raise ValueError(f"steps: step {number} filters nothing")
    told = step.get("name") or " + ".join(text for texts in filters.values() for text in texts)
    return Asked(str(told), filters)


def condition(step: Asked, number: int, params: sql.Params) -> str:
    """SQL: whether an event takes the step."""
    found = []
    for place, (dimension, texts) in enumerate(step.values.items()):
        name = f"s{number}_{place}"
        wild = [text for text in texts if "*" in text]
        exact = sql.conditions({dimension: [text for text in texts if "*" not in text]}, name)
        params.update(exact.params)
        any_of = [exact.events or "true"]
        column = sql.value(dimension, f"{name}_key", params)
        for each, text in enumerate(wild):
            params[f"{name}_like{each}"] = _like(text)
            any_of.append(f"{column} LIKE ${name}_like{each} ESCAPE '\\'")
        found.append(f"coalesce({' OR '.join(any_of)}, false)")
    return " AND ".join(found)


def _like(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return text.replace("*", "%")


def _statement(chosen: sql.Conditions, taken: Sequence[str], value: str, visit: bool) -> str:
    """SQL. An event that takes a step knows the latest first step it goes back to: the one that leaves most time."""
    any_step = " OR ".join(f"({each})" for each in taken)
    flags = ", ".join(f"({each}) AS is{number}" for number, each in enumerate(taken))
    who = "visit" if visit else "who"
    source = f"""
        WITH matched AS MATERIALIZED (
            SELECT visit, time, seq, type, page, {value} AS value, {flags}
            FROM {{rows}} WHERE {sql.IN_VISITS} AND {sql.EVENT} AND {chosen.both} AND ({any_step})),
        -- Someone whose visit goes on after midnight under a new id is who began it.
        owned AS (
            SELECT matched.*, owner.visitor AS who FROM matched
            JOIN (SELECT visit, visitor FROM {{rows}} WHERE {sql.BEGINS}) AS owner USING (visit)),
        begun AS (SELECT DISTINCT {who}, value FROM owned WHERE is0),
        tried AS (
            SELECT owned.* EXCLUDE (value, is0), begun.value,
                is0 AND owned.value IS NOT DISTINCT FROM begun.value AS is0
            FROM owned JOIN begun USING ({who})),
        reached0 AS (SELECT *, CASE WHEN is0 THEN time END AS at0 FROM tried)"""
    for number in range(1, len(taken)):
        source += f""",
        before{number} AS (
            SELECT *, max(at{number - 1}) OVER (PARTITION BY {who}, value ORDER BY {_ORDER} {_BEFORE}) AS latest{number}
            FROM reached{number - 1}),
        reached{number} AS (
            SELECT *, CASE WHEN is{number}{"" if visit else f" AND time - latest{number} <= $within"}
                THEN latest{number} END AS at{number} FROM before{number})"""
    counts = " UNION ALL ".join(
        f"""
        SELECT {number} AS step, value, count(*) AS visitors, sum(visits)::BIGINT AS visits,
            median(quickest) / 1000 AS seconds
        FROM (SELECT value, who, count(DISTINCT visit) AS visits, min(time - at{number}) AS quickest
            FROM reached{len(taken) - 1} WHERE at{number} IS NOT NULL GROUP BY ALL) GROUP BY value"""
        for number in range(len(taken))
    )
    return f"{source} {counts}"


_ORDER = "time, seq, type, page"
_BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


def _shaped(found: pd.DataFrame, names: Sequence[str], by: str | None) -> pd.DataFrame:
    """All steps of all values, those that nobody reached too; values with most visitors first."""
    counts = found.set_index(["value", "step"])
    begun = found[found["step"] == 0].sort_values(["visitors", "value"], ascending=[False, True])["value"]
    values = begun.tolist() if by else [""]
    every = pd.MultiIndex.from_product([values, range(len(names))], names=["value", "step"])
    frame = counts.reindex(every).reset_index().fillna({"visitors": 0, "visits": 0})
    visitors = frame["visitors"].to_numpy(dtype=float).reshape(-1, len(names))
    before = np.column_stack([visitors[:, :1], visitors[:, :-1]])
    frame["from_first"] = _share(visitors, visitors[:, :1])
    frame["from_previous"] = _share(visitors, before)
    frame["dropped"] = (before - visitors).astype("int64").ravel()
    frame["name"] = [names[step] for step in frame["step"]]
    frame["step"] += 1
    frame = frame.astype({"visitors": "int64", "visits": "int64"})
    return frame.rename(columns={"value": by})[[by, *_COLUMNS]] if by else frame[_COLUMNS]


def _share(part: Floats, whole: Floats) -> Floats:
    shares: Floats = np.full(part.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares.ravel()
