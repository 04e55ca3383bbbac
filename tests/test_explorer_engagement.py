"""Engagement: the same three visits under every definition, and the definition in the URL."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from common.bounce import GA4, PLAUSIBLE, own
from explorer import engagement

SHAPES = pd.DataFrame(
    [("3+", "30+", "n", 4), ("1", "<1", "n", 3), ("1", "<10", "y", 2), ("1", "<30", "n", 1)],
    columns=["pageviews", "engaged", "interactive", "visits"],
)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_compared() -> None:
    found = engagement.compared([PLAUSIBLE, GA4], SHAPES, SHAPES.head(2))
    assert found[["rule", "visits", "bounces", "bounce_rate", "engagement_rate"]].to_numpy().tolist() == [
        ["Plausible", 10, 4, 0.4, 0.6],
        ["Google Analytics 4", 10, 3, 0.3, 0.7],
    ]
    assert found["before"].tolist() == pytest.approx([3 / 7, 3 / 7])
    shown = engagement.shown(found)
    assert shown.loc[0, ["bounce_rate", "before", "change"]].tolist() == ["40.0%", "42.9%", "-2.86 pp"]
    assert "change" not in engagement.shown(engagement.compared([GA4], SHAPES, None))


def test_table() -> None:
    assert engagement.table(SHAPES).to_numpy().tolist() == [
        ["1", "no", 3, 0, 1, 0],
        ["1", "yes", 0, 2, 0, 0],
        ["3+", "no", 0, 0, 0, 4],
    ]
    assert list(engagement.table(SHAPES).columns[2:]) == ["<1 s", "<10 s", "<30 s", "30+ s"]


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        (GA4, {}),
        (own(30, 3, True), {}),
        (own(15, 2, True), {"seconds": [1.0, 10.0, 15.0, 30.0]}),
        (own(10, 5, True), {"seconds": [1.0, 10.0, 30.0], "pages": 5}),
    ],
)
def test_question(rule: object, asked: dict) -> None:
    assert engagement.question(rule) == asked  # type: ignore[arg-type]


def test_definitions_side_by_side(client: redis_py.Redis) -> None:
    """Three pages; one page; one page and a sign-up."""
    site.ordinary(client)
    app = site.opened("engagement", site=site.SITE, period="7d", bounce="own:0:4:0")
    assert not app.exception
    assert app.dataframe[0].value[["rule", "visits", "bounces", "bounce_rate"]].to_numpy().tolist() == [
        ["Your own", 3, 3, "100.0%"],
        ["Plausible", 3, 1, "33.3%"],
        ["Umami", 3, 2, "66.7%"],
        ["Google Analytics 4", 3, 1, "33.3%"],
    ]
    assert "From raw events" in site.texts(app)


def test_the_definition_is_kept_in_the_url(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("engagement", site=site.SITE, period="7d")
    assert "From rollups" in site.texts(app)
    app.segmented_control(key="bounce_choice").set_value("umami").run()
    assert site.url(app)["bounce"] == ["umami"]
    app.segmented_control(key="bounce_choice").set_value("own").run()
    assert site.url(app)["bounce"] == ["own:10:2:1"]
    app.number_input(key="own_seconds").set_value(30.0).run()
    assert site.url(app)["bounce"] == ["own:30:2:1"]
    assert app.segmented_control(key="bounce_choice").value == "own"
    app.segmented_control(key="bounce_choice").set_value("plausible").run()
    assert "bounce" not in site.url(app)
    assert not app.exception


@pytest.mark.parametrize("chosen", ["country:FR", "class:bot"])
def test_under_filters(client: redis_py.Redis, chosen: str) -> None:
    site.ordinary(client)
    app = site.opened("engagement", site=site.SITE, period="7d", f=chosen)
    assert not app.exception
    assert app.dataframe[0].value["visits"].tolist() == [1, 1, 1]


def test_an_empty_range_says_so(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("engagement", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not app.exception
    assert app.info[0].value.startswith("No traffic in these days")
