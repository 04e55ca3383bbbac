"""Journeys: figures against a hand table, choices in the URL, what a click filters by, hostile texts, nothing."""

from __future__ import annotations

from datetime import date

import explorer_site as site
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from explorer import journeys
from explorer.view import decode


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def opened(**params: str) -> AppTest:
    app = site.opened("journeys", site=site.SITE, period="7d", **params)
    assert not app.exception
    return app


def pairs(app: AppTest) -> set[tuple]:
    return set(app.dataframe[0].value[["from", "to", "count"]].itertuples(index=False, name=None))


def test_figures(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened()
    assert pairs(app) == {
        ("(entry)", "/", 2),
        ("(entry)", "/pricing", 1),
        ("/", "/pricing", 1),
        ("/pricing", "/docs", 1),
        ("/", "(exit)", 1),
        ("/docs", "(exit)", 1),
        ("/pricing", "(exit)", 1),
    }
    assert "3 visits, from their first page." in site.texts(app)
    assert list(site.figures(app)) == ["flow_chart"]


def test_around_an_event(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened(at="event:Signup", way="back", hops="2")
    assert "1 visits that came by, from the last time they did." in site.texts(app)
    app.selectbox(key="at_choice").set_value("page:/docs").run()
    assert site.url(app)["at"] == ["page:/docs"]
    assert app.selectbox(key="at_choice").value == "page:/docs"
    nowhere = opened(at="page:/nowhere")
    assert "No visit came by" in site.texts(nowhere)


def test_filters_choose_visits(client: redis_py.Redis) -> None:
    site.ordinary(client)
    told = site.texts(opened(f="page:/docs"))
    assert "1 visits, from their first page." in told
    assert "choose visits that hold such an event" in told


def test_a_site_of_events_alone(client: redis_py.Redis) -> None:
    begin = site.now_ms() - site.DAY
    site.feed(client, [site.custom(1, begin, "Look"), site.custom(1, begin + 1_000, "Buy")])
    app = opened()
    assert "No pageviews in these days, but events" in site.texts(app)
    app.button(key="show_events").click().run()
    assert site.url(app)["items"] == ["all"]
    assert "1 visits, from their first step." in site.texts(app)


def test_nothing_and_hostile_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    assert "](http" not in site.texts(opened(at=f"page:{site.HOSTILE[1]}"))
    empty = site.opened("journeys", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not empty.exception
    assert "No pageviews in these days." in site.texts(empty)


@pytest.mark.parametrize(
    ("item", "column", "at_entry", "found"),
    [
        ("/a", 0, True, [("entry_page", "/a")]),
        ("/a", 1, True, [("page", "/a")]),
        ("/a", 0, False, [("page", "/a")]),
        ("Signup", 0, False, [("event", "Signup")]),
        ("Signup", 0, True, [("event", "Signup")]),
        ("(other pages)", 1, True, []),
        ("(exit)", 1, True, []),
    ],
)
def test_filters_of(item: str, column: int, at_entry: bool, found: list) -> None:
    assert journeys.filters_of(item, column, at_entry) == found


@pytest.mark.parametrize(
    ("origin", "target", "column", "at_entry", "found"),
    [
        ("/a", "/b", 0, True, [("entry_page", "/a"), ("page", "/b")]),
        ("/a", "/b", 1, True, [("page", "/b")]),
        ("/a", "(exit)", 1, True, [("exit_page", "/a")]),
        ("(other pages)", "(exit)", 1, True, []),
        ("Signup", "(exit)", 1, True, [("event", "Signup")]),
        ("(entry)", "/b", 0, False, [("page", "/b")]),
        ("/a", "(other pages)", 0, True, [("entry_page", "/a")]),
    ],
)
def test_filters_of_a_flow(origin: str, target: str, column: int, at_entry: bool, found: list) -> None:
    assert journeys.filters_of_link(origin, target, column, at_entry) == found


def test_options_of() -> None:
    def options(**params: list[str]) -> dict:
        return journeys.options_of(decode(params, "a.com", date(2026, 11, 25)))

    assert options() == {"at": None, "back": False, "steps": 3, "top": 8, "self_transitions": False, "events": False}
    found = options(at=["page:/x"], way=["back"], hops=["4"], top=["12"], reloads=["1"], items=["all"])
    assert found == {"at": "page:/x", "back": True, "steps": 4, "top": 12, "self_transitions": True, "events": True}
    assert options(at=["x"], hops=["99"], top=["many"])["steps"] == 3
