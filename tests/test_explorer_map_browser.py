"""The map in a real browser: it draws without asking anybody, and a click on a country, large or small, chooses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import explorer_resting as resting
import explorer_site as site
import pytest
import redis as redis_py

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
#: The middle of a country's shape, in px of the window.
_MIDDLE = """(code) => {
  for (const path of document.querySelectorAll(".choroplethlayer path"))
    if (path.__data__?.loc == code) {
      const box = path.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    }
}"""
#: Of the one point that is large enough to be clicked.
_POINT = """() => {
  for (const point of document.querySelectorAll(".scattergeo path")) {
    const box = point.getBoundingClientRect();
    if (box.width > 6) return [box.x + box.width / 2, box.y + box.height / 2];
  }
}"""
_ENDS = """() => [".st-key-map", ".footfall-card"].map(
  (each) => document.querySelector(each).getBoundingClientRect().bottom)"""


def test_click_countries_and_ask_nobody_else(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    asked: list[str] = []
    name = site.fresh()
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    site.feed(redis, [*site.visit(1, noon, "/", country="BR"), *site.visit(2, noon, "/", country="MT")], name)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{explorer}/geography?site={name}&period=7d")
    page.locator(".choroplethlayer path").first.wait_for()
    resting.rests(page)
    map_, card = page.evaluate(_ENDS)
    assert card == pytest.approx(map_, abs=1)  # beside each other
    chips = [page.locator(f".st-key-chip_{number}") for number in range(2)]
    for chip, where, code in ((chips[0], _MIDDLE, "BR"), (chips[1], _POINT, "MT")):
        page.locator(".choroplethlayer path").first.wait_for()
        resting.rests(page)
        resting.click(page, page.wait_for_function(where, arg=code).json_value())
        chip.wait_for()
    page.wait_for_url("**f=country%3ABR&f=country%3AMT**")
    outside = [url for url in asked if not url.startswith((explorer, "data:", "blob:", explorer.replace("http", "ws")))]
    assert outside == []
    assert not [url for url in asked if "topojson" in url or "_110m" in url]
