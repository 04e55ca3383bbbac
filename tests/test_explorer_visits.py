"""The list of visits: newest first, page by page, each with its timeline; visitors by a day's letters alone."""

from __future__ import annotations

from datetime import date, timedelta

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import visits
from explorer.view import decode

TODAY = date(2026, 11, 25)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


@pytest.mark.parametrize(
    ("asked", "pages", "number"),
    [("", 9, 1), ("3", 9, 3), ("99", 9, 9), ("0", 9, 1), ("-1", 9, 1), ("x", 9, 1), ("²", 9, 1), ("9" * 30, 9, 1)],
)
def test_page_number(asked: str, pages: int, number: int) -> None:
    view = decode({"p": [asked]} if asked else {}, "a.com", TODAY)
    assert visits.page_number(view, pages) == number


def test_a_visitors_letters_are_of_one_day() -> None:
    today, tomorrow = (visits.short_name(12345, TODAY + timedelta(days=n)) for n in (0, 1))
    assert len(today) == 4
    assert today != tomorrow
    assert today == visits.short_name(12345, TODAY)
    assert len({visits.short_name(number, TODAY) for number in range(1_000)}) > 990


ROW = {
    "start": pd.Timestamp("2026-11-25 14:05:09", tz="UTC"), "entry_page": "/a", "exit_page": "/b", "pageviews": 3,
    "events": 4, "source": "Google", "country": "DE", "device": "Desktop", "duration": 125.0, "visitor": 7,
    "channel": "Organic Search", "referrer": "google.com", "engagement": 30.0, "bounce": False, "city": "(none)",
}  # fmt: skip


def test_heading_and_facts() -> None:
    said = visits.heading(ROW).replace("\\", "").replace("\u2003", " ").replace("\u2060", "")
    assert said == (
        "**25 Nov 14:05** /a → /b :gray[Google · Germany · Desktop · 3 views · 1 event · 2m 05s]"
    )  # fmt: skip
    one = {**ROW, "exit_page": "/a", "pageviews": 1, "events": 1, "country": "(none)", "duration": 0.0}
    said = visits.heading(one).replace("\\", "").replace("\u2003", " ")
    assert said == "**25 Nov 14:05** /a :gray[Google · Desktop · 1 view · 0s]"
    told = visits.facts(ROW)
    assert told[0] == f"Visitor **{visits.short_name(7, TODAY)}**"
    assert "Channel Organic Search" in told
    assert not any("City" in text for text in told)
    assert visits.facts({**ROW, "bounce": True})[-1] == "bounced"


def test_newest_first_and_one_unfolds(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("visits", site=site.SITE, period="7d")
    assert not app.exception
    headings = [part.label.replace("\\", "") for part in app.expander]
    assert [text.split("\u2003")[1] for text in headings] == ["/pricing", "/", "/ → /docs"]
    assert not app.dataframe
    number = _number(client, 0)
    app = site.opened("visits", site=site.SITE, period="7d", visit=str(number))
    assert not app.exception
    (frame,) = [frame.value for frame in app.dataframe]
    assert frame[["after", "event", "page", "with"]].to_numpy().tolist() == [
        ["+0s", "pageview", "/pricing", ""],
        ["+5s", "Signup", "/pricing", "plan: pro"],
    ]
    assert "Source" in site.texts(app)


def _number(client: redis_py.Redis, newest: int) -> int:
    from common.frames import Traffic

    traffic = Traffic(site=site.SITE, client=client)
    found = traffic.visits(traffic.today() - timedelta(days=3), traffic.today())
    return int(found["visit"].iloc[-1 - newest])


def test_every_page_is_reached(client: redis_py.Redis) -> None:
    begin = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    events = [event for n in range(30) for event in site.visit(100 + n, begin + n * 60_000, f"/{n}")]
    site.feed(client, events)
    pages = []
    for number in ("1", "2"):
        app = site.opened("visits", site=site.SITE, period="7d", p=number)
        assert not app.exception
        pages.append([part.label.split("\u2003")[1].replace("\\", "") for part in app.expander])
    assert [len(page) for page in pages] == [25, 5]
    assert pages[0] + pages[1] == [f"/{n}" for n in range(29, -1, -1)]
    assert "30 visits" in site.texts(app)


def test_filters_hold_and_nothing_is_said_kindly(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("visits", site=site.SITE, period="7d", f="country:FR")
    assert len(app.expander) == 1
    app = site.opened("visits", site=site.SITE, period="7d", f="country:JP")
    assert app.info[0].value == "Nothing matches these filters in these days."
    assert not app.exception
    app = site.opened("visits", site=site.SITE, from_="2024-01-01", to="2024-01-02")
    assert app.info[0].value.startswith("No traffic in these days. The first day with data is ")


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    number = _number(client, 0)
    app = site.opened("visits", site=site.SITE, period="7d", visit=str(number))
    assert not app.exception
    for text in [*(part.label for part in app.expander), *(item.value for item in app.caption)]:
        assert "](http" not in text
        assert "<img" not in text.replace("\\<", "")
