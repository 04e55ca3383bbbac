"""Browsers that lack something, and pages that are not what parts expect, in; what the tracker makes of them out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from tracker_site import VISIBILITY, Site, serve

pytestmark = pytest.mark.browser
EVERY = "clicks.outbound.downloads.forms.attributes.vitals.errors.notfound"
#: Firefox and Safari do not measure shifts: they lack the interface, do not list the type and ignore who asks for it.
NO_SHIFTS = """
delete window.LayoutShift;
const types = PerformanceObserver.supportedEntryTypes.filter((type) => type !== "layout-shift");
Object.defineProperty(PerformanceObserver, "supportedEntryTypes", { get: () => types });
const native = PerformanceObserver.prototype.observe;
PerformanceObserver.prototype.observe = function (options) {
  if (types.includes(options.type)) native.call(this, options);
};"""
PRERENDERING = """
let hidden = true;
Object.defineProperty(document, "prerendering", { get: () => hidden });
window.show = () => { hidden = false; document.dispatchEvent(new Event("prerenderingchange")); };
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        served.tags = f'<script defer src="/tracker.{EVERY}.js" data-site="example.com" data-flush="0.3"></script>'
        yield served


@pytest.mark.parametrize(("script", "cls"), [("", 0), (NO_SHIFTS, None)])
def test_a_page_that_does_not_shift_is_told_from_a_browser_that_does_not_say(
    site: Site, page: Page, script: str, cls: int | None
) -> None:
    page.add_init_script(script)
    site.visit(page)
    page.wait_for_timeout(200)
    page.evaluate(VISIBILITY, "hidden")
    site.wait(page, lambda: bool(site.named("vitals")))
    (event,) = site.named("vitals")
    assert event["props"].get("cls") == cls
    assert event["props"].keys() >= {"fcp", "ttfb"}


def test_a_press_beside_links_is_no_error(site: Site, page: Page) -> None:
    """Every part looks at every press; what is no link has no address."""
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    site.visit(page)
    page.mouse.click(300, 400)
    page.click("#go")
    site.wait(page, lambda: len(site.named("click")) == 2)
    assert trouble == []
    assert not site.named("error")


def test_nothing_counts_before_a_prerendered_page_is_shown(site: Site, page: Page) -> None:
    page.add_init_script(PRERENDERING)
    page.goto(f"{site.url}/missing")
    page.evaluate("footfall('Early'); dispatchEvent(new ErrorEvent('error', {message: 'broken'}))")
    page.evaluate("history.pushState(null, '', '/missing/more')")
    page.evaluate(VISIBILITY, "hidden")
    page.wait_for_timeout(500)
    assert site.bodies == []
    page.evaluate(VISIBILITY, "visible")
    page.evaluate("show()")
    site.wait(page, lambda: bool(site.named("Early")) and bool(site.named("404")))
    assert [event["pathname"] for event in site.named("pageview")] == ["/missing/more"]
    assert {event["pathname"] for event in site.events()} == {"/missing/more"}


def test_the_next_view_is_measured_though_nothing_grew(site: Site, page: Page) -> None:
    """No scrolling, no other height: how deep the view is seen is told all the same."""
    site.visit(page)
    page.evaluate("history.pushState(null, '', '/next')")
    page.wait_for_timeout(600)
    page.evaluate(VISIBILITY, "hidden")
    site.wait(page, lambda: any(event["pathname"] == "/next" for event in site.named("engagement")))
    told = {event["pathname"]: event["scroll"] for event in site.named("engagement")}
    height, seen = page.evaluate("[document.documentElement.scrollHeight, scrollY + innerHeight]")
    assert told["/next"] == pytest.approx(100 * seen / height, abs=1)
