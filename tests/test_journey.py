"""A person on the demo page, in a real browser, through the real collector, to `Traffic` and to the screen."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis as redis_py
from collectors import environ_of, serving, wait_for

from common.frames import Traffic
from common.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PERSON = {"locale": "de-DE", "timezone_id": "Europe/Berlin"}
SCREEN = {"width": 1440, "height": 900}


def walk(page: Page, url: str) -> None:
    """Come from a search engine, read, click through three views, sign up, go back, leave."""
    page.goto(f"{url}/demo?utm_campaign=spring", referer="https://duckduckgo.com/")
    page.wait_for_selector("#sent li")
    page.mouse.wheel(0, 4_000)
    page.wait_for_timeout(1_500)
    page.get_by_role("link", name="Pricing").first.click()
    page.click("#signup")
    page.get_by_role("link", name="Docs").first.click()
    page.go_back()
    page.click("#seen")
    page.wait_for_timeout(300)
    page.goto(f"{url}/healthz")  # what waits goes out with a beacon


def test_what_a_person_does_comes_out_right(
    browser: Browser,
    redis: redis_py.Redis,
    settings: Settings,
    free_port: Callable[[], int],
    tmp_path: Path,
    explorer: str,
) -> None:
    with (
        serving(environ_of(settings), free_port(), tmp_path / "log") as served,
        browser.new_context(viewport=SCREEN, screen=SCREEN, **PERSON) as context,
    ):
        walk(context.new_page(), served.url)
        traffic = Traffic(site="demo", client=redis, settings=settings)
        today = traffic.today()
        with contextlib.suppress(AssertionError):  # what is missing is told by the next line
            wait_for(lambda: len(traffic.breakdown("event", today, today)) == 3, 30)
        seen = traffic.breakdown("event", today, today)
        raw = traffic.events(today, today)[["time", "event", "page", "visit"]]
        assert set(seen["event"]) == {"pageview", "Signup", "Tooltip shown"}, f"{raw}"
        wait_for(lambda: traffic.totals(today, today)["engagement"] > 1, 30)

        totals = traffic.totals(today, today)
        assert totals[["visitors", "visits", "pageviews", "events", "bounce_rate"]].tolist() == [1, 1, 4, 6, 0]
        assert 1.5 < totals["visit_duration"] < 30
        assert 1.5 < totals["engagement"] < totals["visit_duration"] + 2
        pages = traffic.breakdown("page", today, today).set_index("page")
        assert pages["pageviews"].to_dict() == {"/demo": 1, "/demo/pricing": 2, "/demo/docs": 1}
        assert pages.loc["/demo", "scroll"] > 50
        one = {
            dimension: traffic.breakdown(dimension, today, today)[dimension].tolist()
            for dimension in (
                "entry_page", "exit_page", "source", "referrer", "channel", "utm_campaign", "device", "browser", "os",
                "country", "language", "class", "prop:plan",
            )
        }  # fmt: skip
        assert one == {
            "entry_page": ["/demo"],
            "exit_page": ["/demo/pricing"],
            "source": ["DuckDuckGo"],
            "referrer": ["duckduckgo.com"],
            "channel": ["Organic Search"],
            "utm_campaign": ["spring"],
            "device": ["Desktop"],
            "browser": ["Chrome"],
            "os": ["Windows"],
            "country": ["DE"],
            "language": ["de-DE"],
            "class": ["human"],
            "prop:plan": ["pro"],
        }
        events = traffic.breakdown("event", today, today).set_index("event")["events"]
        assert events.drop("pageview").sort_index().to_dict() == {"Signup": 1, "Tooltip shown": 1}
        assert served.health()["backlog"] == 0

        seen = on_screen(context.new_page(), f"{explorer}/?site=demo&period=today")
    assert re.search(r"Visitors\n1\n.*Visits\n1\n.*Pageviews\n4\n", seen, re.DOTALL)
    for text in ("/demo/pricing", "Organic Search", "Germany", "Desktop", "Signup"):
        assert text in seen


def on_screen(page: Page, url: str) -> str:
    """The text of the overview, its lists included."""
    page.set_default_timeout(30_000)
    page.goto(url)
    page.get_by_text("Visit duration").first.wait_for()
    for card in ("pages", "sources", "places", "devices", "events"):
        page.locator(f".card_{card} tbody tr").first.wait_for()
    return re.sub(r"\n+", "\n", page.inner_text("body"))
