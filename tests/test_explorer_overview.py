"""The overview: figures, what they are compared with, and what an empty range says."""

from __future__ import annotations

from datetime import date, timedelta

import explorer_site as site
import pytest
import redis as redis_py

from explorer import overview
from explorer.view import decode

TODAY = date(2026, 11, 25)
NOT_COVERED = "No change is shown, since 12–18 Nov 2026 is not covered"
VIEW = decode({"period": ["7d"]}, "a.com", TODAY)


@pytest.mark.parametrize(
    ("first", "running", "text"),
    [
        (date(2026, 11, 12), False, "Change against 12–18 Nov 2026."),
        (date(2026, 11, 12), True, "Change against 12–18 Nov 2026, which is over; today is not."),
        (date(2026, 11, 13), True, f"{NOT_COVERED}: such figures begin on Fri 13 Nov 2026."),
        (None, True, f"{NOT_COVERED}."),
    ],
)  # fmt: skip
def test_comparison(first: date | None, running: bool, text: str) -> None:
    assert overview.comparison(VIEW, running, first) == text


@pytest.mark.parametrize(
    ("filters", "raw_since", "texts"),
    [
        ([], None, []),
        (["country:DE"], None, []),
        (["country:DE"], date(2026, 11, 1), []),  # lies before the view
        (["page:/"], None, ["The filters choose events"]),
        (["country:DE"], date(2026, 11, 20), ["kept since Fri 20 Nov 2026: earlier days are missing"]),
        (["page:/"], date(2026, 11, 20), ["earlier days are missing", "The filters choose events"]),
    ],
)
def test_choosing(filters: list[str], raw_since: date | None, texts: list[str]) -> None:
    told = overview.choosing(decode({"period": ["7d"], "f": filters}, "a.com", TODAY), raw_since)
    assert bool(told) == bool(texts)
    assert all(text in told for text in texts)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_figures(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened(site=site.SITE, period="7d")
    assert not app.exception
    assert {title: value for title, (value, _) in site.tiles(app).items()} == {
        "Visitors": "3",
        "Visits": "3",
        "Pageviews": "5",
        "Views per visit": "1.67",
        "Bounce rate": "33.3%",
        "Visit duration": "8s",
        "Live now": "0",
    }
    assert site.lists(app) == {
        "Page": [["/pricing", "2", "66.7%", "2"], ["/", "2", "66.7%", "2"], ["/docs", "1", "33.3%", "1"]],
        "Channel": [["Organic Search", "2", "66.7%", "4"], ["Direct", "1", "33.3%", "1"]],
        "Country": [["Germany", "2", "66.7%", "4"], ["France", "1", "33.3%", "1"]],
        "Device": [["Desktop", "2", "66.7%", "4"], ["Mobile", "1", "33.3%", "1"]],
        "Event": [["Signup", "1", "33.3%", "1"]],  # and no row for pageviews
    }


def test_a_filter_holds_everywhere(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened(site=site.SITE, period="7d", f="country:FR")
    assert not app.exception
    shown = site.lists(app)
    assert shown["Country"] == [["France", "1", "100.0%", "1"]]
    assert shown["Page"] == [["/", "1", "100.0%", "1"]]
    assert "From raw events." in site.texts(app)


def test_an_empty_range_names_the_first_day_and_goes_there(client: redis_py.Redis) -> None:
    site.ordinary(client)
    noon = date.today() - timedelta(days=1)
    app = site.opened(site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not app.exception
    assert f"{noon:%b %Y}" in app.info[0].value
    app.button(key="empty_jump").click().run()
    assert site.url(app)["from"] == [noon.isoformat()]
    assert site.tiles(app)["Visitors"][0] == "3"


def test_filters_that_match_nothing_say_so(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened(site=site.SITE, period="7d", f="country:JP")
    assert app.info[0].value.startswith("Nothing matches these filters")
    app.button(key="empty_clear").click().run()
    assert not app.info
