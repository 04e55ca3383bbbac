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


#: A page that does nothing but send as the tracker sends: what one task costs that nobody can spare.
BARE = """<script>setTimeout(function bare() {
  fetch("/api/track", { keepalive: true, method: "POST", body: JSON.stringify({ batch: "bare", events: [] }) });
}, 50)</script>"""
#: What the browser does, whose first time is dear or which is worse than that, and when it is asked for.
ASKED = """
window.asked = {evaluating: [], later: []};
const note = (name) => asked[document.currentScript ? "evaluating" : "later"].push(name);
const watch = (holder, name) => {
  const native = holder[name];
  holder[name] = function (...rest) { note(name); return new.target ? new native(...rest) : native.apply(this, rest); };
};
watch(window, "fetch");
watch(navigator, "sendBeacon");
watch(JSON, "stringify");
watch(Intl, "DateTimeFormat");
watch(Temporal.Now, "timeZoneId");
watch(Element.prototype, "getBoundingClientRect");
for (const [holder, name] of [[Element.prototype, "scrollHeight"], [window, "scrollY"], [window, "innerHeight"]]) {
  const found = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { ...found, get() { note(name); return found.get.call(this); } });
}
"""


def traced(
    site: Site, browser: Browser, path: Path, slower: int, categories: list[str] = CATEGORIES
) -> list[dict[str, Any]]:
    """Events of a visit: load, twenty views, clicks, scrolling, leaving."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        browser.start_tracing(page=page, path=path, categories=categories)
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


def longest(events: list[dict[str, Any]], whose: str) -> float:
    """ms of processor time: the machine has others to serve."""
    ours = [event for event in events if whose in json.dumps(event.get("args", {}))]
    return max(float(event.get("tdur", 0)) for event in ours) / 1000


def test_no_forced_layout(site: Site, browser: Browser, tmp_path: Path) -> None:
    events = traced(site, browser, tmp_path / "trace.json", 1)
    names = {event["name"] for event in events if "/tracker." in json.dumps(event.get("args", {}))}
    assert names >= {"EvaluateScript", "FunctionCall"}  # else the trace does not show what it is looked at for
    assert "Layout" not in names


@pytest.mark.parametrize(("slower", "most"), [(1, 5), (4, 20)])
def test_no_task_is_much_longer_than_its_one_request(
    site: Site, browser: Browser, tmp_path: Path, slower: int, most: float
) -> None:
    """No task is more than two and a half times a bare request in the same browser, which nobody can spare.

    `most` ms is for what both have in common; on a quiet machine it is 1.2 and 5. Stacks are not asked for: to find
    out where one is, the browser compiles again.
    """
    tag, took, bare = site.tags, [], []
    for turn in range(3):
        site.tags, site.content = tag, ""
        took.append(longest(traced(site, browser, tmp_path / f"{turn}.json", slower, CATEGORIES[:1]), "/tracker."))
        site.content = BARE
        bare.append(longest(traced(site, browser, tmp_path / f"{turn}.json", slower, CATEGORIES[:1]), '"bare"'))
    print(f"{slower} times slower: {took} ms, bare {bare} ms")
    assert 0 < min(took) < most
    assert min(took) < 2.5 * max(bare), (took, bare)


@pytest.mark.parametrize("parts", [".core", "", f".{PARTS}"])
def test_what_is_dear_waits_for_tasks_of_its_own(site: Site, page: Page, parts: str) -> None:
    """While the script is evaluated it hangs itself up and no more: no event, no zone, no layout."""
    site.tags = f'<script src="/tracker{parts}.js" data-site="example.com" data-flush="0.5"></script>'
    page.add_init_script(ASKED)
    site.visit(page)
    page.wait_for_function("asked.later.includes('scrollHeight')")
    asked = page.evaluate("asked")
    assert asked["evaluating"] == []
    zone = set() if parts == ".core" else {"timeZoneId"}
    assert set(asked["later"]) >= {"fetch", "stringify", "scrollHeight"} | zone
    assert "DateTimeFormat" not in asked["later"]
    first = asked["later"].index("fetch")
    assert "stringify" in asked["later"][:first]


def test_what_comes_before_the_first_task_finds_the_pageview(site: Site, page: Page) -> None:
    """The next script goes elsewhere, and tells, before anything else has run: first is where the page was opened."""
    site.tags = '<script src="/tracker.js" data-site="example.com"></script>'
    site.content = """<script>
      history.replaceState(null, "", "/elsewhere"); footfall("Early", {n: 1}); history.pushState(null, "", "/third");
    </script>"""
    page.goto(f"{site.url}/landing?utm_source=news")
    site.wait(page, lambda: len(site.named("pageview")) == 3)
    told = [(event["type"], event["pathname"]) for event in site.events() if event["type"] != "engagement"]
    assert told == [
        ("pageview", "/landing?utm_source=news"),
        ("pageview", "/elsewhere"),
        ("Early", "/elsewhere"),
        ("pageview", "/third"),
    ]


def test_a_page_that_is_left_before_the_first_task_has_been_seen(site: Site, page: Page) -> None:
    site.tags = '<script src="/tracker.js" data-site="example.com"></script>'
    site.content = """<script>
      footfall("Early");
      dispatchEvent(new PageTransitionEvent("pagehide"));
    </script>"""
    page.goto(f"{site.url}/short")
    site.wait(page, lambda: bool(site.named("Early")))
    assert [(event["type"], event["pathname"]) for event in site.events()[:2]] == [
        ("pageview", "/short"),
        ("Early", "/short"),
    ]


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
