"""The view in; what every page begins and ends with out: title, days, chips, filter button; notes, code dialog."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explorer import code, filter_form, filters, labels, segments
from explorer.data import Answers
from explorer.live import follow
from explorer.view import CUSTOM, PERIODS, View


@contextmanager
def page(title: str = "", about: str = "", filtered: bool = True, followed: bool = True) -> Iterator[Answers]:
    """Everything around a page's own part. `about` is a sentence under the title; `filtered` shows the filters;
    `followed` draws the page again when today's figures changed.
    """
    began = time.monotonic()
    view = filters.current()
    answers = Answers(filters.current_source(), view)
    heading(view, title, about)
    if filtered:
        bar(answers)
    yield answers
    if followed:
        follow(answers, began)
    code.dialog()


def heading(view: View, title: str = "", about: str = "") -> None:
    """Title, or the site where a page has none; and the days."""
    st.title(title or labels.markdown(view.site), anchor=False)
    named = "" if view.period == CUSTOM else f"{PERIODS[view.period]} · "
    site = f"{labels.markdown(view.site)} · " if title else ""
    st.caption(f"{site}{named}{labels.span(view.start, view.end)}{f' · {about}' if about else ''}")


def bar(answers: Answers) -> None:
    """Chips, the button that adds a filter, and the one that keeps them under a name."""
    with st.container(horizontal=True, gap="xsmall", key="chips", vertical_alignment="center"):
        filters.chips(answers.view)
        filter_form.button(answers)
        segments.button(answers)
