"""Derived rows, days and filters in, lists of the chosen events and visits out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from common.columns import LATER
from common.depth import where as sql
from common.depth.relation import Relation
from common.events import NONE, PATH_DIMENSIONS, VISIT_DIMENSIONS

_OWN = "visitor, page, hostname, title, interactive, props, engaged, scroll, amount, currency, x, y, target"
#: Of before there were such columns files have nulls.
_LATER = ", ".join(f"COALESCE({name}, {value}) AS {name}" for name, value in LATER.items())
_MEASURES = "visitor, duration / 1000 AS duration, visit_pageviews AS pageviews, visit_events AS events, bounce"
#: A signal without a visit has none of a visit's dimensions.
_DIMENSIONS = ", ".join(f"CASE WHEN visit >= 0 THEN visit_{name} END AS {name}" for name in VISIT_DIMENSIONS)
_PATHS = ", ".join(f"CASE WHEN visit >= 0 THEN {name} END AS {name}" for name in PATH_DIMENSIONS)
#: In files the event's own value is null where it is that of the visit.
_REFERRER = f"COALESCE(referrer, CASE visit_referrer WHEN '{NONE}' THEN '' ELSE visit_referrer END) AS own_referrer"
EVENTS = f"time, type AS event, {_OWN}, {_LATER}, {_DIMENSIONS}, {_REFERRER}, class, visit, {_PATHS}, type"
VISITS = f"""visit, time AS start, {_MEASURES}, visit_engaged / 1000 AS engagement, class,
    {", ".join(f"visit_{name} AS {name}" for name in VISIT_DIMENSIONS)}, {", ".join(PATH_DIMENSIONS)}"""


def events(
    relation: Relation, zone: str, days: Sequence[int], where: Mapping[str, list[str]], limit: int | None
) -> pd.DataFrame:
    """See `Traffic.events`: chosen events and signals of the days in their order, the newest `limit` of them."""
    chosen = sql.conditions(where)
    # Time and place decide; the rest makes the order of what is left the same whenever it is asked for.
    order = ("time", "seq", "visitor", "visit", "type", "page")
    rows = f"FROM {{rows}} WHERE {sql.IN_DAYS} AND {chosen.both}"
    return _listed(relation, zone, EVENTS, rows, order, {**chosen.params, **sql.span(days)}, limit)


def visits(
    relation: Relation, zone: str, days: Sequence[int], where: Mapping[str, list[str]], limit: int | None
) -> pd.DataFrame:
    """See `Traffic.visits`: chosen visits that began in the days, in the order they began."""
    chosen = sql.conditions(where)
    rows = f"FROM {{rows}} WHERE {sql.visits_of(chosen)}"
    return _listed(relation, zone, VISITS, rows, ("visit",), {**chosen.params, **sql.span(days)}, limit)


def _listed(
    relation: Relation,
    zone: str,
    columns: str,
    rows: str,
    order: Sequence[str],
    params: sql.Params,
    limit: int | None,
) -> pd.DataFrame:
    """The rows in order; the last ones where there is a limit."""
    newest, cut = ", ".join(f"{name} DESC" for name in order), ""
    if limit is not None:
        # One column says where they begin: sorting a year's whole rows for the last of them takes three times as long.
        cut = f" LIMIT {max(int(limit), 0)}"
        begin = f"SELECT min(place) AS place FROM (SELECT {order[0]} AS place {rows} ORDER BY 1 DESC{cut})"
        params["newer"] = int(relation.ask(begin, params)["place"].fillna(0).iloc[0])
        rows += f" AND {order[0]} >= $newer"
    frame = relation.ask(f"SELECT {columns} {rows} ORDER BY {newest}{cut}", params).iloc[::-1].reset_index(drop=True)
    moment = "time" if "time" in frame else "start"
    frame[moment] = pd.to_datetime(frame[moment], unit="ms", utc=True).dt.tz_convert(zone)
    return frame
