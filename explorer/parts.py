"""A dimension in, what its largest values make of the total over time out; and the switch between dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from common.events import OTHER
from common.store import StoreError
from explorer import bars, charts_parts, code, filters, labels, overview, table_rows, tables
from explorer.data import Answers, redis_answers
from explorer.plot import Point, plot
from explorer.tables import Chosen
from explorer.view import View

_WHOLE_DAYS = ("day", "week", "month")


def switch(name: str, options: Mapping[str, str], default: str, label: str = "Table") -> str:
    """One of a page's dimensions, kept in the URL; another one begins without a search, on its first page."""
    said = filters.current().choice(name, default)
    said = said if said in options else default
    key = f"{name}_choice"
    st.session_state[key] = said
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=partial(_switched, name, key),
    )
    return said


def _switched(name: str, key: str) -> None:
    filters.go(begun(filters.current(), name, st.session_state[key] or ""))


def begun(view: View, name: str, dimension: str) -> View:
    """A view with another dimension on a page, whose table begins anew."""
    for part in ("q", "at", "by", "order"):
        view = view.choosing(f"{name}_{part}", "")
    return view.choosing(name, dimension)


def explored(answers: Answers, dimension: str, name: str, chosen: Chosen | None = None) -> None:
    """Chart and table of a dimension; or why there is nothing."""
    if nothing(answers):
        return
    chart(answers, dimension, name, chosen or filters.drill)
    tables.table(answers, dimension, name, by="events" if dimension == "event" else "visitors", chosen=chosen)


def nothing(answers: Answers) -> bool:
    """Whether the view is empty, which is said then."""
    with st.spinner("Counting …"):
        totals = answers.totals()
    empty = not totals["events"] and not totals["visits"]
    if empty:
        overview.empty(answers.view, answers.source)
    return bool(empty)


def chart(answers: Answers, dimension: str, name: str, chosen: Chosen) -> None:
    """The largest values and all others over time, which together are the total; a click on one makes it a filter."""
    counted = table_rows.additive(dimension)
    if not counted:
        return
    metric, view = counted[0], answers.view
    frame = answers.breakdown(dimension).sort_values(metric, ascending=False, kind="stable")
    values = frame.loc[(frame[dimension] != OTHER) & (frame[metric] > 0), dimension].head(charts_parts.MOST).tolist()
    if len(frame) < 2 or not values:
        return
    grain = view.bars if view.bars in _WHOLE_DAYS or view.days <= 2 else "day"
    asked = {"dimension": dimension, "values": values, "grain": grain, "metric": metric}
    try:
        trend = answers.ask("trend", **asked)
    except StoreError as error:
        if not redis_answers(error):
            raise
        return  # the table says so
    total = answers.ask("series", grain=grain)
    now = pd.Timestamp.now(tz=answers.source.zone)
    total = bars.begun(total, now)
    counts, rest = split(bars.begun(trend, now), values, total[metric].tolist(), dimension, metric)
    cut = bars.partial(total["time"], grain, view.start, view.end, now)
    title = f"{table_rows.METRICS[metric]} by {labels.title(dimension).lower()} over time"
    plot(
        charts_parts.stack(
            total["time"], [labels.value(dimension, value) for value in values], counts, rest, grain, cut, metric,
            dark=st.context.theme.type == "dark",
        ),
        key=f"parts_chart:{name}",
        alt=labels.plain(title),
        told=partial(_picked, dimension, values, chosen),
    )  # fmt: skip
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key=f"foot_parts_{name}"):
        hatched = " Hatched bars are not whole." if any(cut) else ""
        st.caption(f"{labels.markdown(title)}; all parts together are the total.{hatched} A click on a part opens it.")
        code.button(answers.call("trend", **asked), trend, f"parts_{name}")


def split(
    trend: pd.DataFrame, values: list[str], total: list[float], dimension: str, metric: str
) -> tuple[list[list[float]], list[float]]:
    """The counts of each value, bar by bar, and what is left of the total."""
    found = {value: some[metric].tolist() for value, some in trend.groupby(dimension, sort=False)}
    counts = [found[value] for value in values]
    rest = [whole - sum(each) for whole, *each in zip(total, *counts, strict=True)]
    return counts, rest


def _picked(dimension: str, values: list[str], chosen: Chosen, point: Point) -> None:
    if point["curve"] < len(values):
        chosen(dimension, values[point["curve"]])
