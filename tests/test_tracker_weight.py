"""A page under the browser's own tracing in; what the tracker costs it out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from tracker_site import Site, serve

pytestmark = pytest.mark.browser
#: What scripts do, layouts, and who made them necessary.
CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline.stack",
    "disabled-by-default-devtools.timeline",
]
#: All but the time zone, for which the browser starts a library of its own when a page first asks: 10 ms and more.
PARTS = "core.options.once.guard.prerender.insist.back.calls.clicks.outbound.downloads.forms.attributes.vitals.errors"
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


def traced(site: Site, browser: Browser, path: Path) -> list[dict[str, Any]]:
    """Events of a visit: load, twenty views, clicks, scrolling, leaving."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
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


def test_no_forced_layout_and_no_long_task(site: Site, browser: Browser, tmp_path: Path) -> None:
    longest = []
    for turn in range(3):
        events = traced(site, browser, tmp_path / f"{turn}.json")
        ours = [event for event in events if "/tracker." in json.dumps(event.get("args", {}))]
        names = {event["name"] for event in ours}
        assert names >= {"EvaluateScript", "FunctionCall"}  # else the trace does not show what it is looked at for
        assert "Layout" not in names
        # Processor time: the machine has others to serve, which is also why the best of three counts.
        longest.append(max(event.get("tdur", 0) for event in ours) / 1000)
    assert 0 < min(longest) < 5, longest
