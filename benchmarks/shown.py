"""The demo's traffic in; the explorer over it in a real browser out, with what a click and an opening take."""

from __future__ import annotations

import atexit
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers import found
from benchmarks.served import ROOT, clean, process
from common.valkey import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SITE = "demo"
_PORT = ("--logger.hideWelcomeMessage", "true", "--server.port")
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: From the press of the button to the last change of the page after which it stays as it is, and shows what was waited
#: for. Streamlit says when a script run begins and ends, but leaves short ones out.
_QUIET = 500  # ms
_CLOCK = """
window.arm = () => { window.clock = {armed: true}; };
addEventListener("pointerdown", () => { if (window.clock?.armed) window.clock = {begun: performance.now()}; }, true);
new MutationObserver((seen) => {
  // Inside of a canvas is what it tells screen readers, long after it was drawn. And Streamlit notes of every element
  // of which run it is, also when a timer of the page looked for news and found none.
  const notes = ["class", "data-stale", "data-test-script-state"];
  const drawn = ({ target, attributeName }) => !notes.includes(attributeName)
    && !(target.closest ? target : target.parentElement)?.closest("canvas");
  if (window.clock?.begun && seen.some(drawn)) window.clock.last = performance.now();
})
  .observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
const running = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState == "running";
const seen = (selector) => !!document.querySelector(selector)?.checkVisibility(); // what is gone may be kept unseen
window.drawn = (selector, gone) => window.clock.last && !running() && seen(selector) != gone
  && performance.now() - window.clock.last > QUIET && window.clock.last - window.clock.begun;
""".replace("QUIET", str(_QUIET))


@cache
def demo(days: int) -> Path:
    """A data folder with the demo's traffic; made once for all parts, gone with this process."""
    folder = tempfile.TemporaryDirectory(prefix="footfall-demo-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    data = Path(folder.name) / "data"
    command = [sys.executable, "-m", "collector", "demo", "--days", str(days)]
    subprocess.run(command, cwd=ROOT, env=clean({"FOOTFALL_DATA": str(data)}), check=True, stdout=subprocess.DEVNULL)
    return data


@contextmanager
def explorer(data: Path, **settings: str) -> Iterator[str]:
    """The address of an explorer over a data folder."""
    port = free_port()
    command = ["-m", "streamlit", "run", "explorer/server.py", *_PORT, str(port)]
    environ = {"FOOTFALL_DATA": str(data), "FOOTFALL_COLLECTOR_PORT": str(free_port())} | settings
    with process(command, port, "/_stcore/health", environ, None):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def plain(collects: bool = False) -> Iterator[str]:
    """The address of the page that it is compared with, under the explorer's own settings. As Streamlit comes it
    collects cycles after every run of a script.
    """
    port = free_port()
    command = ["-m", "streamlit", "run", "benchmarks/plain_page.py", "--runner.postScriptGC", str(collects).lower()]
    command += [*_PORT, str(port)]
    with process(command, port, "/_stcore/health", {}, None):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium. Raises `Missing`."""
    path = found("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=_FLAGS, timeout=60_000)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def tab(opened: Browser) -> Iterator[Page]:
    """A page in a context of its own, with the clock in it."""
    with opened.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.add_init_script(_CLOCK)
        yield page


def open_overview(page: Page, address: str, site: str = SITE, first: str = "", last: str = "") -> float:
    """Open the overview of some days, else of the last 28; ms until it is drawn."""
    days = f"from={first}&to={last}" if first else "period=28d"
    return _open(page, f"{address}/?site={site}&{days}", ".card_events .foot")


def open_page(page: Page, url: str) -> None:
    """Open any other page, which has the server load what it needs."""
    page.goto(url)
    page.get_by_test_id("stMain").get_by_role("heading").first.wait_for()
    page.wait_for_timeout(1_000)


def open_plain(page: Page, address: str) -> float:
    """Open the page it is compared with; ms until it is drawn."""
    return _open(page, address, ".js-plotly-plot .bars")


def _open(page: Page, url: str, last: str) -> float:
    page.goto(url, wait_until="commit")
    handle = page.wait_for_function(
        """(last) => document.querySelector(".js-plotly-plot .bars") && document.querySelector(last)
        && document.querySelector("[data-testid=stApp]").dataset.testScriptState != "running" && performance.now()""",
        arg=last,
        polling="raf",
    )
    return float(handle.json_value())


#: Rows that are chosen one after the other: what was asked before is kept, and would be drawn sooner.
CHOICES = [(card, row) for row in range(7) for card in ("pages", "places", "sources")]


def choose_row(page: Page, turn: int) -> float:
    """Click on a row of a card, which filters by it; ms until the whole overview is drawn anew."""
    card, row = CHOICES[turn % len(CHOICES)]
    place = page.locator(f".card_{card} tbody tr").nth(row)
    place.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    box = place.bounding_box()
    assert box
    return _clicked(page, box["x"] + 60, box["y"] + box["height"] / 2, ".st-key-chip_0")


def take_back(page: Page) -> float:
    """Click on the chip, which takes the filter back; ms until the overview is drawn anew."""
    box = _box(page, ".st-key-chip_0 button")
    return _clicked(page, box["x"] + 8, box["y"] + box["height"] / 2, ".st-key-chip_0", gone=True)


def _box(page: Page, selector: str) -> Mapping[str, float]:
    """Where an element is, once it has been scrolled to and is at rest; a page that follows the day may replace it."""
    page.wait_for_selector(selector)
    page.evaluate("what => document.querySelector(what).scrollIntoView({block: 'center'})", selector)
    page.wait_for_timeout(700)  # a canvas takes clicks once it has drawn
    box = page.locator(f"{selector}:visible").first.bounding_box()
    assert box
    return {"x": box["x"], "y": box["y"], "height": box["height"]}


def click_plain(page: Page, turn: int) -> float:
    """Click on the button; ms until its chart is drawn anew, for the turn-th time."""
    box = page.locator(".st-key-again button:visible").first.bounding_box()
    assert box
    return _clicked(page, box["x"] + 8, box["y"] + box["height"] / 2, f"#turn-{turn}")


def _clicked(page: Page, x: float, y: float, selector: str, gone: bool = False) -> float:
    page.evaluate("arm()")
    page.mouse.click(x, y)
    handle = page.wait_for_function("([what, gone]) => drawn(what, gone)", arg=[selector, gone], polling="raf")
    return float(handle.json_value())
