"""The view and a dimension in; its whole table out, with its largest values over time."""

from __future__ import annotations

from functools import partial

import streamlit as st

from common.frames import DIMENSIONS
from explorer import filters, labels, parts
from explorer.data import Answers
from explorer.page import page
from explorer.view import overlapping

_NAME, _FIRST = "breakdown", "page"


def show() -> None:
    """One dimension with every metric."""
    with page("Breakdowns", "Any dimension, with every metric.") as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    said = answers.view.choice(_NAME, _FIRST)
    options = [*(name for name in DIMENSIONS if name != "class"), *answers.properties()]
    if said not in options:
        options += [said] if said.startswith("prop:") else []
    key = "dimension_choice"
    dimension = st.session_state[key] = said if said in options else _FIRST
    st.selectbox("Dimension", options, format_func=labels.title, key=key, width=320, on_change=partial(_chosen, key))
    parts.explored(answers, dimension, _NAME)
    if overlapping(dimension) and dimension != "page":
        st.caption("Bounce rate and duration belong to whole visits, so this dimension has none.")


def _chosen(key: str) -> None:
    filters.go(parts.begun(filters.current(), _NAME, st.session_state[key]))
