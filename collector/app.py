"""HTTP in, journal records out: the collector's routes, start and stop. `serve` is in __main__."""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from collector import assets, stated
from collector.accept import Acceptor
from collector.adapters.routes import routes
from collector.answers import Answer, Headers, encode_answer, headers_of
from collector.api_keys import bearer
from collector.backlog import Backlog
from collector.bill import Bills
from collector.commit import GroupCommit
from collector.flusher import FlusherProcess
from collector.journal import Journal
from collector.metrics import may_read, render
from collector.owned import own_journal
from collector.salts import Salts
from collector.seen import seen
from collector.sites import Sites
from common import store
from common.bodies import MOST_BYTES, Body, RawEvent
from common.enrich.geo import Geo
from common.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: Where events are posted to.
TRACK = "/api/track"
#: How often salts whose time is over are dropped from memory, in s.
_FORGET = 10.0
#: Where commands are counted, Redis is asked whether it is there only every so many s.
_TRUST = 900.0
_PREFLIGHT = (
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
)


class Track:
    """`POST /api/track`, as a bare ASGI endpoint."""

    def __init__(self, acceptor: Callable[[], Acceptor], settings: Settings | None = None) -> None:
        self.acceptor, self._settings = acceptor, settings or Settings()
        self.paths = frozenset(filter(None, (TRACK, self._settings.renamed[1])))
        self.urls = frozenset(path.encode() for path in self.paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit, accept it, answer."""
        if scope["method"] == "OPTIONS":
            await _send(send, 204, b"", _PREFLIGHT)
            return
        peer = scope["client"][0] if scope.get("client") else ""
        if scope["method"] == "GET" and (told := seen(self.acceptor(), self._settings, scope["headers"], peer)):
            await _send(send, 200, msgspec.json.encode(told), ((b"cache-control", b"no-store"),))
            return
        if scope["method"] != "POST":
            await _send(send, 405, b'{"error":"expected POST"}', ((b"allow", b"POST, OPTIONS"),))
            return
        data = await read_body(receive, MOST_BYTES)
        if data is None:
            answer = Answer(413, {"error": f"body: expected at most {MOST_BYTES} bytes"})
        else:
            answer = await self._accept(data, scope["headers"], peer)
        await _send(send, answer.status, encode_answer(answer), answer.headers)

    async def _accept(self, data: bytes, headers: list[tuple[bytes, bytes]], peer: str) -> Answer:
        token = bearer(headers) if self._settings.api_keys else None
        if token is None:
            return await self.acceptor().accept(data, headers, peer)
        return await stated.accept(self.acceptor(), self._settings, token, data, headers, peer)


async def read_body(receive: Receive, most: int) -> bytes | None:
    """The whole body, or None as soon as it is larger than `most` bytes; b"" when the sender left."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send(send: Send, status: int, body: bytes, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers_of(body, headers)})
    await send({"type": "http.response.body", "body": body})


class Collector(Starlette):
    """Starlette with one way past its routing, for the one route that has to be fast."""

    track: Track

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: events at once, everything else by its route."""
        if scope["type"] == "http" and scope["path"] in self.track.paths:
            await self.track(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Collector:
    """The collector for these settings; its journal, flusher and Redis client live as long as it does."""
    running: dict[str, Any] = {}

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        client = store.connect_async(settings=settings, timeout=2.0, purpose="salts")  # requests wait for it
        asked = store.connect_async(settings=settings, timeout=2.0, purpose="health")
        journal: Journal = own_journal(settings.data / "journal")
        flusher = FlusherProcess(journal.folder, settings)
        commit = GroupCommit(journal, flusher.tell)
        commit.start()
        flusher.start(journal.number)
        sites = Sites(client, settings)
        salts = Salts(client, settings.salt_rotation)
        running["acceptor"] = Acceptor(settings, sites, salts, Geo(settings.geoip), journal, commit)
        running["backlog"] = Backlog(journal, flusher, asked, _TRUST if settings.command_budget else 0.0)
        bills = running["bills"] = Bills(settings)
        forgetting = asyncio.create_task(_forget(salts))
        try:
            yield
        finally:
            forgetting.cancel()
            await commit.stop()
            flusher.stop()
            journal.close()
            await asyncio.gather(client.aclose(), asked.aclose(), asyncio.to_thread(bills.close))

    def acceptor() -> Acceptor:
        return running["acceptor"]  # type: ignore[no-any-return]

    async def pixel(request: HttpRequest) -> Response:
        query = request.query_params
        if request.method == "HEAD":  # asks about the picture, sees no page
            return assets.asset_response(assets.pixel(), request)
        event = RawEvent(
            pathname=query.get("pathname") or _path_of(request.headers.get("referer", "")),
            site=query.get("site"),
            referrer=query.get("referrer"),
            title=query.get("title"),
            hostname=query.get("hostname"),
        )
        facts = acceptor().request_of(request.scope["headers"], request.client.host if request.client else "")
        answer = await acceptor().take(Body(query.get("site"), None, [event], {}), facts)
        reason = answer.body.get("error") or ", ".join(answer.body.get("dropped", ()))
        response = assets.asset_response(assets.pixel(), request)
        response.status_code = 200 if answer.status == 202 else answer.status
        if reason:
            response.headers["X-Footfall"] = reason
        return response

    async def tracker(request: HttpRequest) -> Response:
        return assets.tracker_response(request)

    async def demo(request: HttpRequest) -> Response:
        if settings.sites is not None and "demo" not in settings.sites:
            return PlainTextResponse("The demo page is off while FOOTFALL_SITES is set.\n", 404)
        return assets.asset_response(assets.demo_page(f"http://127.0.0.1:{settings.explorer_port}"), request)

    async def demo_script(request: HttpRequest) -> Response:
        return assets.asset_response(assets.demo_script(), request)

    async def health(_: HttpRequest) -> Response:
        status = await running["backlog"].status()
        return JSONResponse(status, 200 if status["accepting"] else 503)

    async def metrics(request: HttpRequest) -> Response:
        peer, headers = request.client.host if request.client else "", request.headers
        if not may_read(peer, "x-forwarded-for" in headers, headers.get("authorization", ""), settings.metrics_token):
            return PlainTextResponse("Metrics are for loopback, or for FOOTFALL_METRICS_TOKEN as a bearer.\n", 403)
        status, bill = await running["backlog"].status(), await running["bills"].latest()
        text = render(acceptor().counts, status, bill)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    app = Collector(
        routes=[
            Route("/tracker.js", tracker),
            Route("/tracker.{parts}.js", tracker),
            Route("/pixel.gif", pixel),
            Route("/demo", demo),
            Route("/demo/{page:path}", demo),
            Route("/demo.js", demo_script),
            Route("/healthz", health),
            Route("/metrics", metrics),
            *_renamed(*settings.renamed),
            *routes(acceptor, settings),
        ],
        lifespan=lifespan,
    )
    app.track = Track(acceptor, settings)
    return app


def _renamed(script: str, endpoint: str) -> list[Route]:
    """The tracker under a name of one's own, sending to such a name."""

    async def tracker(request: HttpRequest) -> Response:
        return assets.tracker_response(request, endpoint)

    return [Route(path, tracker) for path in (script, f"{script.removesuffix('.js')}.{{parts}}.js")] if script else []


async def _forget(salts: Salts) -> None:
    """Without any traffic, too, no salt is kept longer than in Redis."""
    while True:
        await asyncio.sleep(_FORGET)
        salts.forget(time.time_ns() // 1_000_000)


def _path_of(referer: str) -> str | None:
    """A pixel without a pathname counts the page it stands on."""
    try:
        return urllib.parse.urlsplit(referer).path or None
    except ValueError:
        return None
