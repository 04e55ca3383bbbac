"""A list of rows in a real browser: texts stay texts, and mouse and keyboard choose a row, twice if wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import explorer_site as site
import pytest
import redis as redis_py

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_rows_are_chosen_by_mouse_and_keyboard(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    page.goto(f"{explorer}/?site={name}&period=7d")
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


def test_texts_stay_texts(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.hostile(redis, name)
    page.goto(f"{explorer}/?site={name}&period=7d")
    rows = page.locator(".card_pages tbody tr")
    rows.first.wait_for()
    names = {text.split("\t")[0].strip() for text in rows.all_inner_texts()}
    assert "/<img src=x onerror=alert(1)>" in names
    assert page.locator(".card_pages tbody :is(a, img)").count() == 0
