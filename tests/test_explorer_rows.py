"""A list of rows in a real browser: texts stay texts, and mouse and keyboard choose a row, twice if wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import explorer_server
import explorer_site as site
import pytest
import redis as redis_py

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(server: str) -> Iterator[str]:
    with explorer_server.serving({"FOOTFALL_REDIS_URL": server}) as found:
        yield found


def test_rows_are_chosen_by_mouse_and_keyboard(page: Page, redis: redis_py.Redis, address: str) -> None:
    site.ordinary(redis)
    page.goto(f"{address}/?site={site.SITE}&period=7d")
    rows = page.locator(".card_pages tbody tr")
    rows.first.wait_for()
    assert [text.split("\t")[0].strip() for text in rows.all_inner_texts()] == ["/pricing", "/", "/docs"]
    assert rows.first.locator("th").get_attribute("style") == "--share: 100%;"
    chip = page.locator(".st-key-chip_0")
    for choose in (lambda: rows.nth(2).click(), lambda: rows.nth(2).press("Enter")):
        choose()
        chip.get_by_text("/docs").first.wait_for()
        page.wait_for_url("**f=page%3A%2Fdocs**")
        page.locator(".st-key-chip_0 button").first.click()
        chip.wait_for(state="hidden")
        rows.nth(2).wait_for()


def test_texts_stay_texts(page: Page, redis: redis_py.Redis, address: str) -> None:
    site.hostile(redis, "evil.example")  # another site: what the explorer keeps of one outlasts an emptied Redis
    page.goto(f"{address}/?site=evil.example&period=7d")
    rows = page.locator(".card_pages tbody tr")
    rows.first.wait_for()
    names = {text.split("\t")[0].strip() for text in rows.all_inner_texts()}
    assert "/<img src=x onerror=alert(1)>" in names
    assert page.locator(".card_pages tbody :is(a, img)").count() == 0


def test_newer_figures_leave_a_list_where_it_was(page: Page, redis: redis_py.Redis, redis_url: str) -> None:
    now = site.now_ms() - 60_000
    site.feed(redis, [event for n in range(30) for event in site.visit(n, now, f"/{n:02d}")])
    with explorer_server.serving({"FOOTFALL_REDIS_URL": redis_url, "FOOTFALL_FLUSH_SECONDS": "0"}) as address:
        page.goto(f"{address}/?site={site.SITE}&period=today")
        tile = page.locator(".footfall-tiles .tile", has_text="Pageviews")
        tile.get_by_text("30", exact=True).wait_for()
        page.locator(".card_pages .footfall-rows").evaluate("frame => { frame.scrollTop = 400; }")
        page.locator(".card_pages tbody tr").nth(20).evaluate("row => row.focus({ preventScroll: true })")
        site.feed(redis, site.visit(99, now, "/00"), collector="other")
        tile.get_by_text("31", exact=True).wait_for(timeout=20_000)
        page.locator(".card_pages tbody tr", has_text="/00").get_by_text("2", exact=True).first.wait_for()
        assert page.locator(".card_pages .footfall-rows").evaluate("frame => frame.scrollTop") == 400
        assert page.evaluate("document.activeElement.dataset.row") == "20"
