"""A real browser on the live page: news shows by itself, and while the tab is hidden Redis is left alone."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, cast

import explorer_server
import explorer_site as site
import pytest
import redis as redis_py
from conftest import BROWSER_TIMEOUT_MS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
#: Chromium without a screen never hides a tab by itself; what the page sees of it is the same.
_HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def commands(client: redis_py.Redis) -> int:
    """How often readers looked whether anything is new."""
    found = cast("dict[str, dict[str, int]]", client.info("commandstats"))
    return sum(stat["calls"] for name, stat in found.items() if name != "cmdstat_info")


def calm(page: Page, client: redis_py.Redis) -> int:
    """The same once nobody has looked for 3 s: what was on its way has ended, however busy the machine is."""
    asked, quiet, until = commands(client), 0, monotonic() + BROWSER_TIMEOUT_MS / 1000
    while quiet < 6:
        assert monotonic() < until, "somebody goes on looking"
        page.wait_for_timeout(500)
        asked, before = commands(client), asked
        quiet = quiet + 1 if asked == before else 0
    return asked


def test_it_beats_while_it_is_seen_and_rests_while_hidden(page: Page, redis: redis_py.Redis, redis_url: str) -> None:
    site.feed(redis, site.visit(1, site.now_ms() - 60_000, "/", "/pricing"))
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    with explorer_server.serving({"FOOTFALL_REDIS_URL": redis_url, "FOOTFALL_FLUSH_SECONDS": "0"}) as address:
        page.goto(f"{address}/live?site={site.SITE}")
        tile = page.locator("[data-testid=stMetric]", has_text="Pageviews in 30 minutes")
        tile.get_by_text("2", exact=True).wait_for()
        site.feed(redis, site.visit(2, site.now_ms() - 1_000, "/"), collector="other")
        tile.get_by_text("3", exact=True).wait_for(timeout=20_000)  # by itself

        page.evaluate(_HIDE, True)
        before = calm(page, redis)
        page.wait_for_timeout(7_000)
        hidden = commands(redis) - before
        page.evaluate(_HIDE, False)
        page.wait_for_timeout(7_000)
        seen = commands(redis) - before - hidden
    assert hidden == 0
    assert 2 <= seen <= 40  # every other second at most: a look asks for three or four things
    assert complaints == []


def test_a_hidden_overview_asks_nothing_either(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.feed(redis, site.visit(1, site.now_ms() - 60_000, "/", "/pricing"), name)
    page.goto(f"{explorer}/?site={name}&period=today")
    tile = page.locator(".footfall-tiles .tile", has_text="Pageviews")
    tile.get_by_text("2", exact=True).wait_for()
    page.wait_for_timeout(1_000)
    page.evaluate(_HIDE, True)
    before = calm(page, redis)
    page.wait_for_timeout(5_000)
    assert commands(redis) == before
    site.feed(redis, site.visit(2, site.now_ms() - 1_000, "/"), name, collector="other")
    page.evaluate(_HIDE, False)
    tile.get_by_text("3", exact=True).wait_for(timeout=20_000)
