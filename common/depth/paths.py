"""Derived rows, days and filters in, what visits look at step by step out: from their beginning, or from a page or
event on; or backwards, what led there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common.depth import where as sql
from common.depth.funnel import Asked, condition
from common.depth.relation import Relation
from common.depth.transitions import ENTRY, EXIT
from common.events import PAGEVIEW

REST = "(other pages)"
MOST_STEPS, MOST_TOP = 10, 50
_COLUMNS = ["step", "from", "to", "visits", "share"]


def paths(
    relation: Relation,
    days: Sequence[int],
    where: Mapping[str, list[str]],
    at: Asked | None,
    back: bool,
    steps: int,
    top: int,
    self_transitions: bool,
    events: bool = False,
) -> pd.DataFrame:
    """One row a step and pair of what follows each other, most frequent first; see `Traffic.paths`."""
    for name, number, most in (("steps", steps, MOST_STEPS), ("top", top, MOST_TOP)):
        if not 1 <= number <= most:
            raise ValueError(f"{name}={number!r}: expected 1 to {most}")
    chosen = sql.whole(sql.conditions(where))
    params: sql.Params = {**chosen.params, **sql.span(days), "steps": steps, "top": top}
    found = relation.ask(_statement(chosen, at, back, self_transitions, events, params), params)
    found = found.sort_values(["step", "visits", "from", "to"], ascending=[True, False, True, True])
    found = found.reset_index(drop=True)
    return found.assign(share=found["visits"] / found.groupby("step")["visits"].transform("sum"))[_COLUMNS]


def _statement(
    chosen: sql.Conditions, at: Asked | None, back: bool, self_transitions: bool, events: bool, params: sql.Params
) -> str:
    """SQL. `number` counts a visit's items from one, `step` from the one where paths begin, in their direction."""
    kinds = "true" if events else f"type = '{PAGEVIEW}'"
    hit = f"({condition(at, 0, params)})" if at else kinds
    order = "OVER (PARTITION BY visit ORDER BY time, seq, first DESC, type, page)"
    again = "true" if self_transitions else "earlier IS DISTINCT FROM item OR was IS DISTINCT FROM hit"
    origin = ("max" if back else "min") + "(number) FILTER (hit)"
    step = "begin - number" if back else "number - begin"
    end = ENTRY if back else EXIT
    return f"""
        WITH items AS (
            SELECT visit, time, seq, first, type, page, {hit} AS hit,
                CASE WHEN type = '{PAGEVIEW}' THEN {sql.label("page")} ELSE type END AS item
            FROM {{rows}} WHERE {sql.IN_VISITS} AND {sql.EVENT} AND {chosen.both} AND ({kinds} OR {hit})),
        told AS (SELECT *, lag(item) {order} AS earlier, lag(hit) {order} AS was FROM items),
        numbered AS (SELECT visit, item, hit, row_number() {order} AS number FROM told WHERE {again}),
        begun AS (SELECT visit, {origin} AS begin FROM numbered GROUP BY visit HAVING begin IS NOT NULL),
        near AS (
            SELECT visit, item, {step} AS step FROM numbered JOIN begun USING (visit)
            WHERE {step} BETWEEN 0 AND $steps),
        ended AS (
            FROM near UNION ALL
            SELECT visit, '{end}', max(step) + 1 FROM near GROUP BY visit HAVING max(step) < $steps),
        ranked AS (
            SELECT step, item,
                row_number() OVER (PARTITION BY step ORDER BY item = '{end}', count(*) DESC, item) AS place
            FROM ended GROUP BY step, item),
        folded AS (
            SELECT visit, step, CASE WHEN place <= $top OR item = '{end}' THEN item ELSE '{REST}' END AS item
            FROM ended JOIN ranked USING (step, item))
        SELECT a.step + 1 AS step, {"b" if back else "a"}.item AS "from", {"a" if back else "b"}.item AS "to",
            count(*) AS visits
        FROM folded a JOIN folded b ON a.visit = b.visit AND b.step = a.step + 1 GROUP BY ALL"""
