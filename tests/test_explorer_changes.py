"""Why it changed: what is asked, how it is shown, and the page on two weeks that can be counted by hand."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import changes

WEEK = 7 * site.DAY


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def two_weeks(client: redis_py.Redis) -> None:
    """Yesterday three visits, two of Germany; a week before one German, of a source that is gone. It
    is known from the day before those that are compared.
    """
    begin = (site.now_ms() - site.DAY - WEEK) // site.DAY * site.DAY + site.DAY // 2
    site.feed(client, site.visit(8, begin - 2 * WEEK, "/"), collector="first")
    site.feed(client, site.visit(7, begin, "/", source="Hacker News", channel="Organic Social"), collector="before")
    site.ordinary(client)


ROWS = pd.DataFrame(
    {
        "dimension": ["country", "country", "page"],
        "value": ["DE", "(other)", "(rest)"],
        "before": [1, 3, -1],
        "after": [2, 1, -3],
        "contribution": [1, -2, -2],
        "excess": [2.0, 1.0, 0.0],
    }
)


def test_table() -> None:
    ROWS.attrs["change"] = -1.0
    found = changes.table(ROWS, "visitors")
    assert found.to_numpy().tolist() == [
        ["Country", "Germany", "+1", -100.0, 1, 2, "+2"],
        ["Country", "(other)", "-2", 200.0, 3, 1, "+1"],
        ["Page", "(rest)", "-2", 200.0, -1, -3, "+0"],
    ]
    told = " ".join(changes.notes(ROWS, 2))
    assert "First 2 of 3 rows" in told
    assert "(rest): values overlap" in told
    assert "(other): small values" in told


def test_a_rate_is_shown_in_points() -> None:
    rows = ROWS.assign(before=0.5, after=0.25, contribution=-0.25, rate=-0.2, mix=-0.05)
    found = changes.table(rows, "bounce_rate").iloc[0]
    assert found[["before", "after", "contribution", "rate", "mix"]].tolist() == [
        "50.0%",
        "25.0%",
        "-25.00 pp",
        "-20.00 pp",
        "-5.00 pp",
    ]
    assert "Contribution = by its rate + by its share." in changes.notes(rows, 9)


def test_figures_and_rows(client: redis_py.Redis) -> None:
    two_weeks(client)
    app = site.opened("changes", site=site.SITE, period="7d", why_by="country")
    assert not app.exception
    assert not app.error
    assert [tile.value for tile in app.metric] == ["1", "3", "+2"]
    table = app.dataframe[0].value
    assert table[["value", "before", "after", "contribution", "share"]].to_numpy().tolist() == [
        ["Germany", 1, 2, "+1", 50.0],
        ["France", 0, 1, "+1", 50.0],
    ]


def test_a_metric_and_a_dimension_are_kept_in_the_url(client: redis_py.Redis) -> None:
    two_weeks(client)
    app = site.opened("changes", site=site.SITE, period="7d")
    assert set(app.dataframe[0].value["dimension"]) >= {"Source", "Country", "Page"}
    assert "Host name" not in set(app.dataframe[0].value["dimension"])  # one value alone tells nothing
    app.selectbox(key="why_choice").set_value("bounce_rate").run()
    app.selectbox(key="why_by_choice").set_value("source").run()
    assert not app.exception
    assert site.url(app)["why"] == ["bounce_rate"]
    assert site.url(app)["why_by"] == ["source"]
    table = app.dataframe[0].value
    assert set(table["dimension"]) == {"Source"}
    # One bounce of one visit, then one of three (Direct signed up): -66.67 points in all.
    assert sum(float(text.removesuffix(" pp")) for text in table["contribution"]) == pytest.approx(-66.67, abs=0.02)


def test_conversions_of_an_event(client: redis_py.Redis) -> None:
    two_weeks(client)
    app = site.opened("changes", site=site.SITE, period="7d", why="converters", why_by="source")
    assert app.selectbox(key="why_goal_choice").value == "event:Signup"
    assert app.dataframe[0].value[["value", "contribution"]].to_numpy().tolist() == [["(direct)", "+1"]]


def test_days_that_are_not_covered_are_named(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("changes", site=site.SITE, period="7d")
    assert not app.exception
    assert " is not covered: such figures begin on " in app.warning[0].value
    assert "No change is shown" not in site.texts(app)  # the table below shows one
    assert len(app.dataframe)


def test_nothing_to_compare_with_offers_the_days_before(client: redis_py.Redis) -> None:
    two_weeks(client)
    app = site.opened("changes", site=site.SITE, period="7d", compare="none")
    assert "compared with nothing" in app.info[0].value
    app.button(key="why_compare").click().run()
    assert not app.info
    assert "compare" not in site.url(app)


def test_an_empty_range_and_no_goal_say_so(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("changes", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not app.exception
    assert app.info[0].value.startswith("No traffic in these days")
    app = site.opened("changes", site=site.SITE, from_="2024-01-01", to="2024-01-31", why="conversions")
    assert "need a goal" in app.info[0].value


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    app = site.opened("changes", site=site.SITE, period="7d", f="page__contains:<img")
    assert not app.exception
    rendered = site.texts(app)
    assert "](http://evil" not in rendered
    assert "<script" not in rendered
