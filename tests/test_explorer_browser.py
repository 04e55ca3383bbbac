"""A real browser: a click on a row becomes a chip and an URL, back undoes it, and nobody else is asked for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import explorer_resting as resting
import explorer_site as site
import pytest
import redis as redis_py

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_PAGES = {"Overview": "Events", "Breakdowns": "Breakdowns", "Data health": "Dropped events", "Sites": "Script tag"}


def test_click_a_row_go_back_and_ask_nobody_else(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name, evil = site.fresh(), site.fresh()
    site.ordinary(redis, name)
    site.hostile(redis, evil)
    outside: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if _is_outside(request.url, explorer) else None)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"{explorer}/?site={name}&period=7d")
    page.locator(".js-plotly-plot .bars").first.wait_for()
    page.locator(".card_pages tbody tr").first.click()

    chip = page.locator(".st-key-chip_0", has_text="Page: /pricing")
    chip.wait_for()
    page.wait_for_url("**f=page%3A%2Fpricing**")
    page.get_by_text("The filters choose events").wait_for()

    page.go_back()
    chip.wait_for(state="detached")
    assert "f=" not in page.url

    page.goto(f"{explorer}/?site={evil}&period=7d")
    for link, heading in _PAGES.items():
        page.get_by_test_id("stSidebar").get_by_role("link", name=link).click()
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        resting.rests(page)
        assert page.locator("a[href*='evil.test'], img[src*='evil.test']").count() == 0
    assert outside == []
    assert complaints == []


def _is_outside(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:", address.replace("http", "ws")))
