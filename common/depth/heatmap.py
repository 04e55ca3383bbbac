"""Derived rows and a page in, where on it people clicked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import CLICK

_COLUMNS = ["x", "y", "clicks", "visitors", "share"]


def heatmap(
    relation: Relation, days: Sequence[int], page: str, where: Mapping[str, list[str]], cell: int
) -> pd.DataFrame:
    """One row a square of the page with a click in it, most clicks first; see `Traffic.heatmap`."""
    if isinstance(cell, bool) or not isinstance(cell, int) or cell < 1:
        raise ValueError(f"cell={cell!r}: expected px, at least 1")
    chosen = sql.conditions(where)
    statement = f"""
        SELECT (across * $cell)::INTEGER AS x, (down * $cell)::INTEGER AS y, sum(clicks)::BIGINT AS clicks,
            count(*) AS visitors
        FROM (SELECT x // $cell AS across, y // $cell AS down, day, visitor, count(*) AS clicks FROM {{rows}}
            WHERE {sql.IN_DAYS} AND visit >= 0 AND type = '{CLICK}' AND page = $page AND x >= 0 AND y >= 0
                AND {chosen.both} GROUP BY ALL)
        GROUP BY across, down"""
    found = relation.ask(statement, {**chosen.params, **sql.span(days), "page": page, "cell": cell})
    found = found.sort_values(["clicks", "y", "x"], ascending=[False, True, True]).reset_index(drop=True)
    return found.assign(share=found["clicks"] / max(found["clicks"].sum(), 1))[_COLUMNS]
