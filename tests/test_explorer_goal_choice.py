"""Goals to choose from: what is kept, and events, each by one name in all addresses."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from common.saved import GOAL, Saved
from explorer import goals
from explorer.goal_choice import options

KEPT = {
    "Sold": {"event": "Purchase", "where": {"prop:plan": ["pro"]}},
    "Read": {"page": "/docs/*"},
    "Broken": {"anything": 1},
}


def test_options() -> None:
    stored = [goal for name, contents in KEPT.items() if (goal := goals.goal_of(name, contents))]
    found = options(stored, ["pageview", "Signup", "(other)"])
    assert {key: goal.title for key, goal in found.items()} == {
        "goal:Sold": "Sold",
        "page:/docs/*": "Read",
        "event:Signup": "Signup",
    }


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("goal:Sold", "goal:Sold"),
        ("event:Signup", "event:Signup"),
        # As addresses said it once, and may still say it.
        ("@Sold", "goal:Sold"),
        ("@Read", "page:/docs/*"),
        ("goal:Read", "page:/docs/*"),
        ("page:/pric*", "page:/pric*"),  # nobody kept it
        ("@Gone", "page:/docs/*"),  # the first by name
    ],
)
@pytest.mark.parametrize(("page", "choice"), [("changes", "why_goal"), ("events", "goal")])
def test_every_page_understands_the_same_names(
    client: redis_py.Redis, page: str, choice: str, said: str, shown: str
) -> None:
    site.ordinary(client)
    for name in ("Sold", "Read"):
        Saved(client, site.SITE).put(GOAL, name, KEPT[name])
    day = pd.Timestamp(site.now_ms() - site.DAY, unit="ms").date().isoformat()
    app = site.opened(page, site=site.SITE, from_=day, to=day, why="conversion_rate", **{choice: said})
    assert not app.exception
    assert app.selectbox(key=f"{choice}_choice").value == shown
