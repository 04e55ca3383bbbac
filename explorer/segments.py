"""Filters under a name in and out: what addresses say of a segment, and the dialog that keeps, applies and drops them.

An address names a segment as `@Name`, which is kept with the site, or by its filters, `f=country:DE&f=device:Mobile`.
`all` is everyone; nothing at all is what the view is filtered by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from common.saved import SEGMENT, Saved
from explorer import data, filters, labels
from explorer.data import Answers
from explorer.view import MOST_FILTERS, Filter, decode_filter, encode_filter

ALL, KEPT = "all", "@"
#: A name that an address could take for something else.
_RESERVED = f"A name does not begin with {KEPT}."


class Segment(NamedTuple):
    """Filters, and what they are called."""

    title: str
    filters: tuple[Filter, ...]

    @property
    def where(self) -> dict[str, list[str]]:
        """The filters as `Traffic` takes them."""
        chosen: dict[str, list[str]] = {}
        for dimension, value in self.filters:
            chosen.setdefault(dimension, []).append(value)
        return chosen


def encode(chosen: Sequence[Filter]) -> str:
    """Filters in one text of an address."""
    return urlencode([("f", encode_filter(each)) for each in chosen])


def decode(text: str) -> tuple[Filter, ...]:
    """The filters of such a text; what cannot be read is left out."""
    found = (decode_filter(value) for name, value in parse_qsl(text) if name == "f")
    return tuple(dict.fromkeys(each for each in found if each))[:MOST_FILTERS]


def contents(chosen: Sequence[Filter]) -> dict[str, Any]:
    """What is kept of a segment."""
    return {"f": [encode_filter(each) for each in chosen]}


def filters_of(kept: Mapping[str, Any]) -> tuple[Filter, ...]:
    """The filters of what is kept; what cannot be read is left out."""
    listed = kept.get("f")
    texts = [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []
    return tuple(dict.fromkeys(found for text in texts if (found := decode_filter(text))))[:MOST_FILTERS]


def resolve(said: str, kept: Mapping[str, Mapping[str, Any]], view: Sequence[Filter]) -> Segment | None:
    """What an address means; None for a name that is not kept."""
    if not said:
        return Segment("This view", tuple(view))
    if said == ALL:
        return Segment("Everyone", ())
    if said.startswith(KEPT):
        found = kept.get(said[1:])
        return None if found is None else Segment(said[1:], filters_of(found))
    return Segment("Filters of the link", decode(said))


def reads(chosen: Sequence[Filter]) -> str:
    """Filters in one line of markdown."""
    parts = []
    for each in chosen:
        title, words, shown = filters.reads(each)
        parts.append(f"{labels.markdown(title, 30)} {words or 'is'} **{labels.markdown(shown)}**")
    return ", ".join(parts) or "no filters: everyone"


def kept(site: str) -> Saved:
    """What is kept with the site."""
    return Saved(data.client(), site)


def button(answers: Answers) -> None:
    """Opens the dialog."""
    if st.button("Segments", key="segments", icon=":material/bookmark:", help="Keep these filters under a name"):
        dialog(answers)


@st.dialog("Segments")
def dialog(answers: Answers) -> None:
    """The form over the page."""
    form(answers)


def form(answers: Answers) -> None:
    """Keep the view's filters, and apply, rename, replace or drop what is kept."""
    view, saved = answers.view, kept(answers.view.site)
    found = saved.all(SEGMENT)
    st.caption(f"This view: {reads(view.filters)}.")
    with st.form("segment_keep", clear_on_submit=True, border=False):
        name = st.text_input("Keep it as", key="segment_name", max_chars=120, disabled=not view.filters)
        if st.form_submit_button("Keep", type="primary", disabled=not view.filters):
            problem = keep(saved, found, name, view.filters)
            if problem:
                st.error(labels.markdown(problem, 200))
            else:
                st.rerun()
    if not found:
        st.caption("Nothing is kept yet. Filter the view, then give it a name." if not view.filters else "")
        return
    names = list(found)
    chosen = st.selectbox("Kept", names, format_func=labels.plain, key="segment_chosen")
    segment = filters_of(found[chosen])
    st.caption(f"{reads(segment)}.")
    with st.container(horizontal=True):
        if st.button("Apply", key="segment_apply", type="primary", help="In place of the view's filters"):
            filters.go(replace(filters.current(), filters=segment))
            st.rerun()
        st.button("Replace", key="segment_replace", disabled=not view.filters, on_click=_replace,
                  args=(saved, chosen, view.filters), help="By the view's filters")  # fmt: skip
        st.button("Delete", key="segment_drop", icon=":material/delete:", on_click=_drop, args=(saved, chosen))
    renamed = st.text_input("New name", key=f"segment_rename:{chosen}", max_chars=120)
    if st.button("Rename", key="segment_renaming", disabled=not renamed):
        problem = rename(saved, found, chosen, renamed)
        if problem:
            st.error(labels.markdown(problem, 200))
        else:
            st.rerun()


def keep(saved: Saved, found: Mapping[str, Any], name: str, chosen: Sequence[Filter]) -> str:
    """Keep filters under a name that is free; what is wrong with it, or ""."""
    name = name.strip()
    if name.startswith(KEPT):
        return _RESERVED
    if name in found:
        return f"{name} is kept already: replace it below, or take another name."
    try:
        saved.put(SEGMENT, name, contents(chosen))
    except ValueError as error:
        return str(error)
    return ""


def rename(saved: Saved, found: Mapping[str, dict[str, Any]], old: str, new: str) -> str:
    """Give a kept segment another name; what is wrong with it, or ""."""
    problem = keep(saved, found, new, filters_of(found[old]))
    if not problem:
        saved.drop(SEGMENT, old)
    return problem


def _replace(saved: Saved, name: str, chosen: Sequence[Filter]) -> None:
    try:
        saved.put(SEGMENT, name, contents(chosen))
    except (*data.AWAY, ValueError) as error:
        st.toast(labels.markdown(str(error), 200), icon=":material/error:")


def _drop(saved: Saved, name: str) -> None:
    try:
        saved.drop(SEGMENT, name)
    except data.AWAY as error:
        st.toast(labels.markdown(str(error), 200), icon=":material/error:")
