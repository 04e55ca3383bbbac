"""Totals in, metric tiles with their change since the period before out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import pandas as pd

from explorer import labels
from explorer.components import component


class Tile(NamedTuple):
    """One figure: its metric, how it reads, and whether more is better."""

    metric: str
    title: str
    show: Callable[[float], str]
    better: Literal["normal", "inverse", "off"]
    about: str


TILES = (
    Tile("visitors", "Visitors", labels.count, "normal",
         "Distinct within a day. Over several days this is the sum of days: nothing links two days."),
    Tile("visits", "Visits", labels.count, "normal",
         "A visitor's events with no gap of more than 30 minutes, on the day the visit began."),
    Tile("pageviews", "Pageviews", labels.count, "normal", "Pages seen, reloads included."),
    Tile("views_per_visit", "Views per visit", labels.ratio, "normal", "Pageviews / visits."),
    Tile("bounce_rate", "Bounce rate", labels.percent, "inverse",
         "Visits with one pageview and no interactive event / visits."),
    Tile("visit_duration", "Visit duration", labels.duration, "normal",
         "Mean time from a visit's first event to its last; a visit of one event counts 0 s."),
)  # fmt: skip
LIVE = "Live now"
LIVE_ABOUT = "Distinct human visitors with an event in the last five minutes, unfiltered."


def change(tile: Tile, now: float, before: float) -> str | None:
    """The change as text: per cent, or percentage points of a rate; None where there is nothing to compare with."""
    if math.isnan(now) or math.isnan(before):
        return None
    if tile.metric == "bounce_rate":
        return f"{(now - before) * 100:+.1f} pp"
    if not before:
        return None
    percent = (now - before) / before * 100
    return f"{percent:+.0f}%" if abs(percent) >= 10 else f"{percent:+.1f}%"


def shown(tile: Tile, now: float, before: float | None) -> dict[str, str]:
    """One tile as the browser draws it."""
    delta = None if before is None else change(tile, now, before)
    moved = bool(delta and delta.strip("+-0.% p"))
    up = bool(delta and delta.startswith("+"))
    better = {"normal": up, "inverse": not up}.get(tile.better)
    return {
        "title": tile.title,
        "value": tile.show(now),
        "full": "" if math.isnan(now) else f"{now:,.10g}",
        "change": delta or "",
        "tone": "off" if not moved or better is None else "good" if better else "bad",
        "arrow": ("up" if up else "down") if moved else "",
        "about": tile.about,
    }


def tiles(now: pd.Series, before: pd.Series | None, told: str) -> None:
    """All tiles as one element, and the one of now, which `live` fills; what is told of them, and what they mean."""
    drawn = [shown(tile, now[tile.metric], None if before is None else before[tile.metric]) for tile in TILES]
    live = {"title": LIVE, "change": "in 5 minutes", "about": LIVE_ABOUT}
    component("tiles", "tiles.css")(key="figures", data={"tiles": drawn, "live": live, "told": told})
