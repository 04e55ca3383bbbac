"""The tracker on an empty page of a real browser in; the longest of its tasks on a slow processor out."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import shown
from collector import assets
from collector.assemble import SWITCHED, wish

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SLOWER = 4
_EVERY = ",".join(sorted(SWITCHED - {"manual"}))
#: What one request costs that nobody can spare, sent as the tracker sends.
_BARE = (
    """setTimeout(() => fetch("/api/track", {keepalive: true, method: "POST", body: JSON.stringify({batch: 1})}), 50)"""
)
_PAGE = b'<!doctype html><script defer src="/tracker.js" data-site="example.com"></script><p>Page</p>'


def measure(turns: int = 7) -> dict[str, float]:
    """ms of processor time, the median of some loads, of the core, of every part, and of a bare request. Raises
    `Missing`.
    """
    scripts = {
        "core": assets.tracker(wish("core")).body,
        "full": assets.tracker(wish(_EVERY)).body,
        "bare": _BARE.encode(),
    }
    took: dict[str, list[float]] = {name: [] for name in scripts}
    with shown.browser() as browser:
        for _ in range(turns):
            for name, script in scripts.items():
                with _serving(script) as address:
                    took[name].append(_longest(browser, address))
    return {f"tracker_task_{name}_ms_{SLOWER}x": statistics.median(times) for name, times in took.items()}


def _longest(browser: Browser, address: str) -> float:
    with TemporaryDirectory() as folder, browser.new_context() as context:
        path = Path(folder) / "trace.json"
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        browser.start_tracing(page=page, path=path, categories=["devtools.timeline"])
        page.goto(address)
        page.wait_for_timeout(500)
        browser.stop_tracing()
        events = json.loads(path.read_text())["traceEvents"]
    ours = [event for event in events if "/tracker.js" in json.dumps(event.get("args", {}))]
    return max(float(event.get("tdur", 0)) for event in ours) / 1_000


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, script: bytes, *rest: object) -> None:
        self._script = script
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        scripted = self.path == "/tracker.js"
        self._answer(200, "text/javascript" if scripted else "text/html", self._script if scripted else _PAGE)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(202, "text/plain", b"")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the page is gone already
            self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def _serving(script: bytes) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, script)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<36} {value:>8.1f}")
