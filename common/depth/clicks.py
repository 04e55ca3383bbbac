"""Derived rows in, on which pages or elements people clicked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import CLICK

#: The window's class at the click, which may be another one than where the visit began. Files leave out what is the
#: visit's.
_VIEWPORT = "COALESCE(NULLIF(screen, ''), visit_screen)"
BY = ("page", "target")


def clicks(relation: Relation, days: Sequence[int], where: Mapping[str, list[str]], by: str) -> pd.DataFrame:
    """One row a page or element with a click, most clicks first; see `Traffic.clicks`."""
    if by not in BY:
        raise ValueError(f"by={by!r}: expected one of {', '.join(BY)}")
    chosen = sql.conditions({name: values for name, values in where.items() if name != "screen"})
    named = {f"viewport{number}": text for number, text in enumerate(where.get("screen", ()))}
    sized = f"{_VIEWPORT} IN ({', '.join(f'${name}' for name in named)})" if named else "true"
    statement = f"""
        SELECT {sql.label(by)} AS {by}, sum(clicks)::BIGINT AS clicks, count(*) AS visitors
        FROM (SELECT {by}, day, visitor, count(*) AS clicks FROM {{rows}}
            WHERE {sql.IN_DAYS} AND visit >= 0 AND type = '{CLICK}' AND {chosen.both} AND {sized} GROUP BY ALL)
        GROUP BY ALL"""
    found = relation.ask(statement, {**chosen.params, **named, **sql.span(days)})
    found = found.sort_values(["clicks", by], ascending=[False, True]).reset_index(drop=True)
    return found.assign(share=found["clicks"] / max(found["clicks"].sum(), 1))
