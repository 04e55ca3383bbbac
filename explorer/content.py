"""The view in; pages, entry and exit pages, and how long and how deep each page is read out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from explorer import charts_parts, filters, parts, tables
from explorer.data import Answers
from explorer.page import page
from explorer.plot import Point, plot

_NAME, _READING = "content", "reading"
TABS = {
    "page": "Pages",
    "entry_page": "Entry pages",
    "exit_page": "Exit pages",
    _READING: "Time and scroll",
    "hostname": "Host names",
}
_MOST_POINTS = 200


def show() -> None:
    """One of the tabs: chart and table."""
    with page("Content", "What is read, where visits begin and end.") as answers:
        tab = parts.switch(_NAME, TABS, "page", "Content")
        if tab == _READING:
            _reading(answers)
        else:
            parts.explored(answers, tab, _NAME)


def _reading(answers: Answers) -> None:
    if parts.nothing(answers):
        return
    frame = read(answers.breakdown("page"))
    if len(frame):
        pages = frame["page"].tolist()
        plot(
            charts_parts.scatter(
                pages, frame["engagement"].tolist(), frame["scroll"].tolist(), frame["visitors"].tolist(),
                ("Engaged per visit, s", "Mean greatest depth, %"), "visitors", dark=st.context.theme.type == "dark",
            ),
            key="reading",
            alt="Pages by engaged time and scroll depth",
            told=partial(_point_chosen, pages),
        )  # fmt: skip
        st.caption(
            "Engaged: the page was visible and had the focus, per visit that saw it. Depth: how far down it was seen, "
            "the mean of the deepest point of each visit. A page in the upper right is read; in the lower left, left."
        )
    else:
        st.caption("No page has told of engagement yet: the tracker does, the pixel and imported logs cannot.")
    tables.table(answers, "page", _NAME, by="engagement")


def read(frame: pd.DataFrame) -> pd.DataFrame:
    """The most visited pages of which engaged time and depth are known."""
    known = frame[frame["engagement"].gt(0) & frame["scroll"].notna()]
    return known.head(_MOST_POINTS)


def _point_chosen(pages: Sequence[str], point: Point) -> None:
    if point["number"] < len(pages):
        filters.drill("page", pages[point["number"]])
