"""What is kept as goals and the site's events in; goals to choose from, and the form that keeps one more, out.

A goal is written as a step (`event:Signup`, `page:/thanks*`), so that the URL can hold it; one that is kept with more
filters is written `goal:NAME`. Older addresses say `@NAME` for any kept one, and are still understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from common.depth.funnel import Step
from common.filters import chooses_events
from common.saved import GOAL, MOST_NAME, Saved
from explorer import data, keep, labels, step_select, steps

_KEPT, _OLDER = "goal:", "@"


class Goal(NamedTuple):
    """A goal as the URL says it, as people read it, and as `Traffic` takes it."""

    key: str
    title: str
    step: Step
    name: str = ""  #: under which it is kept


def kept(site: str) -> list[Goal]:
    """Goals that are kept with the site."""
    found = Saved(data.client(), site).all(GOAL)
    return [goal for name, contents in found.items() if (goal := goal_of(name, contents))]


def goal_of(name: str, contents: Mapping[str, Any]) -> Goal | None:
    """A kept goal; None for what names neither event nor page."""
    step = next((f"{kind}:{contents[kind]}" for kind in ("event", "page") if contents.get(kind)), "")
    if not step:
        return None
    where = contents.get("where")
    more = {key: values for key, values in where.items() if chooses_events(key)} if isinstance(where, dict) else {}
    kind, _, text = step.partition(":")
    if more:
        return Goal(f"{_KEPT}{name}", name, {kind: text, **more, "name": name}, name)
    return Goal(step, name, {kind: text, "name": name}, name)


def options(stored: list[Goal], events: list[str]) -> dict[str, Goal]:
    """All that can be chosen: kept goals, then every event of one's own."""
    found = {goal.key: goal for goal in stored}
    for step in events:
        found.setdefault(step, Goal(step, step.partition(":")[2], step))
    return found


def picked(asked: str, among: Mapping[str, Goal]) -> Goal | None:
    """The goal that the URL asks for, which may be one that nobody kept; else the first."""
    if asked in among:
        return among[asked]
    name = next((asked.removeprefix(mark) for mark in (_KEPT, _OLDER) if asked.startswith(mark)), "")
    if named := next((goal for goal in among.values() if name and goal.name == name), None):
        return named
    if steps.filter_of(asked):
        return Goal(asked, asked.partition(":")[2], asked)
    return next(iter(among.values()), None)


def form(site: str, listed: list[str]) -> None:
    """A button that opens the form which keeps a goal."""
    with st.popover("Add a goal", icon=":material/add:", key="add_goal"):
        step_select.select("Event or page", "goal_step", st.session_state.get("goal_step") or "", listed, _nothing)
        with st.form("goal_form", border=False):
            st.text_input("Name", key="goal_name", max_chars=MOST_NAME, placeholder="As the step, if empty")
            st.form_submit_button("Keep", icon=":material/bookmark_add:", on_click=partial(_add, site))
        for number, goal in enumerate(kept(site)):
            st.button(
                f"Forget {labels.markdown(goal.title)}", key=f"forget_goal_{number}", icon=":material/delete:",
                type="tertiary", on_click=keep.drop, args=(GOAL, site, goal.name),
            )  # fmt: skip


def _nothing() -> None:
    """The choice waits for its form."""


def _add(site: str) -> None:
    step = step_select.chosen("goal_step")
    kind, _, text = step.partition(":")
    if not text:
        st.toast("Choose an event or type a path such as /thanks*.", icon=":material/error:")
    else:
        keep.put(GOAL, site, (st.session_state.get("goal_name") or "").strip() or text[:MOST_NAME], {kind: text})
