"""A range of days in, the twelve tiles of its dashboard out: through `Traffic`, and as SQL that asks peers the same.

Rows of every tile: value, visitors (the sum of daily distincts), visits, pageviews, events, bounce rate and visit
duration. Peers hold one row an event with the number and the dimensions of its visit; `first`, `bounce` and `duration`
stand on a visit's first row alone. `visitor` is somebody on one day, so that distinct ones are the sum of days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import pandas as pd

from common.frames import Traffic

#: Dimensions of a visit, and all that are listed.
OF_VISITS = ("entry_page", "exit_page", "source", "referrer", "channel", "country", "device", "browser", "os")
DIMENSIONS = ("page", *OF_VISITS)
TOP = 10
Page = dict[str, list[tuple[Any, ...]]]
_COLUMNS = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration"]


def asked(traffic: Traffic, start: str, end: str) -> dict[str, pd.DataFrame]:
    """The twelve questions, as a page asks them of one `Traffic`."""
    return {
        "totals": traffic.totals(start, end).to_frame().T,
        "series": traffic.series(start, end, "day"),
        **{name: traffic.breakdown(name, start, end, limit=TOP) for name in DIMENSIONS},
    }


def told(frames: dict[str, pd.DataFrame]) -> Page:
    """Our answers as rows."""
    frames["totals"] = frames["totals"].assign(totals="")
    frames["series"] = frames["series"].assign(series=frames["series"]["time"].dt.strftime("%F"))
    return {name: list(frame[[name, *_COLUMNS]].itertuples(index=False, name=None)) for name, frame in frames.items()}


def statements(distinct: Callable[[str], str], count: Callable[[str], str]) -> dict[str, str]:
    """The page's SQL over `events`; `distinct` counts the values of a column, `count` rows that meet a condition."""
    events = f"{distinct('visitor')} AS visitors, {{visits}} AS visits, {count('view')} AS views, count(*) AS events"
    measures = f"""{events.format(visits=count("first"))},
        {count("bounce")} AS bounces, sum(duration) AS lasted, {count("first")} AS begun"""
    largest = "ORDER BY visitors DESC, views DESC, events DESC, value"
    page = f"""
        SELECT value, visitors, visits, views, events, bounces, lasted, begun
        FROM (SELECT page AS value, {events.format(visits=distinct("visit"))}
            FROM events GROUP BY page {largest} LIMIT {TOP}) AS pages
        LEFT JOIN (SELECT entry_page AS entered, {count("bounce")} AS bounces, sum(duration) AS lasted,
            count(*) AS begun FROM events WHERE first GROUP BY entry_page) AS entries ON entered = value
        {largest}"""
    return {
        "totals": f"SELECT '' AS value, {measures} FROM events",
        "series": f"SELECT day AS value, {measures} FROM events GROUP BY day ORDER BY day",
        "page": page,
        **{
            name: f"SELECT {name} AS value, {measures} FROM events GROUP BY {name} {largest} LIMIT {TOP}"
            for name in OF_VISITS
        },
    }


def plain(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """A peer's answer in the form of ours; its durations are ms."""
    found = []
    for value, visitors, visits, views, events, bounces, lasted, begun in rows:
        shown = date.fromordinal(value).isoformat() if isinstance(value, int) else value
        rates = (int(bounces) / begun, int(lasted) / begun / 1000) if begun else (math.nan, math.nan)
        found.append((shown, visitors, visits, views, events, *rates))
    return found


def compare(name: str, found: Page, expected: Page) -> None:
    """Stops where a peer's page says anything else than ours."""
    for tile, rows in expected.items():
        if len(found[tile]) != len(rows):
            raise AssertionError(f"{name}, {tile}: {len(found[tile])} rows are not {len(rows)}")
        for theirs, mine in zip(found[tile], rows, strict=True):
            if theirs[:5] != mine[:5] or not all(map(_close, theirs[5:], mine[5:])):
                raise AssertionError(f"{name}, {tile}: {theirs} is not {mine}")


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9) or (math.isnan(one) and math.isnan(other))
