"""Goals as they are kept, chosen and asked for."""

from __future__ import annotations

from typing import Any

import pytest

from explorer import goals
from explorer.goals import Goal


@pytest.mark.parametrize(
    ("contents", "goal"),
    [
        ({"event": "Signup"}, Goal("event:Signup", "G", {"event": "Signup", "name": "G"}, "G")),
        ({"page": "/a*"}, Goal("page:/a*", "G", {"page": "/a*", "name": "G"}, "G")),
        (
            {"event": "Signup", "where": {"prop:plan": "pro", "country": "DE"}},
            Goal("goal:G", "G", {"event": "Signup", "prop:plan": "pro", "name": "G"}, "G"),
        ),
        ({"event": ""}, None),
        ({}, None),
    ],
)
def test_goal_of(contents: dict[str, Any], goal: Goal | None) -> None:
    assert goals.goal_of("G", contents) == goal


def test_what_can_be_chosen_and_what_is() -> None:
    kept = [Goal("event:Buy", "Bought", {"event": "Buy"}, "Bought")]
    among = goals.options(kept, ["event:Buy", "event:Look"])
    assert [goal.title for goal in among.values()] == ["Bought", "Look"]
    assert goals.picked("event:Look", among) == Goal("event:Look", "Look", "event:Look")
    assert goals.picked("page:/x*", among) == Goal("page:/x*", "/x*", "page:/x*")
    assert goals.picked("", among) == kept[0]
    assert goals.picked("", {}) is None
