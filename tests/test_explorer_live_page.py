"""The live page: minutes, places and the stream of a few hand-made events."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import live_page

NOW = pd.Timestamp("2026-11-25 14:30:20", tz="Europe/Berlin")


def events() -> pd.DataFrame:
    rows = [
        # minutes ago, visitor, event, page, country
        (31, 9, "pageview", "/old", "DE"),
        (12, 1, "pageview", "/", "DE"),
        (12, 2, "pageview", "/", "FR"),
        (12, 2, "Signup", "/", "FR"),
        (3, 1, "pageview", "/a", "DE"),
        (1, 3, "pageview", "/a", "DE"),
        (0, 1, "pageview", "/b", "DE"),
    ]
    frame = pd.DataFrame(rows, columns=["ago", "visitor", "event", "page", "country"])
    frame["time"] = [NOW - pd.Timedelta(minutes=ago) for ago in frame["ago"]]
    return frame.assign(source="Google", device="Desktop")


def test_by_minute() -> None:
    found = live_page.by_minute(live_page.since(events(), NOW, 30), NOW)
    assert len(found) == 30
    assert {f"{time:%H:%M}": count for time, count in found.items() if count} == {
        "14:18": 2, "14:27": 1, "14:29": 1, "14:30": 1,
    }  # fmt: skip


def test_a_repeated_hour_has_each_of_its_minutes_once() -> None:
    later = pd.Timestamp("2026-10-25 01:10", tz="UTC").tz_convert("Europe/Berlin")  # 02:10 for the second time
    frame = events().assign(time=[later - pd.Timedelta(minutes=n) for n in range(7)])
    found = live_page.by_minute(frame, later)
    assert (len(found), int(found.sum()), found.index.is_unique) == (30, 7, True)


def test_a_visitor_is_on_one_page_the_last() -> None:
    now = live_page.since(events(), NOW, 5)
    assert live_page.current_values(now, "page").to_numpy().tolist() == [["/a", 1], ["/b", 1]]
    assert live_page.current_values(events(), "country").to_numpy().tolist() == [["DE", 3], ["FR", 1]]


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_the_page(client: redis_py.Redis) -> None:
    now = site.now_ms()
    site.feed(client, [*site.visit(1, now - 600_000, "/", "/pricing"), *site.visit(2, now - 30_000, "/", country="FR")])
    app = site.opened("live", site=site.SITE)
    assert not app.exception
    assert [(tile.label, tile.value) for tile in app.metric] == [
        ("Visitors in 5 minutes", "1"),
        ("Visitors in 30 minutes", "2"),
        ("Pageviews in 30 minutes", "3"),
    ]
    pages, sources, countries, stream = [frame.value for frame in app.dataframe]
    assert pages.to_numpy().tolist() == [["/", 1]]
    assert sources.to_numpy().tolist() == [["Google", 2]]
    assert countries["name"].tolist() == ["Germany", "France"]
    assert stream["page"].tolist() == ["/", "/pricing", "/"]
    assert stream["visitor"].str.fullmatch("[A-Z]{4}").all()
    app = site.opened("live", site=site.SITE, f="country:FR")
    assert [tile.value for tile in app.metric] == ["1", "1", "1"]


def test_nobody(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("live", site=site.SITE)
    assert not app.exception
    assert [tile.value for tile in app.metric] == ["0", "0", "0"]
    assert app.title[0].value == "Live"
    assert (
        app.caption[0].value == r"shop\.example · The last 30 minutes, whatever the period."
    )  # no days of the address
    assert "No event yet" in site.texts(app)


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    now = site.now_ms()
    site.feed(client, site.visit(1, now - 60_000, *site.HOSTILE, source="[s](http://evil.test)"))
    app = site.opened("live", site=site.SITE)
    assert not app.exception
    assert "evil.test" not in site.texts(app)
    assert app.dataframe[1].value["name"].tolist() == ["[s](http://evil.test)"]
