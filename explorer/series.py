"""Answers in; one metric over time, with what chooses it, its notes and buttons, out. Bars become days.

It is one element of ours: what a click takes is mostly what the browser takes to draw elements anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer import bars, charts, charts_series, code, filters, notes, picks, plot
from explorer.brush import span_of
from explorer.code import Call
from explorer.components import component
from explorer.data import Answers
from explorer.earlier import covers
from explorer.view import View, grains

_KEY = "series"
_METRICS = {name: metric.title for name, metric in charts_series.METRICS.items()}
_GRAINS = {"15min": "15 min", "hour": "Hours", "day": "Days", "week": "Weeks", "month": "Months"}
Days = Sequence[tuple[date, date]]


def series(answers: Answers) -> None:
    """One metric over time, with the days that are compared with, weekends and notes."""
    view, grain = answers.view, answers.view.bars
    now = pd.Timestamp.now(tz=answers.source.zone)
    frame = bars.begun(answers.series(), now)
    times, metric = frame["time"], picks.current("metric", _METRICS) if len(frame) > 1 else "visitors"
    cut = bars.partial(times, grain, view.start, view.end, now)
    marks = bars.marked(times, list(notes.all_of(view.site).values()), grain, view.start, view.end)
    figure = charts_series.series(
        frame, grain, cut, metric, before(answers, times, grain, metric), marks,
        dark=st.context.theme.type == "dark",
    )  # fmt: skip
    days = [bars.days_of(time, grain, view.start, view.end) for time in times]
    component(_KEY, "series.css")(
        key=_KEY,
        data={
            "picks": _picks(view, grain, metric, len(frame)),
            "note": " ".join(told(grain, view, any(cut), frame.attrs.get("answered_by", "rollups"))),
            "buttons": [{"name": "notes", "icon": "flag", **notes.label(len(marks))}, {"name": "code", **code.LABEL}],
            "ends": charts.ends(len(days)) if view.days > 1 else None,
            **plot.drawn(figure, f"{_METRICS[metric]} over time"),
        },
        on_picked_change=_picked,
        on_pressed_change=partial(_pressed, view, answers.call("series", grain=grain), frame),
        on_point_change=partial(plot.clicked, _KEY, partial(_bar_clicked, days)),
        on_drawn_change=partial(_drawn, days),
    )
    notes.dialog()


def before(answers: Answers, times: pd.Series, grain: str, metric: str) -> charts_series.Before | None:
    """The metric of the days that are compared with, bar by bar; None where they cannot be told."""
    view = answers.view
    if view.compared is None or not covers(answers.first_day(), view):
        return None
    found = answers.compared("series", grain=grain)
    if found is None:
        return None
    pairs = bars.aligned(times, view.start, found, view.compared[0], grain, metric)
    names = [charts.hover_name(time, grain, False) if time is not None else "" for _, time in pairs]
    return charts_series.Before([value for value, _ in pairs], names)


def told(grain: str, view: View, any_cut: bool, answered_by: str) -> list[str]:
    """What a reader has to know about the series."""
    said = [f"From {answered_by}."]
    if any_cut:
        said.append("Hatched bars are not whole: still running, or cut by the range.")
    if grain in ("week", "month"):
        said.append(f"Visitors of a {grain} are the sum of its days.")
    if view.days > 1:
        said.append("Click a bar to look at it alone, draw over several to look at those.")
    return said


def _picks(view: View, grain: str, metric: str, many: int) -> list[dict[str, Any]]:
    """What can be chosen, as the browser draws it."""
    found = []
    if many > 1:
        found.append({"name": "metric", "label": "Metric", "options": list(_METRICS.items()), "chosen": metric})
    if len(options := grains(view.days)) > 1:
        named = [(name, _GRAINS[name]) for name in options]
        found.append({"name": "grain", "label": "Bars", "options": named, "chosen": grain})
    return found


def _picked() -> None:
    match getattr(st.session_state.get(_KEY), "picked", None):
        case ["metric", str(name)] if name in _METRICS:
            filters.choose("metric", "" if name == next(iter(_METRICS)) else name)
        case ["grain", str(name)] if name in grains(filters.current().days):
            filters.with_grain(name)


def _pressed(view: View, call: Call, frame: pd.DataFrame) -> None:
    match getattr(st.session_state.get(_KEY), "pressed", None):
        case "notes":
            notes.ask(view)
        case "code":
            code.ask(call, frame)


def _bar_clicked(days: Days, point: plot.Point) -> None:
    if 0 <= (place := round(point["x"])) < len(days):
        _chosen(days, place, place)


def _drawn(days: Days) -> None:
    span = span_of(getattr(st.session_state.get(_KEY), "drawn", None), len(days))
    if span is not None:
        _chosen(days, *span)


def _chosen(days: Days, first: int, last: int) -> None:
    view, start, end = filters.current(), days[first][0], days[last][1]
    if view.days > 1 and (start, end) != (view.start, view.end):
        filters.over(start, end)
