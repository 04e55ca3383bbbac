"""The overview in a real browser by keyboard alone: what was chosen keeps the focus, and is what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import explorer_resting as resting
import explorer_site as site
import pytest
import redis as redis_py

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_METRIC = """title => document.querySelector(".footfall-plot")?.getAttribute("aria-label") == `${title} over time`"""
_CHOSEN = """() => document.querySelector("[name=footfall-metric]:checked")?.value"""
_FOCUS = "() => document.activeElement.value || document.activeElement.textContent"
_OPEN = """() => document.querySelector(".footfall-definitions").matches(":popover-open")"""


@pytest.fixture
def overview(page: Page, redis: redis_py.Redis, explorer: str) -> Page:
    name = site.fresh()
    site.ordinary(redis, name)
    page.goto(f"{explorer}/?site={name}&period=7d")
    resting.plot(page, "series", 7)
    page.locator(".footfall-card tbody tr").first.wait_for()
    return page


def test_arrows_choose_the_metric_one_after_the_other(overview: Page) -> None:
    overview.locator("[name=footfall-metric]").first.focus()
    for title, value in (("Visits", "visits"), ("Pageviews", "pageviews")):
        overview.keyboard.press("ArrowRight")
        overview.wait_for_function(_METRIC, arg=title)
        assert (overview.evaluate(_CHOSEN), overview.evaluate(_FOCUS)) == (value, value)
    overview.go_back()
    overview.wait_for_function(_METRIC, arg="Visits")
    assert overview.evaluate(_CHOSEN) == "visits"


def test_definitions_open_and_close(overview: Page) -> None:
    button = overview.get_by_role("button", name="Definitions")
    button.press("Enter")
    assert overview.evaluate(_OPEN)
    overview.keyboard.press("Escape")
    assert not overview.evaluate(_OPEN)
    for now in (True, False):  # a second press closes it
        button.click()
        assert overview.evaluate(_OPEN) is now


def test_tabs_and_rows_keep_the_focus(overview: Page) -> None:
    overview.locator(".card_pages [role=tab]").first.focus()
    overview.keyboard.press("ArrowRight")
    overview.keyboard.press("Enter")
    opened = overview.locator(".card_pages [role=tab][aria-selected=true]", has_text="Entry pages")
    opened.wait_for()
    assert overview.evaluate(_FOCUS) == "Entry pages"
    overview.locator(".card_pages tbody tr").first.press("Enter")
    overview.locator(".st-key-chip_0").wait_for()
    resting.rests(overview)
    assert overview.evaluate("() => !!document.activeElement.closest('.card_pages tbody')")
