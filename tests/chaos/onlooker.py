"""A page in a real browser, or CSV bytes, in; what strings did to it out: links, requests, scripts, formulas."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.chaos.hostile import EVIL, RAN
from tests.conftest import BROWSER_TIMEOUT_MS, CHROMIUM_FLAGS, CHROMIUM_NAMES

#: Addresses of links and of what is fetched, markup that only directives make, and whether a script ran.
_LOOK = """([ran, evil]) => {
  const xlink = 'http://www.w3.org/1999/xlink';
  const of = (query, ...names) => [...document.querySelectorAll(query)].flatMap(element => names.map(
    name => name === 'xlink' ? element.getAttributeNS(xlink, 'href') : element.getAttribute(name))
    .filter(text => text !== null));
  const whole = text => { try { return new URL(text, document.baseURI).href } catch { return 'bad:' + text } };
  return {
    links: [...of('a, area', 'href', 'xlink'), ...of('form', 'action'), ...of('base', 'href')].map(whole),
    loads: [...of('img, script, iframe, embed, video, audio, source, input', 'src'), ...of('object', 'data'),
      ...of('iframe', 'srcdoc').map(() => 'bad:srcdoc'), ...of('video', 'poster'), ...of('image, use', 'href', 'xlink'),
      ...of('link', 'href')].map(whole),
    markup: document.querySelectorAll('.katex, [class*="stMarkdownColored"], [class*="stMarkdownBadge"]').length,
    ran: window[ran] === undefined ? 0 : 1,
    turned: (document.body.textContent.match(/[\\u202a-\\u202e\\u2066-\\u2069]/g) ?? []).length,
    shown: document.body.textContent.includes(evil) ? 1 : 0,
  };
}"""
_SETTLED = """() => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
  && !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton], [data-stale=true]')"""


class Findings(NamedTuple):
    """How many of each: everything after `shown` ought to be nothing."""

    pages: int = 0  #: views that were looked at
    shown: int = 0  #: of them, those that held hostile text
    requests: int = 0
    links: int = 0
    dialogs: int = 0
    scripts: int = 0
    markup: int = 0
    turned: int = 0

    def __str__(self) -> str:
        return (
            f"{self.requests} outside requests, {self.links} links, {self.dialogs} dialogs, "
            f"{self.scripts} scripts run, {self.markup} directives obeyed, {self.turned} changes of direction"
        )

    @property
    def none(self) -> bool:
        """Whether hostile text was shown and nothing came of it."""
        return self.shown > 0 and not any(self[2:])


class Onlooker:
    """Drives one page and writes down what it should not do."""

    def __init__(self, page: Page, own: Sequence[str]) -> None:
        self.page, self._own = page, tuple(own)
        self.pages = self.shown = self.scripts = self.markup = self.turned = self.dialogs = 0
        self.requests: set[str] = set()
        self.links: set[str] = set()
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url.replace("ws", "http", 1)))
        page.on("popup", lambda popup: self.links.add(popup.url))
        page.on("dialog", self._dialog)

    def visit(self, url: str) -> Self:
        """Open an address, wait until the page is drawn, look."""
        self.page.goto(url, wait_until="commit")
        return self.look()

    def look(self) -> Self:
        """Wait until the page is drawn, and write down what there is."""
        self.page.wait_for_function(_SETTLED)
        self.page.wait_for_timeout(150)  # a run that a widget starts begins a moment after it
        self.page.wait_for_function(_SETTLED)
        found = self.page.evaluate(_LOOK, [RAN, EVIL])
        self.links.update(url for url in found["links"] if not self._is_own(url))
        self.requests.update(url for url in found["loads"] if not self._is_own(url))
        self.pages += 1
        self.shown += found["shown"]
        self.markup += found["markup"]
        self.turned += found["turned"]
        self.scripts += found["ran"]
        return self

    def download(self) -> list[bytes]:
        """What each CSV button gives that can be seen."""
        files = []
        buttons = self.page.locator("[data-testid=stDownloadButton] button")
        for button in buttons.filter(visible=True, has_text="CSV").all():
            with self.page.expect_download() as started:
                button.click()
            files.append(started.value.path().read_bytes())
        return files

    @property
    def findings(self) -> Findings:
        """All of it so far."""
        links, requests = len(self.links), len(self.requests)
        live = (requests, links, self.dialogs, self.scripts, self.markup, self.turned)
        return Findings(self.pages, self.shown, *live)

    def _asked(self, url: str) -> None:
        if not self._is_own(url):
            self.requests.add(url)

    def _dialog(self, dialog: object) -> None:
        self.dialogs += 1
        dialog.dismiss()  # type: ignore[attr-defined]

    def _is_own(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("data", "blob", "about") or f"{parts.scheme}://{parts.netloc}" in self._own


@contextmanager
def onlooker(*own: str) -> Iterator[Onlooker]:
    """A page whose only host is this machine; no policy of the server stands between a mistake and its effect."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if chromium is None:
        raise FileNotFoundError("no Chromium on PATH")
    flags = [*CHROMIUM_FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 1600})
        context.set_default_timeout(BROWSER_TIMEOUT_MS)
        try:
            yield Onlooker(context.new_page(), own)
        finally:
            browser.close()


_NUMBER = re.compile(r"[-+]?\d[\d.,]*(e[-+]?\d+)?", re.IGNORECASE)
_UNSEEN = " \u00a0\u200b\u2060\ufeff"
#: What readers split at: Excel at the one its locale names, LibreOffice at all of them.
_SEPARATORS = (",", ";", "\t", ",;\t")


def live_formulas(data: bytes) -> set[str]:
    """Cells that a spreadsheet takes for formulas, wherever it splits."""
    text = data.decode("utf-8-sig")
    found = {cell for separators in _SEPARATORS for cell in cells(text, separators)}
    return {
        cell
        for cell in found
        if cell.lstrip(_UNSEEN)[:1] in tuple("=+-@＝＋－＠\t\r\n") and not _NUMBER.fullmatch(cell)
    }


def cells(text: str, separators: str) -> Iterator[str]:
    """The cells of CSV text, split at any of the separators; a quote counts at a cell's beginning alone."""
    pattern = rf'"((?:[^"]|"")*)"([^{separators}\r\n]*)|([^{separators}\r\n]*)'
    for found in re.finditer(pattern, text):
        quoted, rest, plain = found.groups()
        yield plain if quoted is None else quoted.replace('""', '"') + rest
