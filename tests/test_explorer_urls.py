"""A real browser: back, a reload and a pasted address show a view with a page's own choices exactly as it was."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

import explorer_site as site
import pytest
import redis as redis_py
from conftest import BROWSER_TIMEOUT_MS
from explorer_resting import RESTS

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

pytestmark = pytest.mark.browser


class Opened(NamedTuple):
    """A page, what its address says besides site and days, how widgets tell that; and a button that changes it."""

    page: str
    choices: dict[str, str | list[str]]
    told: tuple[str, ...]
    button: str


VIEWS = (
    Opened("funnels", {"steps": "page:/>page:/docs>event:Signup", "f": ["hostname:shop.example"]},
           ("Step 2 = /docs", "Step 3 = Signup · event"), "Bots"),
    Opened("heatmaps", {"heat_page": "/docs", "heat_cell": "40", "viewport": "L (992-1439 px)"},
           ("Page = /docs · 1 click", "Cell = 40 px", "Window = L (992-1439 px)"), "Scroll depth"),
    Opened("content", {"content": "entry_page", "content_q": "/", "content_order": "name", "compare": "none"},
           ("Search = /", "Order = By name", "Entry pages =  = true"), "Exit pages"),
    Opened("compare_segments", {"a": "f=country:FR", "compare_metric": "pageviews", "compare_by": "device"},
           ("A = Filters of the link", "Pageviews =  = true", "By = Device"), "Bounce rate"),
    Opened("retention", {"cohort": "week", "f": ["page__contains:/", "country:DE"]}, ("Weeks =  = true",), "Months"),
)  # fmt: skip
#: What somebody sees: texts, and what every widget is set to. What a chart or table holds is drawn on a canvas, but
#: told to screen readers.
_SEEN = """() => {
  const texts = ["stMain", "stSidebarUserContent"].map(id => document.querySelector(`[data-testid=${id}]`).innerText);
  const set = [...document.querySelectorAll("input, [aria-checked], [aria-pressed], [aria-selected], [data-selected]")]
    .map(each => [each.getAttribute("aria-label") || each.textContent.trim(), each.value ?? "",
      each.ariaChecked ?? each.ariaPressed ?? each.ariaSelected ?? each.dataset.selected ?? ""].join(" = "));
  const marks = [...document.querySelectorAll(".js-plotly-plot .gtitle, .js-plotly-plot text")].map(e => e.textContent);
  return JSON.stringify([...texts, set, marks, document.querySelectorAll("canvas").length]);
}"""
#: On an address below the root Streamlit looks for its server there first.
_PROBES = ("_stcore/health", "_stcore/host-config")


@pytest.fixture
def shop(redis: redis_py.Redis) -> str:
    name = site.fresh()
    site.ordinary(redis, name)
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    at = {"page": "/docs", "screen": "L (992-1439 px)", "x": 300, "y": 400, "target": "a#buy"}
    site.feed(redis, [*site.visit(7, noon, "/", "/docs"), site.custom(7, noon + 15_000, "click", **at),
                      site.custom(7, noon + 20_000, "Signup")], name, collector="clicks")  # fmt: skip
    return name


def test_back_reload_and_a_pasted_address(page: Page, explorer: str, shop: str) -> None:
    outside: list[str] = []
    complaints: list[str] = []
    ours = (explorer, "data:", "blob:", explorer.replace("http", "ws"))
    page.on("request", lambda request: outside.append(request.url) if not request.url.startswith(ours) else None)
    page.on("console", lambda said: complaints.append(f"{said.text} {said.location['url']}") if _error(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name, choices, told, button in VIEWS:
        page.goto(f"{explorer}/{name}?{urlencode({'site': shop, 'period': '7d', **choices}, doseq=True)}")
        first, there = seen(page), page.url
        assert page.get_by_test_id("stException").count() == 0, name
        for text in told:
            assert f'"{text}' in first, (name, text)
        page.get_by_role("radio", name=button, exact=True).click()
        page.wait_for_function("before => location.href != before", arg=there)
        other = seen(page, but=first)
        page.go_back()
        page.wait_for_url(there)
        same(first, seen(page, but=other), name, "back")
        page.reload()
        same(first, seen(page), name, "reload")
        page.goto("about:blank")
        page.goto(there)
        same(first, seen(page), name, "pasted")
    assert outside == []
    assert complaints == []


def _error(said: ConsoleMessage) -> bool:
    """Whether it is one, and not Streamlit's looking for its server below the address of a page."""
    probe = "404" in said.text and said.location["url"].endswith(_PROBES)
    return said.type == "error" and not probe


def seen(page: Page, but: str = "") -> str:
    """What is seen once it stays as it is, and is no longer what it was."""
    page.wait_for_function(RESTS)
    last, quiet, until = "", 0, monotonic() + BROWSER_TIMEOUT_MS / 1000
    while quiet < 3:
        assert monotonic() < until, f"this goes on changing, or does not change: {page.url}"
        page.wait_for_timeout(120)
        now = page.evaluate(_SEEN) if page.evaluate(RESTS) else ""
        quiet = quiet + 1 if now and now == last != but else 0
        last = now
    return last


def same(first: str, now: str, name: str, how: str) -> None:
    """Part by part, so that a difference can be read."""
    for before, after in zip(json.loads(first), json.loads(now), strict=True):
        assert after == before, (name, how)
