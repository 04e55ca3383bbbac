"""Derived rows and a page in, how far down it visits got out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import ENGAGEMENT, PAGEVIEW

#: Greatest depths in percent that rows are given for.
DEPTHS = range(0, 101, 10)


def scroll(
    relation: Relation, days: Sequence[int], page: str, where: Mapping[str, list[str]]
) -> tuple[pd.DataFrame, int]:
    """One row a depth: visits that got there, and their share; and how many visits saw the page at all."""
    chosen = sql.conditions(where)
    statement = f"""
        SELECT depth, count(*) AS visits, count(*) FILTER (viewed) AS viewed
        FROM (SELECT max(CASE WHEN type = '{ENGAGEMENT}' THEN scroll ELSE -1 END) AS depth,
                bool_or(type = '{PAGEVIEW}') AS viewed
            FROM {{rows}} WHERE {sql.IN_VISITS} AND page = $page AND type IN ('{ENGAGEMENT}', '{PAGEVIEW}')
                AND visit IN (SELECT visit FROM {{rows}} WHERE {sql.visits_of(chosen)})
            GROUP BY visit)
        GROUP BY depth"""
    found = relation.ask(statement, {**chosen.params, **sql.span(days), "page": page})
    reached = [int(found.loc[found["depth"] >= depth, "visits"].sum()) for depth in DEPTHS]
    shares = [visits / max(reached[0], 1) for visits in reached]
    frame = pd.DataFrame({"depth": list(DEPTHS), "visits": reached, "share": shares})
    return frame, int(found["viewed"].sum())
