"""Totals in, metric tiles with their change since the period before out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import pandas as pd
import streamlit as st

from explorer import labels


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


def tiles(now: pd.Series, before: pd.Series | None) -> None:
    """All tiles, each in a cell of the grid around."""
    for tile in TILES:
        delta = None if before is None else change(tile, now[tile.metric], before[tile.metric])
        zero = delta is None or not delta.strip("+-0.% p")
        st.metric(
            tile.title,
            tile.show(now[tile.metric]),
            delta,
            delta_color="off" if zero else tile.better,
            delta_arrow="off" if zero else "auto",
        )


def definitions() -> None:
    """What the figures mean, on demand."""
    with st.popover("Definitions", type="tertiary", icon=":material/help:"):
        for tile in TILES:
            st.markdown(f"**{tile.title}**: {tile.about}")
        st.markdown("**Live now**: distinct human visitors with an event in the last five minutes, unfiltered.")
