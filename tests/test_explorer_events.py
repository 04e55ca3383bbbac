"""Events and goals: figures against a hand table, money by currency, properties, kept goals, hostile texts."""

from __future__ import annotations

from datetime import timedelta

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from common.frames import Traffic
from common.saved import GOAL, Saved
from explorer import events
from explorer.code import Call


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def sold(client: redis_py.Redis) -> None:
    """Three visitors of a day ago: one orders twice for euros, one once for yen, one only looks."""
    begin = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    euros = {"amount": 990, "currency": "EUR", "props": {"plan": "pro"}}
    site.feed(
        client,
        [
            *site.visit(1, begin, "/", "/thanks"),
            site.custom(1, begin + 20_000, "Order", **euros),
            site.custom(1, begin + 30_000, "Order", **(euros | {"props": {"plan": "free"}})),
            *site.visit(2, begin, "/", country="FR"),
            site.custom(2, begin + 20_000, "Order", amount=1_500, currency="JPY", country="FR"),
            *site.visit(3, begin, "/"),
        ],
    )


def opened(**params: str) -> AppTest:
    app = site.opened("events", site=site.SITE, period="7d", **params)
    assert not app.exception
    return app


def table(app: AppTest, *columns: str) -> list[tuple]:
    """The rows of the only table that has these columns."""
    found = next(frame.value for frame in app.dataframe if list(frame.value.columns) == list(columns))
    return [
        tuple(round(cell, 2) if isinstance(cell, float) else cell for cell in row) for row in found.to_numpy().tolist()
    ]


def test_figures(client: redis_py.Redis) -> None:
    sold(client)
    app = opened()
    assert table(app, "name", "visitors", "events", "rate")[0] == ("Order", 2, 3, 66.67)
    assert table(app, "name", "currency", "events", "amount", "mean") == [
        ("Order", "EUR", 2, "19.80", "9.90"),
        ("Order", "JPY", 1, "1,500", "1,500"),
    ]
    assert "**66.7%** of 3 visitors reached **Order**: 2 converters, 3 times." in site.texts(app)
    assert table(app, "name", "visitors", "converters", "conversions", "rate") == [("Google", 3, 2, 3, 66.67)]


def test_conversion_by_any_dimension_and_under_filters(client: redis_py.Redis) -> None:
    sold(client)
    app = opened(goal_by="country")
    assert table(app, "name", "visitors", "converters", "conversions", "rate") == [
        ("Germany", 2, 1, 2, 50.0),
        ("France", 1, 1, 1, 100.0),
    ]
    filtered = opened(goal_by="country", f="country:DE")
    assert table(filtered, "name", "visitors", "converters", "conversions", "rate") == [("Germany", 2, 1, 2, 50.0)]
    assert table(filtered, "name", "currency", "events", "amount", "mean") == [("Order", "EUR", 2, "19.80", "9.90")]


def test_a_goal_that_the_url_alone_names(client: redis_py.Redis) -> None:
    sold(client)
    assert "**33.3%** of 3 visitors reached **\\/thanks\\*" in site.texts(opened(goal="page:/thanks*"))
    assert "reached **Order**" in site.texts(opened(goal="nonsense"))


def test_properties(client: redis_py.Redis) -> None:
    sold(client)
    app = opened()
    found = [
        frame.value for frame in app.dataframe if list(frame.value.columns) == ["name", "visitors", "events", "rate"]
    ]
    assert sorted(found[1]["name"]) == ["free", "pro"]
    assert found[1]["rate"].round(2).tolist() == [33.33, 33.33]


def test_a_goal_is_kept_shown_and_forgotten(client: redis_py.Redis) -> None:
    sold(client)
    app = opened()
    assert "A goal is an event or a page" in site.texts(app)
    app.selectbox(key="goal_step").set_value("page:/thanks").run()
    app.text_input(key="goal_name").set_value("Thanked")
    next(button for button in app.button if button.label == "Keep").click().run()
    assert not app.exception
    assert Saved(client, site.SITE).all(GOAL) == {"Thanked": {"page": "/thanks"}}
    assert table(app, "name", "converters", "conversions", "rate") == [("Thanked", 1, 1, 33.33)]
    assert "reached **Thanked**" in site.texts(app)
    app.button(key="forget_goal_0").click().run()
    assert Saved(client, site.SITE).all(GOAL) == {}


def test_without_events_and_without_anything(client: redis_py.Redis) -> None:
    begin = site.now_ms() - 3 * site.DAY
    site.feed(client, site.visit(1, begin, "/"))
    told = site.texts(opened())
    assert "No custom events. Send one" in told
    assert "No money in these days" in told
    empty = site.opened("events", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not empty.exception
    first = pd.Timestamp(begin, unit="ms").date()
    assert f"{first + timedelta(0):%b %Y}" in empty.info[0].value


def test_hostile_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    Saved(client, site.SITE).put(GOAL, "![g](http://evil.test)", {"event": "[event](http://evil.test)"})
    told = site.texts(opened())
    assert "](http" not in told
    assert "reached **" in told


def test_the_code_that_is_shown_runs(client: redis_py.Redis) -> None:
    sold(client)
    t = Traffic(site=site.SITE, client=client)
    day = pd.Timestamp(site.now_ms() - site.DAY, unit="ms").date()
    for name, options in (
        ("conversions", {"goal": {"page": "/thanks", "name": "Thanked"}, "by": "country", "where": {}}),
        ("conversions", {"goal": ["event:Order"], "grain": "day", "where": {"country": ["DE"]}}),
        ("funnel", {"steps": ["page:/", "event:Order"], "within": 3600, "where": {}}),
        ("paths", {"at": "event:Order", "back": True, "steps": 2, "top": 5, "where": {}}),
    ):
        found = eval(Call(site.SITE, name, day, day, options).text, {"t": t})  # noqa: S307 - our own text
        assert len(found), name


def test_rated_without_anybody() -> None:
    frame = pd.DataFrame({"event": ["A"], "visitors": [0], "events": [1]})
    assert events.rated(frame, "event", 0)["rate"].isna().all()
