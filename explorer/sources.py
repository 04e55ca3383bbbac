"""The view in; channels, their sources and these sources' campaigns out, each a click below the one before."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer import filters, labels, parts
from explorer.page import page
from explorer.view import View

_NAME = "sources"
#: Each opens into the next.
LEVELS = ("channel", "source", "utm_campaign")
TABS = {
    "channel": "Channels",
    "source": "Sources",
    "utm_campaign": "Campaigns",
    "referrer": "Referrers",
    "utm_medium": "UTM medium",
    "utm_source": "UTM source",
    "utm_content": "UTM content",
    "utm_term": "UTM term",
}


def show() -> None:
    """The path so far, and the table of its next level."""
    with page("Sources", "a channel opens into its sources, a source into its campaigns") as answers:
        _path(answers.view)
        tab = parts.switch(_NAME, TABS, level(answers.view), "Sources")
        parts.explored(answers, tab, _NAME, chosen=_opened)


def level(view: View) -> str:
    """The first level of which the filters do not name one value."""
    return next((name for name in LEVELS if len(view.where.get(name, ())) != 1), LEVELS[-1])


def opened(view: View, dimension: str, value: str) -> View:
    """A value chosen: it is a filter, and what is below it is shown."""
    return parts.begun(view.adding(dimension, value), _NAME, "" if dimension in LEVELS else dimension)


def closed(view: View, depth: int) -> View:
    """Back up to a level: its filters and those below it are gone."""
    for chosen in view.filters:
        if chosen[0] in LEVELS[depth:]:
            view = view.without(chosen)
    return parts.begun(view, _NAME, "")


def _opened(dimension: str, value: str) -> None:
    filters.go(opened(filters.current(), dimension, value))


def _path(view: View) -> None:
    """What was opened, each a button that goes back there."""
    steps = [(depth, view.where[name][0]) for depth, name in enumerate(LEVELS) if len(view.where.get(name, ())) == 1]
    if not steps:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="path"):
        shown = [(0, "All channels"), *((depth + 1, labels.markdown(value, 40)) for depth, value in steps)]
        for place, (depth, text) in enumerate(shown):
            if place:
                st.markdown("›", width="content")
            st.button(
                text,
                key=f"path_{place}",
                type="tertiary",
                disabled=place == len(shown) - 1,
                on_click=partial(_closed, depth),
            )


def _closed(depth: int) -> None:
    filters.go(closed(filters.current(), depth))
