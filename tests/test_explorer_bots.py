"""Bots: classes apart, what bots are called and read, and a rule tried."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import bots, segments
from explorer.view import View, decode


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def view(*filters: str) -> View:
    return decode({"f": filters}, site.SITE, pd.Timestamp("2026-05-05").date())


def test_of_class() -> None:
    assert bots.of_class(view("country:DE", "class:ai"), "bot") == {"country": ["DE"], "class": ["bot"]}


def test_tables() -> None:
    total = pd.DataFrame(
        {"class": ["human", "bot"], "visitors": [9, 1], "visits": [8, 2], "pageviews": [30, 10], "events": [31, 10]}
    )
    assert bots.classes(total).to_numpy().tolist() == [
        ["Humans", 30, 8, 9, 31, 75.0],
        ["Bots", 10, 2, 1, 10, 25.0],
    ]
    frame = total.drop(columns="class").iloc[[0, 1, 0]].assign(bounce_rate=0.5, visit_duration=61.0)
    frame["which"], frame["visits"] = ["before", "matched", "after"], [8, 2, 6]
    assert bots.trial(frame)[["which", "visits", "bounce_rate", "visit_duration", "change"]].to_numpy().tolist() == [
        ["Now", 8, "50.0%", "1m 01s", ""],
        ["Would be bots", 2, "50.0%", "1m 01s", ""],
        ["Would be left", 6, "50.0%", "1m 01s", "-25.0%"],
    ]


def test_classes_names_and_pages(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("bots", site=site.SITE, period="7d")
    assert not app.exception
    classes, names, pages = (frame.value for frame in app.dataframe)
    assert classes[["name", "pageviews"]].to_numpy().tolist() == [["Humans", 5], ["Bots", 1]]
    assert names[["name", "pageviews", "share"]].to_numpy().tolist() == [["Firefox", 1, 100]]
    assert pages[["name", "visits"]].to_numpy().tolist() == [["/", 1]]
    app.segmented_control(key="bots_of_choice").set_value("ai").run()
    assert "No AI agents in these days." in site.texts(app)


def test_a_rule_is_tried(client: redis_py.Redis) -> None:
    site.ordinary(client)
    rule = segments.encode([("country", "FR")])
    app = site.opened("bots", site=site.SITE, period="7d", rule=rule)
    assert not app.exception
    tried, visits = app.dataframe[-2].value, app.dataframe[-1].value
    assert tried[["visits", "pageviews"]].to_numpy().tolist() == [[3, 5], [1, 1], [2, 4]]
    assert visits[["entry_page", "country"]].to_numpy().tolist() == [["/", "FR"]]
    assert "No setting makes such a rule permanent" in site.texts(app)
    app.button(key="rule_out").click().run()
    assert site.url(app)["f"] == ["country__not:FR"]
    app.button(key="rule_0").click().run()
    assert "rule" not in site.url(app)


def test_the_views_filters_become_a_rule(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("bots", site=site.SITE, period="7d", f="page:/pricing")
    app.button(key="rule_take").click().run()
    assert not app.exception
    assert "f" not in site.url(app)
    assert segments.decode(site.url(app)["rule"][0]) == (("page", "/pricing"),)
    # The whole visits that hold such an event go, the three pages of the first as well.
    assert app.dataframe[-2].value["pageviews"].tolist() == [5, 4, 1]
    assert not [button for button in app.button if button.key == "rule_out"]


def test_empty_and_hostile(client: redis_py.Redis) -> None:
    site.hostile(client)
    app = site.opened("bots", site=site.SITE, period="7d", rule=segments.encode([("page", site.HOSTILE[2])]))
    assert not app.exception
    assert "](http://evil" not in site.texts(app)
    app = site.opened("bots", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not app.exception
    assert app.info[0].value.startswith("No traffic in these days")
