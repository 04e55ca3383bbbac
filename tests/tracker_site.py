"""A web site with the tracker on it in; what its pages sent, in the order it arrived, out."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from collector import assets

PAGE = """<!doctype html><html><head><title>{title}</title>{tags}</head><body style="margin:0">
<button id="go" class="big red" style="position:absolute;left:9px;top:200px;border:0">Go</button>
{content}<div style="height:3000px"></div></body></html>"""
TAG = '<script defer src="/tracker.js" data-site="example.com" {}></script>'
QUICK = TAG.format('data-flush="0.3"')
#: What a tab does that is put behind another one; headless browsers do not do it by themselves.
VISIBILITY = """(state) => {
  Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
  Object.defineProperty(document, "hidden", {value: state === "hidden", configurable: true});
  document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
}"""
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


@dataclass
class Site:
    """Pages, and the record of what they sent. `answers` are given first come, first served; then 202."""

    port: int = 0
    tags: str = ""
    content: str = ""
    policy: str = ""  #: Content-Security-Policy of the pages
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    delay: float = 0.0
    failing: Callable[[], bool] = lambda: False  #: whether this request is answered 503 and forgotten
    losing: Callable[[], bool] = lambda: False  #: whether this request is answered 202 and not handed on
    lost: list[dict[str, Any]] = field(default_factory=list)  #: what these requests held
    forward: str = ""  #: the collector to hand on to what is not forgotten
    client: httpx.AsyncClient | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    now: int = 0  #: requests being answered
    most: int = 0  #: the greatest number of them

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def events(self) -> list[dict[str, Any]]:
        """Every event once, where it came first: a batch that comes again is known by its id, as the collector does."""
        once: dict[tuple[str | None, str], list[dict[str, Any]]] = {}
        for body in self.bodies:
            once.setdefault((body.get("site"), body["batch"]), body["events"])
        return [event for events in once.values() for event in events]

    def named(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events() if event["type"] == kind]

    def batches(self) -> list[str]:
        return [body["batch"] for body in self.bodies]

    def visit(self, page: Page, path: str = "/") -> None:
        """Open a page and wait for its pageview."""
        seen = len(self.named("pageview"))
        page.goto(self.url + path)
        self.wait(page, lambda: len(self.named("pageview")) > seen)

    def wait(self, page: Page, ready: Callable[[], bool], seconds: float = 10) -> None:
        """Let the page run until something has arrived; fails with the record when it does not."""
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                raise AssertionError(f"not within {seconds} s; arrived: {json.dumps(self.bodies)[:3000]}")
            page.wait_for_timeout(25)

    async def track(self, request: Request) -> Response:
        if self.failing():
            return Response(status_code=503, headers=CORS)
        if self.losing():
            self.lost.append(json.loads(await request.body()))
            return Response(status_code=202, headers=CORS)
        self.methods.append(request.method)
        self.now += 1
        self.most = max(self.most, self.now)
        body = await request.body()
        self.bodies.append(json.loads(body))
        self.sizes.append(len(body))
        self.headers.append(dict(request.headers))
        status, extra = self.answers.pop(0) if self.answers else (202, {})
        if self.forward:
            self.client = self.client or httpx.AsyncClient()
            status = (await self.client.post(self.forward + "/api/track", content=body)).status_code
        await asyncio.sleep(self.delay)
        self.now -= 1
        return Response(status_code=status, headers={**CORS, **extra})

    @asynccontextmanager
    async def lives(self, _: Starlette) -> AsyncIterator[None]:
        """What is handed on goes by one client."""
        yield
        if self.client:
            await self.client.aclose()

    async def html(self, request: Request) -> Response:
        """A page; one whose path begins with /missing is not found."""
        path = request.url.path
        text = PAGE.format(title=f"Page {path}", tags=self.tags, content=self.content)
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        return HTMLResponse(text, 404 if path.startswith("/missing") else 200, headers)


def _routes(site: Site) -> list[Route]:
    async def tracker(request: Request) -> Response:
        return assets.tracker_response(request)

    async def demo(request: Request) -> Response:
        return assets.asset_response(assets.demo_page("http://127.0.0.1:8501"), request)

    async def script(request: Request) -> Response:
        return assets.asset_response(assets.demo_script(), request)

    return [
        Route("/tracker.js", tracker),
        Route("/tracker.{parts}.js", tracker),
        Route("/demo.js", script),
        Route("/demo", demo),
        Route("/demo/{view}", demo),
        Route("/api/track", site.track, methods=["POST", "OPTIONS"]),
        Route("/{path:path}", site.html),
    ]


@contextmanager
def serve() -> Iterator[Site]:
    """Serve one site on a free loopback port, in a thread."""
    site = Site()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        site.port = listener.getsockname()[1]
        app = Starlette(routes=_routes(site), lifespan=site.lives)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield site
        finally:
            server.should_exit = True
            thread.join(10)
