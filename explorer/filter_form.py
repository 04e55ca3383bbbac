"""The view and its values in; a dialog that adds a filter of any dimension and operator out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from common.filters import normalise
from common.frames import DIMENSIONS
from explorer import filters, labels
from explorer.data import Answers
from explorer.view import Filter

#: Operator -> how it reads.
OPERATORS = {
    "": "is any of",
    "not": "is none of",
    "contains": "contains",
    "not_contains": "does not contain",
    "matches": "matches (regular expression)",
    "not_matches": "does not match",
}
_MOST_VALUES = 500


def button(answers: Answers) -> None:
    """Opens the dialog."""
    if st.button("Filter", key="add_filter", icon=":material/filter_alt:", help="Add a filter of any kind"):
        dialog(answers)


@st.dialog("Add a filter")
def dialog(answers: Answers, add: Callable[[Sequence[Filter]], None] | None = None) -> None:
    """The form over the page."""
    form(answers, add)


def form(answers: Answers, add: Callable[[Sequence[Filter]], None] | None = None) -> None:
    """Dimension, operator, values. Of several values any may hold; several filters must all hold. `add` gets the
    filters in place of the view.
    """
    options = [*(name for name in DIMENSIONS if name != "class"), *answers.properties()]
    dimension = st.selectbox("Dimension", options, format_func=labels.title, key="filter_dimension")
    operator = st.selectbox("Condition", list(OPERATORS), format_func=OPERATORS.__getitem__, key="filter_operator")
    key = f"{dimension}__{operator}" if operator else str(dimension)
    if operator in ("", "not"):
        found = answers.breakdown(dimension)[dimension].head(_MOST_VALUES).tolist()
        values = st.multiselect(
            "Values",
            [value for value in found if value != "(other)"],
            format_func=partial(labels.value, dimension),
            accept_new_options=True,
            key=f"filter_values:{dimension}",
            placeholder="Choose or type",
        )
    else:
        text = st.text_input("Text", key="filter_text", help="Case does not matter, except in regular expressions.")
        values = [text] if text else []
    if st.button("Add", type="primary", disabled=not values, key="filter_add"):
        problem = wrong(key, values)
        if problem:
            st.error(labels.markdown(problem, 300))
            return
        if add is not None:
            add([(key, value) for value in values])
            st.rerun()
        view = filters.current()
        for value in values:
            view = view.adding(key, value)
        filters.go(view)
        st.rerun()


def wrong(key: str, values: list[str]) -> str:
    """What is wrong with a filter; "" where nothing is."""
    try:
        normalise({key: values})
    except ValueError as error:
        return str(error)
    return ""
