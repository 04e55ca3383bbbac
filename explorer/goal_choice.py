"""Kept goals and events that occur in; a list to choose a goal from, and the goal as `Traffic` takes it, out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.events import OTHER, PAGEVIEW
from common.saved import GOAL, Saved
from explorer import data, labels, picks
from explorer.data import Answers

_MOST = 100


def chosen(answers: Answers, name: str) -> Any | None:
    """The goal that the URL names under `name`, else the first; None where there is none to choose."""
    kept = Saved(data.client(), answers.view.site).all(GOAL)
    events = [str(event) for event in answers.breakdown("event")["event"].head(_MOST)]
    found = options(kept, events)
    if not found:
        return None
    picked = picks.listed("Goal", name, found, show=lambda key: labels.plain(found[key]), width=190)
    return step(picked, kept)


def options(kept: Mapping[str, Mapping[str, Any]], events: list[str]) -> dict[str, str]:
    """What can be chosen, as addresses name it: kept goals, `@name`, and custom events, `event:Name`."""
    goals = {f"@{name}": name for name, contents in kept.items() if _step(contents) is not None}
    return goals | {f"event:{name}": f"Event {name}" for name in events if name not in (PAGEVIEW, OTHER)}


def step(name: str, kept: Mapping[str, Mapping[str, Any]]) -> Any | None:
    """The goal of an option, written as a funnel's step."""
    return _step(kept.get(name[1:], {})) if name.startswith("@") else name


def _step(contents: Mapping[str, Any]) -> dict[str, Any] | None:
    """A kept goal as filters; None for one that names no event or page."""
    named = {name: contents[name] for name in ("event", "page") if isinstance(contents.get(name), str)}
    where = contents.get("where")
    return {**(where if isinstance(where, dict) else {}), **named} if named else None
