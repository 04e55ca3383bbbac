"""Derived rows, days and filters in, how often one page follows another within visits out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import PAGEVIEW

ENTRY, EXIT = "(entry)", "(exit)"
_COLUMNS = ["from", "to", "count", "share"]
#: Pageviews in order, each with the page of the next and whether filters choose either of the two.
_ORDERED = "OVER (PARTITION BY visit ORDER BY time, seq, first DESC, type, page)"


def transitions(
    relation: Relation,
    days: Sequence[int],
    where: Mapping[str, list[str]],
    self_transitions: bool,
    ends: bool,
) -> pd.DataFrame:
    """One row a pair of pages, most frequent first; see `Traffic.transitions`."""
    chosen = sql.conditions(where)
    flag = f"coalesce({chosen.events or 'true'}, false)"
    left = f"""
        UNION ALL
        SELECT '{ENTRY}', page, count(*) FROM ordered WHERE place = 1 AND chosen GROUP BY ALL
        UNION ALL
        SELECT page, '{EXIT}', count(*) FROM ordered WHERE following IS NULL AND chosen GROUP BY ALL"""
    statement = f"""
        WITH views AS (
            SELECT visit, time, seq, first, type, {sql.label("page")} AS page, {flag} AS chosen
            FROM {{rows}} WHERE {sql.IN_VISITS} AND type = '{PAGEVIEW}' AND {chosen.visits}),
        ordered AS {"MATERIALIZED" if ends else ""} (
            SELECT page, chosen, lead(page) {_ORDERED} AS following, lead(chosen) {_ORDERED} AS follows
                {f", row_number() {_ORDERED} AS place" if ends else ""}
            FROM views)
        SELECT page AS "from", following AS "to", count(*) AS count
        FROM ordered WHERE following IS NOT NULL AND (chosen OR follows) GROUP BY ALL
        {left if ends else ""}"""
    found = relation.ask(statement, {**chosen.params, **sql.span(days)})
    if not self_transitions:
        found = found[found["from"] != found["to"]]
    found = found.sort_values(["count", "from", "to"], ascending=[False, True, True]).reset_index(drop=True)
    return found.assign(share=found["count"] / max(found["count"].sum(), 1))[_COLUMNS]
