"""A page's own choice in, a widget that is set from the URL and writes it back out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

import streamlit as st

from explorer import filters


def picked(
    label: str,
    name: str,
    options: Mapping[str, str],
    about: str | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> str:
    """What the URL says of `name`, with a control to change it; the first option is the one that needs no saying."""
    names = list(options)
    key = _set(name, names)
    st.segmented_control(
        label, names, format_func=options.__getitem__, key=key, required=True, help=about,
        label_visibility=label_visibility, on_change=partial(_chosen, name, key, names[0]),
    )  # fmt: skip
    return str(st.session_state[key])


def listed(
    label: str,
    name: str,
    options: Mapping[str, str],
    show: Callable[[str], str] | None = None,
    about: str | None = None,
    width: int | Literal["stretch"] = "stretch",
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> str:
    """The same as a list to search in, for many options; `options` are not markdown there."""
    names = list(options)
    key = _set(name, names)
    st.selectbox(
        label, names, format_func=show or options.__getitem__, key=key, help=about,
        on_change=partial(_chosen, name, key, names[0]), width=width, label_visibility=label_visibility,
    )  # fmt: skip
    return str(st.session_state[key])


def current(name: str, options: Mapping[str, str]) -> str:
    """What the URL says of `name`, where that is an option; else the first."""
    first = next(iter(options))
    said = filters.current().choice(name, first)
    return said if said in options else first


def _set(name: str, names: list[str]) -> str:
    key = f"{name}_choice"
    st.session_state[key] = current(name, dict.fromkeys(names, ""))
    return key


def _chosen(name: str, key: str, first: str) -> None:
    chosen = st.session_state[key]
    filters.choose(name, "" if chosen in (None, first) else chosen)
