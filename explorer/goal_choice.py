"""Kept goals and events that occur in; a list to choose a goal from, and the goal as `Traffic` takes it, out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from common.depth.funnel import Step
from common.events import OTHER, PAGEVIEW
from explorer import filters, goals, labels
from explorer.data import Answers
from explorer.goals import Goal

_MOST = 100


def chosen(answers: Answers, name: str) -> Step | None:
    """The goal that the URL names under `name`, else the first; None where there is none to choose."""
    events = [str(event) for event in answers.breakdown("event")["event"].head(_MOST)]
    among = options(goals.kept(answers.view.site), events)
    goal = goals.picked(answers.view.choice(name), among)
    if goal is None:
        return None
    titles = {key: each.title for key, each in among.items()} | {goal.key: goal.title}
    key = f"{name}_choice"
    st.session_state[key] = goal.key
    st.selectbox(
        "Goal", list(titles), key=key, on_change=partial(_chosen, name, key), width=190,
        format_func=lambda each: labels.plain(titles.get(str(each), str(each))),
    )  # fmt: skip
    return goal.step


def options(stored: list[Goal], events: list[str]) -> Mapping[str, Goal]:
    """What can be chosen, by how addresses name it: kept goals, and custom events."""
    return goals.options(stored, [f"event:{name}" for name in events if name not in (PAGEVIEW, OTHER)])


def _chosen(name: str, key: str) -> None:
    filters.choose(name, st.session_state[key])
