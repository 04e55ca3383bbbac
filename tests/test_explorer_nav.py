"""Links to all pages: what is listed, and in a real browser the way to one with what is looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import explorer_site as site
import pytest
import redis as redis_py

from explorer.nav import _name

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize(("icon", "name"), [(":material/home:", "home"), (":material/call_merge:", "call_merge")])
def test_name_of_a_sign(icon: str, name: str) -> None:
    assert _name(icon) == name


def test_all_pages_are_listed(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    shown = [json.loads(item.proto.json or "{}") for item in site._components(site.opened(site=site.SITE)._tree)]
    nav = next(data for data in shown if "pages" in data)
    assert nav["current"] == ""
    assert {page["path"] for page in nav["pages"]} == set(site.PAGES.values())


@pytest.mark.browser
def test_a_page_is_opened_with_what_is_looked_at(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    page.goto(f"{explorer}/?site={name}&period=7d")
    page.locator(".card_places tbody tr", has_text="Germany").click()
    page.wait_for_url("**f=country%3ADE**")
    link = page.locator(".footfall-nav").get_by_role("link", name="Technology")
    link.focus()  # as one that is opened in another tab
    assert link.get_attribute("href") == f"technology?site={name}&period=7d&f=country%3ADE"
    link.click()
    page.wait_for_url(f"{explorer}/technology?*f=country%3ADE*")
    page.get_by_role("heading", name="Technology").wait_for()
    assert page.locator(".footfall-nav [aria-current]").all_inner_texts() == ["devices\nTechnology"]
    page.go_back()
    page.wait_for_url(f"{explorer}/?*f=country%3ADE*")
    page.locator(".card_pages tbody tr").first.wait_for()
