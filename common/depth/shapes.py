"""Derived rows, days and filters in, visits by pageviews, engaged time and interactive event out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import PAGEVIEW


def shapes(
    relation: Relation, days: Sequence[int], where: Mapping[str, list[str]], seconds: Sequence[float], pages: int
) -> pd.DataFrame:
    """One row a day and cell: day, pageviews (the last cell is of `pages` and more), engaged, interactive, visits."""
    chosen = sql.conditions(where)
    edges = {f"edge{number}": round(edge * 1000) for number, edge in enumerate(seconds)}
    place = " + ".join(f"(visit_engaged >= ${name})::INTEGER" for name in edges) or "0"
    custom = (
        f"SELECT visit FROM {{rows}} WHERE {sql.EVENT} AND type <> '{PAGEVIEW}' AND interactive AND {sql.IN_VISITS}"
    )
    statement = f"""
        SELECT day, least(visit_pageviews, $pages) AS pageviews, {place} AS engaged,
            visit IN ({custom}) AS interactive, count(*) AS visits
        FROM {{rows}} WHERE {sql.visits_of(chosen)} GROUP BY ALL ORDER BY ALL"""
    params: sql.Params = {**chosen.params, **sql.span(days), **edges, "pages": pages}
    found = relation.ask(statement, params)
    names = [*(f"<{edge:g}" for edge in seconds), f"{seconds[-1]:g}+" if seconds else "0+"]
    cells = pd.DataFrame(
        {
            "day": found["day"],
            "pageviews": [f"{views}+" if views == pages else str(views) for views in found["pageviews"]],
            "engaged": [names[at] for at in found["engaged"]],
            "interactive": ["y" if held else "n" for held in found["interactive"]],
            "visits": found["visits"].astype("int64"),
        }
    )
    return cells.astype({"pageviews": str, "engaged": str, "interactive": str})
