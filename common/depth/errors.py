"""Errors in pages, by day or one by one, in; how often, when and to whom each happened out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from common.arrays import Rows
from common.depth import where as sql
from common.depth.relation import Relation
from common.depth.vitals import signals_of
from common.events import ERROR, NONE
from common.rollups import EVENTS
from common.signals import MESSAGE

#: The pages that are named of an error, those where it happened most often.
MOST_PAGES = 10
_COLUMNS = ["message", "events", "visits", "visitors", "first_seen", "last_seen", "pages"]
_SAID = f"CASE WHEN COALESCE(props['{MESSAGE}'], '') = '' THEN '{NONE}' ELSE props['{MESSAGE}'] END"


def of_rollups(days: Mapping[int, Rows]) -> pd.DataFrame:
    """See `Traffic.errors`; from the `error` rollup, which knows neither visits nor pages."""
    rows = [
        (name, count, day) for day, found in days.items() for name, count in zip(*_column(found), strict=True) if count
    ]
    sums = pd.DataFrame(rows, columns=["message", "events", "day"]).groupby("message", as_index=False)
    found = sums.agg(events=("events", "sum"), first=("day", "min"), last=("day", "max"))
    return _listed(found.assign(visits=None, visitors=None, pages=None))


def of_rows(relation: Relation, days: Sequence[int], where: Mapping[str, list[str]]) -> pd.DataFrame:
    """See `Traffic.errors`; from raw events."""
    chosen = signals_of(ERROR, where)
    params = {**chosen.params, **sql.span(days), "most": MOST_PAGES}
    statement = f"""
        WITH chosen AS MATERIALIZED (
            SELECT {_SAID} AS message, visit, visitor, day, page FROM {{rows}} WHERE {chosen.both})
        SELECT message, events, visits, visitors, first, last, pages
        FROM (SELECT message, count(*) AS events, count(DISTINCT visit) AS visits,
                count(DISTINCT (day, visitor)) AS visitors, min(day) AS first, max(day) AS last
            FROM chosen GROUP BY message)
        JOIN (SELECT message, list(page ORDER BY times DESC, page)[1:$most] AS pages
            FROM (SELECT message, page, count(*) AS times FROM chosen GROUP BY message, page)
            GROUP BY message) USING (message)"""
    return _listed(relation.ask(statement, params))


def _column(rows: Rows) -> tuple[list[str], list[int]]:
    names, array = rows.get(ERROR, ([], None))
    return names, [] if array is None else array[:, EVENTS].tolist()


def _listed(found: pd.DataFrame) -> pd.DataFrame:
    """Most frequent first; the same columns and types wherever they came from."""
    found = found.sort_values(["events", "message"], ascending=[False, True]).reset_index(drop=True)
    for name, column in (("first_seen", "first"), ("last_seen", "last")):
        found[name] = pd.to_datetime([date.fromordinal(int(day)) for day in found[column]])
    found["pages"] = pd.Series([None if pages is None else list(pages) for pages in found["pages"]], dtype=object)
    return found[_COLUMNS].astype({"events": "int64", "visits": "Int64", "visitors": "Int64"})
