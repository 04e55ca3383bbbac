"""The view in; title, chips, tiles, series and cards out."""

from __future__ import annotations

from datetime import date

import streamlit as st

from explorer import body, cards, data, filters, labels
from explorer.data import Answers
from explorer.earlier import covers
from explorer.live import live_tile
from explorer.page import page
from explorer.series import series
from explorer.source import Source
from explorer.tiles import tiles
from explorer.view import View, overlapping


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
    told = comparison(view, view.end >= source.today(), first, before is not None)
    told = f"{told} {choosing(view, answers.raw_since())}From {answers.answered_by}."
    tiles(now, before if covers(first, view) else None, told)
    live_tile(source)
    if not now["events"] and not now["visits"]:
        empty(view, source)
    else:
        series(answers)
        cards.grid((cards.PAGES, cards.SOURCES, cards.PLACES, cards.DEVICES, cards.EVENTS), answers, now)


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


def empty(view: View, source: Source) -> None:
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
