"""The view in; a list of its pages and events to choose a step from, or to type one with `*`, out."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from common.events import NONE, OTHER, PAGEVIEW
from explorer import labels, steps
from explorer.data import Answers

_PAGES, _EVENTS = 300, 100


def options(answers: Answers) -> list[str]:
    """Steps there can be: the most visited pages, and events of one's own. Filters do not narrow them."""
    pages = answers.ask("breakdown", dimension="page", where=_of_class(answers), limit=_PAGES)["page"]
    return [*events(answers), *(f"page:{page}" for page in pages if page not in (OTHER, NONE))]


def events(answers: Answers) -> list[str]:
    """Events of one's own, as steps."""
    found = answers.ask("breakdown", dimension="event", where=_of_class(answers), limit=_EVENTS)["event"]
    return [f"event:{name}" for name in found if name not in (OTHER, PAGEVIEW)]


def select(
    label: str,
    key: str,
    value: str,
    listed: list[str],
    changed: Callable[[], None],
    empty: str = "Choose, or type a path such as /blog/*",
    hidden: bool = False,
) -> None:
    """The list, set to a step; `changed` finds what was chosen by `chosen`."""
    st.session_state[key] = value if value.partition(":")[2] else None
    st.selectbox(
        label,
        listed if value in listed or not value.partition(":")[2] else [value, *listed],
        format_func=lambda text: steps.reads(steps.typed(text)),
        key=key,
        on_change=changed,
        accept_new_options=True,
        placeholder=empty,
        label_visibility="collapsed" if hidden else "visible",
        filter_mode="contains",
    )


def chosen(key: str) -> str:
    """The step that a list holds now; "" for none."""
    return steps.typed(st.session_state.get(key) or "")


def shown(step: str) -> str:
    """A step as markdown that shows it and nothing more."""
    return labels.markdown(steps.reads(step))


def _of_class(answers: Answers) -> dict[str, list[str]]:
    return {name: values for name, values in answers.view.where.items() if name == "class"}
