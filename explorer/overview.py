"""The view in; title, chips, tiles, series and cards out."""

from __future__ import annotations

from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from explorer import bars, body, cards, charts, charts_series, code, data, filters, labels, notes, picks
from explorer.brush import brush
from explorer.data import Answers
from explorer.live import live_tile
from explorer.page import page
from explorer.tiles import definitions, tiles
from explorer.view import View, grains, overlapping

_METRICS = {name: metric.title for name, metric in charts_series.METRICS.items()}
_GRAINS = {"15min": "15 min", "hour": "Hours", "day": "Days", "week": "Weeks", "month": "Months"}


def show() -> None:
    """The overview, or a helpful word where the range is empty."""
    body.drawn(_body)


def _body() -> None:
    with page() as answers:
        _show(answers)
        cards.chooser()


def _show(answers: Answers) -> None:
    view, source = answers.view, answers.source
    with st.spinner("Counting …"):
        now, before = answers.totals(), answers.compared("totals")
        first = answers.first_day()
    tiles(now, before if covers(first, view) else None)
    live_tile(source)
    told = comparison(view, view.end >= source.today(), first, before is not None)
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="told"):
        st.caption(f"{told} {choosing(view, answers.raw_since())}From {answers.answered_by}.")
        definitions()
    if not now["events"] and not now["visits"]:
        empty(view, source)
    else:
        series(answers)
        for left, right in ((cards.PAGES, cards.SOURCES), (cards.PLACES, cards.DEVICES)):
            for place, which in zip(st.columns(2), (left, right), strict=True):
                with place:
                    cards.card(which, answers, now)
        cards.card(cards.EVENTS, answers, now)


def covers(first: date | None, view: View) -> bool:
    """Whether what is compared with lies wholly in days that can answer."""
    return first is not None and view.compared is not None and first <= view.compared[0]


def comparison(view: View, running: bool, first: date | None, readable: bool = True) -> str:
    """What the tiles are compared with; "" for nothing."""
    if view.compared is None:
        return ""
    before = labels.span(*view.compared)
    if not readable:
        return f"No change is shown, since {before} cannot be read; `python -m collector doctor` says why."
    if first is None or not covers(first, view):
        begun = f": such figures begin on {labels.span(first, first)}" if first else ""
        return f"No change is shown, since {before} is not covered{begun}."
    return f"Change against {before}{', which is over; today is not' if running else ''}."


def choosing(view: View, raw_since: date | None) -> str:
    """What the filters do to the figures, where that is not plain."""
    text = ""
    if raw_since and view.start < raw_since:
        text = f"Filters need raw events, kept since {labels.span(raw_since, raw_since)}: earlier days are missing. "
    if any(overlapping(dimension) for dimension, _ in view.filters):
        text += (
            "The filters choose events: pageviews and visitors count those alone; visits, bounces and durations are"
            " of whole visits that hold one. "
        )
    return text


def series(answers: Answers) -> None:
    """One metric over time, with the days that are compared with, weekends and notes."""
    view, grain = answers.view, answers.view.bars
    now = pd.Timestamp.now(tz=answers.source.zone)
    frame = bars.begun(answers.series(), now)
    cut = bars.partial(frame["time"], grain, view.start, view.end, now)
    kept = notes.all_of(view.site)
    with st.container(border=True, key="series"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            metric = picks.picked("Metric", "metric", _METRICS) if len(frame) > 1 else "visitors"
            _grain(view, grain)
        days = [bars.days_of(time, grain, view.start, view.end) for time in frame["time"]]
        key = f"series:{st.session_state.get('bars_chosen', 0)}"  # another one after a choice, with nothing selected
        marks = bars.marked(frame["time"], list(kept.values()), grain, view.start, view.end)
        st.plotly_chart(
            charts_series.series(
                frame, grain, cut, metric, before(answers, frame["time"], grain, metric), marks,
                dark=st.context.theme.type == "dark",
            ),
            key=key,
            config=charts.CONFIG,
            on_select=partial(_bar_clicked, key, days),
            selection_mode="points",
            alt=f"{_METRICS[metric]} over time",
        )  # fmt: skip
        with st.container(horizontal=True, wrap=False, vertical_alignment="top", key="series_foot"):
            st.caption(" ".join(series_notes(grain, view, any(cut), frame.attrs.get("answered_by", "rollups"))))
            notes.button(view, len(marks))
            code.button(answers.call("series", grain=grain), frame, "series")
            if view.days > 1:
                brush("series", len(days), "#0f766e", partial(_bars_chosen, days), "series_brush")
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


def _grain(view: View, grain: str) -> None:
    if st.session_state.get("shown_grain") != (view, grain):
        st.session_state["shown_grain"], st.session_state["grain_choice"] = (view, grain), grain
    options = grains(view.days)
    if len(options) > 1:
        st.segmented_control(
            "Bars", options, format_func=_GRAINS.__getitem__, key="grain_choice", required=True,
            on_change=_grain_chosen,
        )  # fmt: skip


def series_notes(grain: str, view: View, any_cut: bool, answered_by: str) -> list[str]:
    """What a reader has to know about the series."""
    told = [f"From {answered_by}."]
    if any_cut:
        told.append("Hatched bars are not whole: still running, or cut by the range.")
    if grain in ("week", "month"):
        told.append(f"Visitors of a {grain} are the sum of its days.")
    if view.days > 1:
        told.append("Click a bar to look at it alone, draw over several to look at those.")
    return told


def empty(view: View, source: data.Source) -> None:
    """Why there is nothing to see, and the way to something."""
    if view.filters:
        st.info("Nothing matches these filters in these days.", icon=":material/filter_alt_off:")
        st.button("Clear all filters", key="empty_clear", on_click=filters.clear)
        return
    first = data.first_day(source)
    if first is None:
        st.info("This site has no data yet.", icon=":material/hourglass_empty:")
        return
    st.info(
        f"No traffic in these days. The first day with data is {labels.span(first, first)}.",
        icon=":material/calendar_month:",
    )
    st.button(
        f"Show {labels.span(first, first)}", key="empty_jump", type="primary", on_click=filters.over,
        args=(first, first), icon=":material/arrow_forward:",
    )  # fmt: skip


def _grain_chosen() -> None:
    if filters.meant():
        filters.with_grain(st.session_state["grain_choice"])


def _bar_clicked(key: str, days: list[tuple[date, date]]) -> None:
    points = st.session_state[key]["selection"]["points"]
    if points and 0 <= (place := round(points[0]["x"])) < len(days):
        _bars_chosen(days, place, place)


def _bars_chosen(days: list[tuple[date, date]], first: int, last: int) -> None:
    view, start, end = filters.current(), days[first][0], days[last][1]
    st.session_state["bars_chosen"] = st.session_state.get("bars_chosen", 0) + 1
    if view.days > 1 and (start, end) != (view.start, view.end):
        filters.over(start, end)
