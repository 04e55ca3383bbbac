"""The view in; how fast pages are for those who look at them, over time and by dimension, and their errors, out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from common.filters import is_plain, normalise
from explorer import charts_vitals, code, error_list, filters, labels, picks, vitals_table
from explorer.charts_vitals import shown
from explorer.data import Answers
from explorer.page import page
from explorer.plot import Point, plot
from explorer.tiles import Tile, change
from explorer.view import View

NAMES = {
    "LCP": "Largest Contentful Paint: until the largest text or image is there. Good to 2.5 s.",
    "INP": "Interaction to Next Paint: the slowest answer to a click or key. Good to 200 ms.",
    "CLS": "Cumulative Layout Shift: how much of the page moved by itself. Good to 0.1.",
    "FCP": "First Contentful Paint: until anything is there. Good to 1.8 s.",
    "TTFB": "Time To First Byte: until the server's answer began. Good to 0.8 s.",
}
_WORDS = {"good": "good", "needs_improvement": "middling", "poor": "poor"}
PERCENTILES = {"p75": "75th", "p50": "50th", "p90": "90th", "p95": "95th"}
#: Over more days a point is a week, over more weeks a month: where rollups answer, which are quick to ask for each.
_LONGEST = 92
HOW = (
    'Browsers measure once the script tag asks for it: `<script defer src="https://HOST/tracker.vitals.errors.js" '
    'data-site="example.com"></script>`; see `docs/tracker.md`. Each visit\'s first page is measured.'
)


class Measured(NamedTuple):
    """A metric's tile: its name, rating, percentile, and change where there is one."""

    metric: str
    rating: str
    value: str
    change: str | None


def show() -> None:
    """Vitals, where any were sent; errors, where any were."""
    with page("Performance", "What visitors' browsers measured.") as answers:
        with st.spinner("Counting …"):
            frame = answers.ask("vitals")
        if frame.empty:
            st.info("No web vitals in these days" + (" under these filters." if answers.view.filters else "."),
                    icon=":material/speed:")  # fmt: skip
            st.caption(HOW)
        else:
            _vitals(answers, frame)
        error_list.show(answers)


def _vitals(answers: Answers, frame: pd.DataFrame) -> None:
    by = picks.picked("Percentile", "percentile", PERCENTILES, (
        "The 75th is what search engines judge by: three of four measurements were at least as fast."
    ))  # fmt: skip
    before = answers.compared("vitals")
    with st.container(key="vitals"), st.grid(5, min_column_width=120, gap="xsmall", border=True):
        for row in tiles(frame, before, by):
            st.metric(f"{row.metric} · {row.rating}", row.value, row.change, delta_color="inverse",
                      help=NAMES.get(row.metric))  # fmt: skip
    dark = st.context.theme.type == "dark"
    with st.container(border=True, key="shares"):
        plot(charts_vitals.shares(frame, dark), "shares_chart", "Shares of good, middling and poor measurements")
        with st.container(horizontal=True, wrap=False, vertical_alignment="top", key="foot_vitals"):
            st.caption(" ".join(notes(frame, answers.view, before)))
            code.button(answers.call("vitals"), frame, "vitals")
    metric = picks.picked("Metric", "vital", {name: name for name in frame["metric"]})
    if answers.view.days > 1:
        _over_time(answers, metric, by, dark)
    vitals_table.show(answers, metric, by)


def tiles(frame: pd.DataFrame, before: pd.DataFrame | None, by: str) -> list[Measured]:
    """A metric a tile, at the chosen percentile."""
    earlier = {} if before is None else dict(zip(before["metric"], before[by], strict=True))
    found = []
    for row in frame.to_dict("records"):
        metric, now = str(row["metric"]), float(row[by])
        delta = change(Tile(metric, metric, labels.ratio, "inverse", ""), now, float(earlier.get(metric, math.nan)))
        found.append(Measured(metric, _WORDS[rated(row, by)], shown(metric, now), delta))
    return found


def rated(row: Mapping[Any, Any] | pd.Series, by: str) -> str:
    """The rating of a percentile, by the name of its column: good where so many measurements are."""
    part = int(by[1:]) / 100
    good, poor = float(row["good"]), float(row["poor"])
    return "good" if good >= part else "poor" if poor > 1 - part else "needs_improvement"


def notes(frame: pd.DataFrame, view: View, before: pd.DataFrame | None) -> list[str]:
    """What a reader has to know about the figures."""
    most = frame.sort_values("count", ascending=False, kind="stable").iloc[0]
    told = [f"{int(most['count']):,} measurements of {most['metric']}."]
    if before is not None and len(before) and view.compared:
        told.append(f"Change against {labels.span(*view.compared)}.")
    exactness = frame.attrs.get("exactness", "")
    return [*told, *([f"{exactness.capitalize()}."] if exactness else []), f"From {frame.attrs.get('answered_by')}."]


def bars(view: View, today: date) -> list[tuple[date, date]]:
    """First and last day of each point over time: days; weeks from Monday or months, of many days without filters."""
    last, plain = min(view.end, today), is_plain(normalise(view.where)) == ["human"]
    found: list[tuple[date, date]] = []
    day = view.start
    while day <= last:
        end = day
        if plain and view.days > 7 * _LONGEST:
            end = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        elif plain and view.days > _LONGEST:
            end = day + timedelta(days=6 - day.weekday())
        found.append((day, min(end, last)))
        day = end + timedelta(days=1)
    return found


def cut(spans: list[tuple[date, date]], today: date) -> list[bool]:
    """Which points are still running, or of a week or month that the range cuts."""
    longest = max(((last - first).days + 1 for first, last in spans), default=1)
    found = []
    for first, last in spans:
        whole = (last - first).days + 1 == longest if longest <= 7 else (first.day, (last + timedelta(1)).day) == (1, 1)
        found.append(last >= today or not whole)
    return found


def _over_time(answers: Answers, metric: str, by: str, dark: bool) -> None:
    spans = bars(answers.view, answers.source.today())
    with st.spinner("Counting …"):
        if all(first == last for first, last in spans):
            days = answers.ask("vitals", by="day")
            found = [days[days["day"] == pd.Timestamp(day)] for day, _ in spans]
        else:
            found = [answers.over(first, last, "vitals", where=answers.view.where) for first, last in spans]
    frame = timed(found, metric, by)
    if frame["value"].count() < 2:
        return
    parts = cut(spans, answers.source.today())
    with st.container(border=True, key="vitals_time"):
        plot(
            charts_vitals.over_time(frame, spans, parts, metric, PERCENTILES[by], dark),
            key="vitals_chart",
            alt=f"{metric} over time",
            told=partial(_bar_chosen, spans),
        )
        told = f"{metric}, {PERCENTILES[by]} percentile. ● good, ◆ needs improvement, ✕ poor."
        hollow = " A hollow one is not whole." if any(parts) else ""
        st.caption(f"{told}{hollow} Click one to look at its days.")


def timed(frames: list[pd.DataFrame], metric: str, by: str) -> pd.DataFrame:
    """A bar a row: value (NaN where nothing was measured), rating, count."""
    rows: list[tuple[float, str, int]] = []
    for frame in frames:
        own = frame[frame["metric"] == metric]
        if own.empty:
            rows.append((math.nan, "", 0))
        else:
            rows.append((float(own[by].iloc[0]), rated(own.iloc[0], by), int(own["count"].iloc[0])))
    return pd.DataFrame(rows, columns=["value", "rating", "count"])


def _bar_chosen(spans: list[tuple[date, date]], point: Point) -> None:
    if 0 <= (place := round(point["x"])) < len(spans):
        filters.over(*spans[place])
