"""Goals to choose from: what is kept, and events."""

from __future__ import annotations

from explorer.goal_choice import options, step

KEPT = {
    "Sold": {"event": "Purchase", "where": {"prop:plan": ["pro"]}},
    "Read": {"page": "/docs/*"},
    "Broken": {"anything": 1},
}


def test_options() -> None:
    assert options(KEPT, ["pageview", "Signup", "(other)"]) == {
        "@Sold": "Sold",
        "@Read": "Read",
        "event:Signup": "Event Signup",
    }


def test_steps() -> None:
    assert step("event:Signup", KEPT) == "event:Signup"
    assert step("@Sold", KEPT) == {"prop:plan": ["pro"], "event": "Purchase"}
    assert step("@Read", KEPT) == {"page": "/docs/*"}
    assert step("@Broken", KEPT) is None
