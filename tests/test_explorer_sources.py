"""Channels open into sources, these into campaigns, by filters alone."""

from __future__ import annotations

from datetime import date

import explorer_site as site
import pytest
import redis as redis_py

from explorer import sources
from explorer.view import View

VIEW = View("a.com", "28d", date(2026, 11, 1), date(2026, 11, 2))
SEARCH, GOOGLE, BRAND = ("channel", "Organic Search"), ("source", "Google"), ("utm_campaign", "brand")
COUNTRY = ("country", "DE")


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def of(*chosen: tuple[str, str]) -> View:
    view = VIEW
    for dimension, value in chosen:
        view = view.adding(dimension, value)
    return view


@pytest.mark.parametrize(
    ("view", "level"),
    [
        (of(), "channel"),
        (of(COUNTRY), "channel"),
        (of(SEARCH), "source"),
        (of(SEARCH, ("channel", "Direct")), "channel"),  # either of two: still to be told apart
        (of(("channel__not", "Direct")), "channel"),
        (of(GOOGLE), "channel"),
        (of(SEARCH, GOOGLE), "utm_campaign"),
        (of(SEARCH, GOOGLE, BRAND), "utm_campaign"),
    ],
)
def test_the_level_is_the_first_that_is_open(view: View, level: str) -> None:
    assert sources.level(view) == level


def test_down_and_up_again() -> None:
    view = of(COUNTRY).choosing("sources", "channel").choosing("sources_q", "organic")
    down = sources.opened(sources.opened(view, *SEARCH), *GOOGLE)
    assert down.filters == (COUNTRY, SEARCH, GOOGLE)
    assert down.choices == ()
    assert sources.closed(down, 1).filters == (COUNTRY, SEARCH)
    assert sources.closed(down, 0).filters == (COUNTRY,)


def test_what_has_nothing_below_it_stays() -> None:
    view = of().choosing("sources", "referrer")
    assert sources.opened(view, "referrer", "google.com").choice("sources") == "referrer"


def test_levels_on_the_page(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("sources", site=site.SITE, period="7d")
    assert not app.exception
    assert app.dataframe[0].value["name"].tolist() == ["Organic Search", "Direct"]
    assert "2 rows sum to 3 visits and 5 pageviews: the total." in site.texts(app)
    deeper = site.opened("sources", site=site.SITE, period="7d", f="channel:Organic Search")
    assert deeper.dataframe[0].value["name"].tolist() == ["Google"]
    deepest = site.opened("sources", site=site.SITE, period="7d", f=["channel:Organic Search", "source:Google"])
    assert deepest.dataframe[0].value["name"].tolist() == ["(none)"]
    assert [deepest.button(key=f"path_{n}").label for n in range(3)] == ["All channels", "Organic Search", "Google"]
    deepest.button(key="path_1").click().run()
    assert site.url(deepest)["f"] == ["channel:Organic Search"]
    assert deepest.dataframe[0].value["name"].tolist() == ["Google"]
    deepest.button(key="path_0").click().run()
    assert "f" not in site.url(deepest)


@pytest.mark.parametrize("tab", sources.TABS)
def test_tabs_with_data_without_and_with_hostile_texts(client: redis_py.Redis, tab: str) -> None:
    site.hostile(client)
    app = site.opened("sources", site=site.SITE, period="7d", sources=tab)
    assert not app.exception
    assert len(app.dataframe[0].value) == 1
    assert "](http" not in site.texts(app)
    empty = site.opened("sources", site=site.SITE, from_="2024-01-01", to="2024-01-02", sources=tab)
    assert not empty.exception
    assert empty.info[0].value.startswith("No traffic in these days.")


def test_a_hostile_path(client: redis_py.Redis) -> None:
    site.hostile(client)
    app = site.opened("sources", site=site.SITE, period="7d", f=["channel:=cmd()", "source:[source](http://evil.test)"])
    assert not app.exception
    assert "](http" not in app.button(key="path_2").label


@pytest.mark.parametrize(
    ("filters", "path", "expected"),
    [
        ([COUNTRY], ["Organic Search"], [COUNTRY, SEARCH]),
        ([COUNTRY], ["Organic Search", "Google", "brand"], [COUNTRY, SEARCH, GOOGLE, BRAND]),
        # What was chosen of the same levels gives way, so that the cell is alone; what is left out stays so.
        ([("channel", "Direct"), SEARCH, ("source__not", "Bing")], ["Organic Search", "Google"],
         [("source__not", "Bing"), SEARCH, GOOGLE]),
        # Again: first what lies below goes, then the cell itself.
        ([COUNTRY, SEARCH, GOOGLE], ["Organic Search"], [COUNTRY, SEARCH]),
        ([COUNTRY, SEARCH], ["Organic Search"], [COUNTRY]),
        ([SEARCH, GOOGLE, BRAND], ["Organic Search", "Google", "brand"], [SEARCH, GOOGLE]),
    ],
)  # fmt: skip
def test_a_cell_of_the_tree_alone(
    filters: list[tuple[str, str]], path: list[str], expected: list[tuple[str, str]]
) -> None:
    assert list(sources.narrowed(of(*filters), path).filters) == expected


def test_the_tree_on_the_page(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("sources", site=site.SITE, period="7d", sources_chart="tree")
    assert not app.exception
    assert "3 visits; parts add up to what they are of." in site.texts(app)
    assert app.button(key="code:tree")
    assert site.url(app)["sources_chart"] == ["tree"]


def test_the_tree_with_hostile_texts_and_without_data(client: redis_py.Redis) -> None:
    site.hostile(client)
    app = site.opened("sources", site=site.SITE, period="7d", sources_chart="tree")
    assert not app.exception
    assert "](http" not in site.texts(app)
    empty = site.opened("sources", site=site.SITE, from_="2024-01-01", to="2024-01-02", sources_chart="tree")
    assert empty.info[0].value.startswith("No traffic in these days.")
