"""The steps of a funnel in; the form that changes them, its window and its split, in the URL, out."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from common.frames import DIMENSIONS
from common.saved import FUNNEL
from explorer import filters, keep, labels, picks, step_select, steps
from explorer.data import Answers
from explorer.view import View

_WITHIN = {"": "One visit", "3600": "1 hour", "86400": "1 day", "604800": "7 days"}


def form(answers: Answers, chosen: list[str], listed: list[str], given: bool) -> None:
    """A row a step, and what the funnel is asked with besides."""
    st.subheader("Steps", anchor=False)
    if not given:
        st.caption("An example to begin with: change it to your own.")
    for number, step in enumerate(chosen):
        with st.container(horizontal=True, wrap=False, gap="xxsmall", key=f"step_row_{number}"):
            key = f"step_{number}"
            step_select.select(f"Step {number + 1}", key, step, listed, partial(_set, chosen, number, key), hidden=True)
            st.button(
                "", key=f"up_{number}", icon=":material/arrow_upward:", help="One step earlier", type="tertiary",
                on_click=_put, args=(moved(chosen, number),), disabled=number == 0,
            )  # fmt: skip
            st.button(
                "", key=f"remove_{number}", icon=":material/close:", help="Remove this step", type="tertiary",
                on_click=_put, args=(chosen[:number] + chosen[number + 1 :],), disabled=len(chosen) < 2,
            )  # fmt: skip
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Add a step", key="add_step", icon=":material/add:", on_click=_put, args=([*chosen, "page:"],),
            disabled=len(chosen) >= steps.MOST_STEPS,
        )  # fmt: skip
        keep.popover("Kept", FUNNEL, answers.view.site, partial(_contents, answers.view, chosen), _open)
    _window(answers.view)
    dimensions = {"": "Nothing"} | {name: labels.title(name) for name in DIMENSIONS if name != "class"}
    dimensions |= {name: labels.title(name) for name in answers.properties()}
    picks.listed("Split by", "split", dimensions, about="By its value at the first step")


def _window(view: View) -> None:
    within = view.choice("within")
    options = list(_WITHIN) if within in _WITHIN or not within.isdigit() else [*_WITHIN, within]
    st.session_state["within_choice"] = within if within in options else ""
    st.selectbox(
        "Within",
        options,
        format_func=lambda text: _WITHIN.get(text) or (steps.span(int(text)) if text.isdigit() else text),
        key="within_choice",
        accept_new_options=True,
        on_change=_within_chosen,
        help="Of a visit, or from the first step to the last: choose or type, such as 30 min or 3 d. "
        "A daily salt lets nobody be known for longer than a day.",
    )


def moved(chosen: list[str], number: int) -> list[str]:
    """With a step before the one that was before it."""
    if number < 1:
        return chosen
    return [*chosen[: number - 1], chosen[number], chosen[number - 1], *chosen[number + 1 :]]


def _within_chosen() -> None:
    text = st.session_state["within_choice"] or ""
    if text in _WITHIN:
        filters.choose("within", text)
    elif found := steps.seconds(text):
        filters.choose("within", str(found))
    else:
        st.toast(f"{labels.markdown(text)} is no span: write 90 s, 30 min, 2 h or 3 d.", icon=":material/error:")


def _set(chosen: list[str], number: int, key: str) -> None:
    _put([*chosen[:number], step_select.chosen(key) or "page:", *chosen[number + 1 :]])


def _put(chosen: list[str]) -> None:
    filters.choose("steps", steps.encode(chosen))


def _contents(view: View, chosen: list[str]) -> dict[str, Any]:
    within = view.choice("within")
    return {"steps": steps.taken(chosen)} | ({"within": int(within)} if within.isdigit() else {})


def _open(contents: dict[str, Any]) -> None:
    kept = [step for step in contents.get("steps") or () if isinstance(step, str)]
    view = filters.current().choosing("steps", steps.encode(kept))
    filters.go(view.choosing("within", str(contents.get("within") or "")))
