"""Funnels: figures against a hand table, steps in the URL, kept funnels, hostile texts, nothing at all."""

from __future__ import annotations

from datetime import date

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from common.saved import FUNNEL, Saved
from explorer import funnel_form, funnels, steps
from explorer.view import decode

STEPS = "page:/pricing>event:Signup"


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def opened(**params: str) -> AppTest:
    app = site.opened("funnels", site=site.SITE, period="7d", **params)
    assert not app.exception
    return app


def rows(app: AppTest) -> list[tuple]:
    table = app.dataframe[0].value
    return [tuple(row) for row in table[["name", "visitors", "dropped"]].itertuples(index=False)]


def test_figures(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened(steps=STEPS)
    assert rows(app) == [("/pricing", 2, 0), ("Signup", 1, 1)]
    assert "50.0% of 2 visitors came to the last step" in site.texts(app)
    assert "Exact within one visit." in site.texts(app)


def test_an_example_to_begin_with(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened()
    assert "An example to begin with" in site.texts(app)
    assert [name for name, *_ in rows(app)] == ["/pricing", "Signup"]
    assert "steps" not in site.url(app)


def test_steps_are_added_moved_and_removed_in_the_url(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened(steps=STEPS)
    app.button(key="add_step").click().run()
    assert site.url(app)["steps"] == [f"{STEPS}>page:"]
    app.selectbox(key="step_2").set_value("page:/docs").run()
    assert site.url(app)["steps"] == [f"{STEPS}>page:/docs"]
    assert rows(app)[-1] == ("/docs", 0, 1)
    app.button(key="up_2").click().run()
    assert site.url(app)["steps"] == ["page:/pricing>page:/docs>event:Signup"]
    app.button(key="remove_0").click().run()
    assert site.url(app)["steps"] == ["page:/docs>event:Signup"]
    app.button(key="remove_1").click().run()
    assert "A funnel needs two steps" in site.texts(app)
    assert not app.exception


def test_window_and_split(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened(steps="page:/>page:/p*", within="3600", split="country")
    found = app.dataframe[0].value
    assert list(found[["value", "name", "visitors"]].itertuples(index=False, name=None)) == [
        ("Germany", "/", 1),
        ("Germany", "/p*", 1),
        ("France", "/", 1),
        ("France", "/p*", 0),
    ]
    assert "within 3600 s of the first step" in site.texts(app)
    app.selectbox(key="within_choice").set_value("86400").run()
    assert site.url(app)["within"] == ["86400"]


def test_filters_on_events_choose_whole_visits(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened(steps=STEPS, f="event:Signup")
    assert rows(app) == [("/pricing", 1, 0), ("Signup", 1, 0)]
    assert "choose visits that hold such an event" in site.texts(app)


def test_a_funnel_is_kept_opened_and_forgotten(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = opened(steps=STEPS, within="3600")
    app.text_input(key="name_funnel").set_value("Sign [up](http://evil.test)")
    next(button for button in app.button if button.label == "Keep").click().run()
    kept = Saved(client, site.SITE).all(FUNNEL)
    assert kept == {"Sign [up](http://evil.test)": {"steps": ["page:/pricing", "event:Signup"], "within": 3600}}
    fresh = opened()
    fresh.button(key="open_funnel_0").click().run()
    assert (site.url(fresh)["steps"], site.url(fresh)["within"]) == ([STEPS], ["3600"])
    assert "](http" not in site.texts(fresh)
    fresh.button(key="drop_funnel_0").click().run()
    assert Saved(client, site.SITE).all(FUNNEL) == {}


def test_nobody_and_nothing(client: redis_py.Redis) -> None:
    site.ordinary(client)
    assert "Nobody took the first step, /nowhere" in site.texts(opened(steps="page:/nowhere>event:Signup")).replace(
        "\\", ""
    )
    empty = site.opened("funnels", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not empty.exception
    assert empty.info[0].value.startswith("No traffic in these days.")
    assert "A funnel needs two steps" in site.texts(opened(steps="page:/"))


def test_hostile_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    app = opened(
        steps=steps.encode([f"page:{site.HOSTILE[0]}", f"page:{site.HOSTILE[4]}", "event:[event](http://evil.test)"])
    )
    assert [count for _, count, _ in rows(app)] == [1, 1, 1]
    assert "](http" not in site.texts(app)


def test_options_of() -> None:
    def view(**params: list[str]):  # type: ignore[no-untyped-def]
        return decode({"period": ["7d"], **params}, "a.com", date(2026, 11, 25))

    assert funnels.options_of(view(), ["page:/"]) == {
        "steps": ["page:/"],
        "within": "visit",
        "by": None,
        "whole_visits": False,
    }
    found = funnels.options_of(view(within=["60"], split=["country"], f=["page:/x"]), [])
    assert (found["within"], found["by"], found["whole_visits"]) == (60, "country", True)
    assert funnels.options_of(view(within=["soon"], split=["colour"]), [])["by"] is None
    assert funnels.options_of(view(within=["0"]), [])["within"] == "visit"


def test_moved() -> None:
    assert funnel_form.moved(["a", "b", "c"], 2) == ["a", "c", "b"]
    assert funnel_form.moved(["a", "b"], 0) == ["a", "b"]


def test_example() -> None:
    assert funnels.example(["event:Buy", "page:/", "page:/a"]) == ["page:/", "event:Buy"]
    assert funnels.example(["page:/", "page:/a"]) == ["page:/", "page:/a"]
    assert funnels.example([]) == ["page:", "page:"]


def test_sentence_names_where_most_are_lost() -> None:
    frame = pd.DataFrame(
        {
            "name": ["/", "/a", "/b"],
            "visitors": [100, 20, 10],
            "from_first": [1, 0.2, 0.1],
            "from_previous": [1, 0.2, 0.5],
            "seconds": [0, 30, 90.0],
        }
    )
    told = " ".join(funnels.sentence(frame, decode({}, "a.com", pd.Timestamp("2026-11-25").date()), None, None))
    assert told.startswith("10.0% of 100 visitors came to the last step, half of them within 1m 30s.")
    assert r"Most are lost before **\/a**: 80.0%" in told
