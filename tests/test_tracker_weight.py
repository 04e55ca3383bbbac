"""A page under the browser's own tracing in; what the tracker costs it out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tracker_site import Site, serve

pytestmark = pytest.mark.browser
#: What scripts do, layouts, and who made them necessary.
CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline.stack",
    "disabled-by-default-devtools.timeline",
]
#: Every part that does not keep quiet by itself.
PARTS = "clicks.outbound.downloads.forms.attributes.vitals.errors.notfound.hash"
#: Work that leaves the layout stale just before the tracker is called.
BUSY = """() => {
  for (let n = 0; n < 20; n++) {
    document.body.append(Object.assign(document.createElement("p"), {textContent: "More " + n}));
    history.pushState(null, "", "/page" + n);
    document.body.style.paddingTop = n + "px";
    footfall("Step", {n});
  }
}"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        served.tags = f'<script defer src="/tracker.{PARTS}.js" data-site="example.com" data-flush="0.5"></script>'
        yield served


def traced(site: Site, browser: Browser, path: Path, slower: int) -> list[dict[str, Any]]:
    """Events of a visit: load, twenty views, clicks, scrolling, leaving."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        browser.start_tracing(page=page, path=path, categories=CATEGORIES)
        site.visit(page)
        page.evaluate(BUSY)
        page.wait_for_timeout(700)
        for step in range(5):
            page.mouse.wheel(0, 300)
            page.mouse.click(15, 205 + step)
            page.wait_for_timeout(100)
        page.goto("about:blank")
        time.sleep(0.2)
        browser.stop_tracing()
    found: list[dict[str, Any]] = json.loads(path.read_text())["traceEvents"]
    return found


@pytest.mark.parametrize(("slower", "most"), [(1, 5), (4, 50)])
def test_no_forced_layout_and_no_long_task(
    site: Site, browser: Browser, tmp_path: Path, slower: int, most: float
) -> None:
    """5 ms; and four times slower, as on a cheap telephone, nothing that browsers call a long task."""
    longest = []
    for turn in range(3):
        events = traced(site, browser, tmp_path / f"{turn}.json", slower)
        ours = [event for event in events if "/tracker." in json.dumps(event.get("args", {}))]
        names = {event["name"] for event in ours}
        assert names >= {"EvaluateScript", "FunctionCall"}  # else the trace does not show what it is looked at for
        assert "Layout" not in names
        # Processor time: the machine has others to serve, which is also why the best of three counts.
        longest.append(max(event.get("tdur", 0) for event in ours) / 1000)
    assert 0 < min(longest) < most, longest


def test_the_time_zone_starts_no_library(page: Page) -> None:
    """What `Intl` needs 10 ms and more for when it is asked first, `Temporal` tells at once, and the same."""
    page.goto("about:blank")
    zone, took, same = page.evaluate("""() => {
      const began = performance.now();
      const zone = Temporal.Now.timeZoneId();
      return [zone, performance.now() - began, Intl.DateTimeFormat().resolvedOptions().timeZone];
    }""")
    assert zone == same
    assert took < 5


def test_listeners_never_hold_up_scrolling(site: Site, page: Page) -> None:
    page.add_init_script("""window.heard = [];
      const native = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (name, ...rest) {
        heard.push(name);
        return native.call(this, name, ...rest);
      };""")
    site.visit(page)
    heard = set(page.evaluate("heard"))
    assert heard >= {"scroll", "click", "pagehide", "visibilitychange", "error"}
    # Of all others a browser waits to hear whether they are to be stopped; these cannot be.
    assert heard.isdisjoint(
        {"touchstart", "touchmove", "wheel", "mousewheel", "pointermove", "mousemove", "beforeunload", "unload"}
    )
    assert page.evaluate("""() => {
      const event = new WheelEvent("wheel", { cancelable: true, bubbles: true });
      return document.body.dispatchEvent(event);
    }""")
