"""A real server: what is answered directly and what by ASGI is the same, whatever way the bytes come in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from collectors import FIREFOX, Collector, collecting
from test_guard import talk

from collector import direct
from collector.app import Collector as App
from collector.app import Track
from common.bodies import MOST_BYTES
from common.settings import Settings

SEEN: list[str] = []


class Noted(Track):
    """Says which requests came through ASGI."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        SEEN.append(scope["method"])
        await super().__call__(scope, receive, send)


class Serving:
    """A server on a free port, and the collector behind it."""

    def __init__(self, port: int, collector: Collector) -> None:
        self.port, self.collector = port, collector

    async def say(self, *parts: bytes, pause: float = 0.0, last: bytes = b"\0") -> bytes:
        """What the server answers, without its date."""
        SEEN.clear()
        return re.sub(rb"date: [^\r]*\r\n", b"", await talk(self.port, *parts, pause=pause, last=last))


@contextlib.asynccontextmanager
async def serving(folder: Path, url: str) -> AsyncIterator[Serving]:
    settings = Settings(data=folder, redis_url=url)
    async with collecting(settings, time.time_ns() // 1_000_000) as collector:
        app = App()
        app.track = Noted(lambda: collector.acceptor)
        config = uvicorn.Config(
            app, port=0, http=direct.protocol((), app.track), ws="none", lifespan="off", log_level="critical"
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield Serving(server.servers[0].sockets[0].getsockname()[1], collector)
        finally:
            server.should_exit = True
            await task


@pytest.fixture
async def server(tmp_path: Path, redis_url: str) -> AsyncIterator[Serving]:
    async with serving(tmp_path, redis_url) as found:
        await found.say(post(EVENT), last=ACCEPTED)  # the site is known from here on
        yield found


def post(body: bytes, *lines: bytes, url: bytes = b"/api/track", version: bytes = b"1.1") -> bytes:
    head = [b"POST %s HTTP/%s" % (url, version), b"host: x", b"user-agent: " + FIREFOX.encode(), *lines]
    return b"\r\n".join([*head, b"content-length: %d" % len(body), b"", body])


EVENT = json.dumps({"pathname": "/", "site": "example.com"}).encode()
ACCEPTED = b'{"accepted":1,"dropped":{}}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (EVENT, 202),
        (b'[{"pathname":"/","site":"example.com"},{"pathname":"x","site":"example.com"}]', 202),
        (b"[]", 400),
        (b"no json", 400),
        (json.dumps({"pathname": "x", "site": "example.com"}).encode(), 400),
        (b"", 400),
    ],
)
async def test_the_same_answer_either_way(server: Serving, body: bytes, status: int) -> None:
    whole = await server.say(post(body))
    assert SEEN == []
    usual = await server.say(post(body, url=b"/api/track?"))
    assert SEEN == ["POST"]
    assert whole == usual
    assert whole.startswith(b"HTTP/1.1 %d " % status)


async def test_a_body_that_comes_late_is_waited_for(server: Serving) -> None:
    request = post(EVENT)
    said = await server.say(request[:-10], request[-10:], pause=0.05)
    assert said.endswith(ACCEPTED)
    assert SEEN == ["POST"]


async def test_a_site_that_is_new_is_asked_about(server: Serving) -> None:
    body = json.dumps({"pathname": "/", "site": "new.example"}).encode()
    assert (await server.say(post(body))).endswith(ACCEPTED)
    assert SEEN == ["POST"]
    assert (await server.say(post(body))).endswith(ACCEPTED)
    assert SEEN == []


async def test_too_large_a_body(server: Serving) -> None:
    said = await server.say(post(b"x" * (MOST_BYTES + 1)))
    assert said.startswith(b"HTTP/1.1 413 ")


async def test_requests_behind_each_other_are_answered_in_order(server: Serving) -> None:
    bodies = [EVENT, b"no json", EVENT]
    said = await server.say(b"".join(map(post, bodies)))
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"202", b"400", b"202"]


async def test_a_connection_is_kept_or_closed_as_asked(server: Serving) -> None:
    kept = await server.say(post(EVENT), post(EVENT), pause=0.2)
    assert kept.count(b"HTTP/1.1 202") == 2
    assert b"connection: close" not in kept
    for closing in (post(EVENT, b"connection: close"), post(EVENT, version=b"1.0")):
        said = await server.say(closing, post(EVENT), pause=0.2)
        assert said.count(b"HTTP/1.1 202") == 1
        assert b"\r\nconnection: close\r\n" in said


async def test_other_paths_and_methods_go_by_their_routes(server: Serving) -> None:
    assert (await server.say(post(EVENT, url=b"/nothing"))).startswith(b"HTTP/1.1 404 ")
    assert (await server.say(b"GET /api/track HTTP/1.1\r\nhost: x\r\n\r\n")).startswith(b"HTTP/1.1 405 ")
    assert (await server.say(b"OPTIONS /api/track HTTP/1.1\r\nhost: x\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
    assert SEEN == ["OPTIONS"]


async def test_expect_continue(server: Serving) -> None:
    head, _, body = post(EVENT, b"expect: 100-continue").partition(b"\r\n\r\n")
    said = await server.say(head + b"\r\n\r\n", body, pause=0.1)
    assert said.startswith(b"HTTP/1.1 100 Continue\r\n")
    assert said.endswith(ACCEPTED)


async def test_who_leaves_before_the_answer_is_counted_all_the_same(server: Serving) -> None:
    before = server.collector.journal.number
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(post(EVENT))
    await writer.drain()
    writer.transport.abort()
    for _ in range(100):
        if server.collector.journal.number > before:
            break
        await asyncio.sleep(0.01)
    assert server.collector.journal.number == before + 1
    assert (await server.say(post(EVENT))).endswith(ACCEPTED)


async def test_a_disk_that_refuses_is_told(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(server.collector.journal, "write", refuse)
    said = await server.say(post(EVENT))
    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 5\r\n" in said
    assert server.collector.acceptor.counts.answers[503] == 1


async def test_a_fault_of_ours_is_no_bad_request(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(server.collector.acceptor, "accept_now", fail)
    said = await server.say(post(EVENT), post(b"{}", url=b"/nothing"), pause=0.1)
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"500", b"404"]


async def test_all_answers_are_counted(server: Serving) -> None:
    before = dict(server.collector.acceptor.counts.answers)
    await server.say(post(EVENT), post(b"no json"), pause=0.05)
    await server.say(post(EVENT, url=b"/api/track?"))
    after = server.collector.acceptor.counts.answers
    assert {status: count - before.get(status, 0) for status, count in after.items()} == {202: 2, 400: 1}
