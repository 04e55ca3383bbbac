"""Scroll depths and hours of the week: figures against a table one can check by eye, and what is said of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import heatmaps
from explorer.view import decode

NOON = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
TODAY = date(2026, 11, 25)
VIEW = decode({"period": ["7d"]}, "a.com", TODAY)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_scroll(client: redis_py.Redis) -> None:
    site.ordinary(client)
    more: list[Any] = [
        site.custom(visitor, NOON + 70_000, "engagement", page="/", engaged=900, scroll=depth)
        for visitor, depth in ((1, 35), (2, 100))
    ]
    site.feed(client, more, collector="more")
    app = site.opened("heatmaps", site=site.SITE, period="7d", heat="scroll", heat_page="/")
    assert not app.exception
    shares = dict(zip(app.dataframe[0].value["depth"], app.dataframe[0].value["visits"], strict=True))
    assert shares == {0: 2, 10: 2, 20: 2, 30: 2, 40: 1, 50: 1, 60: 1, 70: 1, 80: 1, 90: 1, 100: 1}
    assert "2 of the 2 visits that saw the page told a depth. Half of them got to 100% or further." in site.texts(app)


def test_a_page_without_depths_says_so(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d", heat="scroll", heat_page="/docs")
    assert not app.exception
    assert "No visit told how far it got down this page. 0 of the 1 visits" in app.info[0].value


def test_hours(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d", heat="hours", hours_by="pageviews")
    assert not app.exception
    table = app.dataframe[0].value
    assert table.loc[table["pageviews"] > 0, ["hour", "visitors", "pageviews"]].to_numpy().tolist() == [[12, 3, 5]]
    assert "There is no filter by hour" in site.texts(app)


@pytest.mark.parametrize("heat", ["clicks", "scroll", "hours"])
def test_without_data(client: redis_py.Redis, heat: str) -> None:
    site.ordinary(client)
    app = site.opened("heatmaps", site=site.SITE, from_="2024-01-01", to="2024-01-31", heat=heat)
    assert not app.exception
    assert app.info


@pytest.mark.parametrize("heat", ["clicks", "scroll", "hours"])
def test_hostile_texts_stay_texts(client: redis_py.Redis, heat: str) -> None:
    site.hostile(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d", heat=heat)
    assert not app.exception
    assert "](http" not in site.texts(app)


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (date(2026, 11, 23), date(2026, 11, 29), [1, 1, 1, 1, 1, 1, 1]),
        (date(2026, 11, 23), date(2026, 11, 23), [1, 0, 0, 0, 0, 0, 0]),
        (date(2026, 11, 22), date(2026, 12, 1), [2, 2, 1, 1, 1, 1, 2]),
    ],
)
def test_weekdays(start: date, end: date, counts: list[int]) -> None:
    assert heatmaps.weekdays(start, end) == counts


def depths(shares: list[float], viewed: int) -> pd.DataFrame:
    frame = pd.DataFrame({"depth": [0, 10, 20], "visits": [round(10 * share) for share in shares], "share": shares})
    frame.attrs = {"viewed": viewed, "answered_by": "raw events"}
    return frame


def test_scroll_notes() -> None:
    now = depths([1, 0.6, 0.4], 12)
    assert heatmaps.scroll_notes(now, depths([1, 1, 1], 10), VIEW) == [
        "10 of the 12 visits that saw the page told a depth.",
        "Half of them got to 10% or further.",
        "Dotted: 12–18 Nov 2026.",
        "From raw events.",
    ]
    assert "sent the pageview" in heatmaps.scroll_notes(depths([1, 1, 1], 9), None, VIEW)[0]


def test_hours_notes() -> None:
    frame = pd.DataFrame()
    assert "Today is not over" in " ".join(heatmaps.hours_notes(frame, VIEW, TODAY, "UTC"))
    assert "Today is not over" not in " ".join(heatmaps.hours_notes(frame, VIEW, date(2026, 11, 26), "UTC"))
