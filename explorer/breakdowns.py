"""The view and a dimension in; its whole table out."""

from __future__ import annotations

import streamlit as st

from common.frames import DIMENSIONS
from explorer import cards, labels
from explorer.data import Answers
from explorer.page import page
from explorer.view import overlapping


def show() -> None:
    """One dimension with every metric."""
    with page("Breakdowns") as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    options = [*(name for name in DIMENSIONS if name != "class"), *answers.properties()]
    dimension = st.selectbox("Dimension", options, format_func=labels.title, key="dimension_choice", width=320)
    with st.spinner("Counting …"):
        frame, total = answers.breakdown(dimension), answers.totals()
    cards.table(frame, dimension, total, "breakdown", full=True)
    if overlapping(dimension) and dimension != "page" and len(frame):
        st.caption("Bounce rate and duration belong to whole visits, so this dimension has none.")
