"""Compare: two segments side by side, by hand."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from common.saved import SEGMENT, Saved
from explorer import compare, segments


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    return redis


def test_beside() -> None:
    first = pd.DataFrame({"page": ["/", "/a"], "visitors": [6, 4]})
    second = pd.DataFrame({"page": ["/", "/b"], "visitors": [10, 10]})
    assert compare.beside(first, second, "page", [10, 20]).to_numpy().tolist() == [
        ["/b", 0, 0, 10, 0.5, -0.5],
        ["/a", 4, 0.4, 0, 0, 0.4],
        ["/", 6, 0.6, 10, 0.5, pytest.approx(0.1)],
    ]


def test_this_view_against_everyone(client: redis_py.Redis) -> None:
    app = site.opened("compare", site=site.SITE, period="7d", f="country:DE")
    assert not app.exception
    figures = app.dataframe[0].value.set_index("metric")
    assert figures.loc["Visitors"].tolist() == ["2", "3", "-1", "-33.3%"]
    assert figures.loc["Bounce rate", "difference"] == "-33.33 pp"
    assert [tile.value for tile in app.metric] == ["2"]
    rows = app.dataframe[1].value.set_index("channel")
    assert rows.loc["Direct", ["a", "share_a", "b", "difference"]].tolist() == [1, 50.0, 1, "+16.7 pp"]


def test_two_kept_segments_and_their_overlap(client: redis_py.Redis) -> None:
    saved = Saved(client, site.SITE)
    saved.put(SEGMENT, "Front", {"f": ["page:/"]})
    link = segments.encode([("page", "/pricing")])
    app = site.opened("compare", site=site.SITE, period="7d", a="@Front", b=link)
    assert not app.exception
    assert app.dataframe[0].value.set_index("metric").loc["Visitors", ["a", "b"]].tolist() == ["2", "2"]
    assert app.metric[0].value == "1"  # who read both
    assert "of whom 50.0% are in both" in site.texts(app)
    app.button(key="compare_swap").click().run()
    assert not app.exception
    assert (site.url(app)["a"], site.url(app)["b"]) == ([link], ["@Front"])
    app.selectbox(key="b_choice").set_value("all").run()
    assert "b" not in site.url(app)


def test_a_breakdown_is_chosen_and_a_metric(client: redis_py.Redis) -> None:
    app = site.opened("compare", site=site.SITE, period="7d", f="country:DE")
    app.selectbox(key="compare_by_choice").set_value("page").run()
    app.segmented_control(key="compare_metric_choice").set_value("bounce_rate").run()
    assert not app.exception
    assert set(app.dataframe[1].value["page"]) == {"/", "/pricing", "/docs"}
    assert "A visitor can be in several rows." in site.texts(app)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "Both are the same"),
        ({"a": "all", "b": "view"}, "Both are the same"),
        ({"f": "country:JP", "b": "f=country%3AKR"}, "Nothing matches these filters"),
    ],
)
def test_nothing_to_compare(client: redis_py.Redis, params: dict, text: str) -> None:
    app = site.opened("compare", site=site.SITE, period="7d", **params)
    assert not app.exception
    assert text in app.info[0].value


def test_a_name_that_is_not_kept(client: redis_py.Redis) -> None:
    app = site.opened("compare", site=site.SITE, period="7d", a="@![x](http://evil.test)")
    assert not app.exception
    assert app.warning[0].value.startswith("No segment is kept as ")
    assert "](http://evil" not in app.warning[0].value


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    site.hostile(client, "hostile.example")
    app = site.opened("compare", site="hostile.example", period="7d", f=f"page:{site.HOSTILE[1]}")
    assert not app.exception
    assert "](http://evil" not in site.texts(app)


def test_without_any_site(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    app = site.opened("compare")
    assert not app.exception
    assert app.text_input(key="new_site").value == ""


def test_a_pair_to_begin_with(client: redis_py.Redis) -> None:
    app = site.opened("compare", site=site.SITE, period="7d")
    app.button(key="compare_pair_0").click().run()
    assert not app.exception
    assert (site.url(app)["a"], site.url(app)["b"]) == (["f=device%3AMobile"], ["f=device%3ADesktop"])
    assert not app.info
