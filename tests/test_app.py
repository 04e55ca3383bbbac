"""The routes: methods, headers, bodies that are too large, too slow or cut off, and the pixel."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis as redis_py
from collectors import FIREFOX, wait_for
from starlette.testclient import TestClient

from collector import app as module
from collector import assets
from collector.answers import Answer
from collector.app import Track, create_app, read_body
from common.frames import Traffic
from common.settings import Settings

EVENT = {"pathname": "/", "hostname": "example.com"}


@pytest.fixture
def http(settings: Settings, redis: redis_py.Redis) -> Iterator[TestClient]:
    with TestClient(create_app(settings), headers={"user-agent": FIREFOX}, client=("192.0.2.1", 5)) as client:
        yield client


def pages(redis: redis_py.Redis, settings: Settings, site: str = "example.com") -> dict[str, int]:
    traffic = Traffic(site=site, client=redis, settings=settings)
    found = traffic.breakdown("page", traffic.today(), traffic.today())
    return dict(zip(found["page"], found["pageviews"].tolist(), strict=True))


def test_any_origin_may_post_and_read_when_to_come_again(http: TestClient) -> None:
    for kind in ("text/plain", "application/json", "image/png", ""):
        answer = http.post(
            "/api/track", content=json.dumps(EVENT), headers={"content-type": kind, "origin": "https://a"}
        )
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "dropped": {}})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == "Retry-After"
        assert "access-control-allow-credentials" not in answer.headers
    bad = http.post("/api/track", content=b"x")
    assert (bad.status_code, bad.headers["access-control-allow-origin"]) == (400, "*")


def test_preflight(http: TestClient) -> None:
    asked = {
        "origin": "https://example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    answer = http.options("/api/track", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "*"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_named_405_with_cors(http: TestClient, method: str) -> None:
    answer = http.request(method, "/api/track")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.headers["access-control-allow-origin"] == "*"


#: Bytes of a body -> its answer. 64 KiB is the limit.
@pytest.mark.parametrize(("size", "status"), [(65_536, 202), (65_537, 413), (1_000_000, 413)])
def test_large_bodies(http: TestClient, size: int, status: int) -> None:
    body = json.dumps(EVENT).encode().ljust(size)
    answer = http.post("/api/track", content=body)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")
    assert ("65536" in answer.text) == (status == 413)


class Exchange:
    """One ASGI request, part by part; what was answered and how much was read."""

    def __init__(self, *parts: dict[str, Any]) -> None:
        self.parts, self.read, self.sent = list(parts), 0, []  # type: ignore[var-annotated]

    async def receive(self) -> dict[str, Any]:
        if not self.parts:
            await asyncio.Event().wait()
        part = self.parts.pop(0)
        self.read += len(part.get("body", b""))
        return part

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


class Nobody:
    """Accepts nothing: a body that gets here was read to its end."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def accept(self, data: bytes, headers: Any, peer: str) -> Answer:
        self.bodies.append(data)
        return Answer(202, {})


SCOPE: dict[str, Any] = {"type": "http", "method": "POST", "headers": [], "client": None}


async def test_a_body_without_end_is_not_read_beyond_the_limit() -> None:
    nobody, exchange = Nobody(), Exchange(*[part(b"x" * 8_192)] * 10_000)
    await Track(lambda: nobody)(SCOPE, exchange.receive, exchange.send)  # type: ignore[arg-type, return-value]
    assert (exchange.status, exchange.read, nobody.bodies) == (413, 9 * 8_192, [])


async def test_salts_are_forgotten_without_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []

    class Remembered:
        def forget(self, now: int) -> None:
            times.append(now)

    monkeypatch.setattr(module, "_FORGET", 0.0)
    task = asyncio.create_task(module._forget(Remembered()))  # type: ignore[arg-type]
    while not times:
        await asyncio.sleep(0.001)
    task.cancel()
    assert abs(times[0] / 1_000 - time.time()) < 60


async def test_half_a_body_of_a_sender_that_left_is_no_body() -> None:
    exchange = Exchange(part(b'{"pathname":"/"}'), {"type": "http.disconnect"})
    assert await read_body(exchange.receive, 100) == b""


def test_the_pixel_counts_the_page_it_is_asked_for(http: TestClient, redis: redis_py.Redis, settings: Settings) -> None:
    asked = [
        ("/pixel.gif?site=example.com&pathname=/mail%3Futm_source=letter", {}, 200),
        ("/pixel.gif?site=example.com", {"referer": "https://example.com/from/header?x=1"}, 200),
        ("/pixel.gif?site=example.com&pathname=/from/query", {"referer": "https://example.com/from/header"}, 200),
        ("/pixel.gif?site=example.com", {"referer": "http://[::1"}, 400),
        ("/pixel.gif?site=example.com", {}, 400),
        ("/pixel.gif?site=example.com&pathname=nothing", {}, 400),
        ("/pixel.gif", {}, 400),
    ]
    for url, headers, status in asked:
        answer = http.get(url, headers=headers)
        assert (answer.headers["content-type"], answer.content) == ("image/gif", assets.PIXEL)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.status_code == status or url == "/pixel.gif", url
    assert http.head("/pixel.gif?site=example.com&pathname=/head").status_code == 200
    expected = {"/mail": 1, "/from/header": 1, "/from/query": 1}
    wait_for(lambda: pages(redis, settings) == expected)


def test_health_tells_what_waits_and_answers_head(http: TestClient) -> None:
    answer = http.get("/healthz")
    assert (answer.status_code, answer.json()["redis"], answer.json()["accepting"]) == (200, "ok", True)
    assert set(answer.json()) == {"accepting", "redis", "backlog", "journal_bytes", "failing_since"}
    assert (http.head("/healthz").status_code, http.head("/healthz").content) == (200, b"")


def test_assets_have_an_etag_and_answer_head(http: TestClient) -> None:
    for path in ("/tracker.js", "/demo", "/demo/any/page", "/demo.js"):
        answer = http.get(path)
        assert answer.status_code == 200
        again = http.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        head = http.head(path)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", answer.headers["etag"])
    assert http.get("/nothing").status_code == 404


def test_the_demo_page_is_off_once_sites_are_set(settings: Settings, redis: redis_py.Redis) -> None:
    with TestClient(create_app(replace(settings, sites={"example.com": "UTC"}))) as client:
        assert client.get("/demo").status_code == 404
        assert "FOOTFALL_SITES" in client.get("/demo").text
    with TestClient(create_app(replace(settings, sites={"demo": "UTC"}))) as client:
        assert client.get("/demo").status_code == 200


def test_what_was_accepted_is_applied_when_it_stops(settings: Settings, redis: redis_py.Redis) -> None:
    with TestClient(create_app(replace(settings, flush_seconds=3_600))) as client:
        wait_for(lambda: client.get("/healthz").json()["backlog"] == 0)
        for _ in range(3):
            client.post("/api/track", content=json.dumps(EVENT), headers={"user-agent": FIREFOX})
    assert pages(redis, settings) == {"/": 3}
