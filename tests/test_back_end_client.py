"""Calls of a back end in; what a real collector counted, through outages and exits, out."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from adapted import KEY
from collectors import CHROME, ROOT, Served, environ_of, serving, wait_for

from common.client import AsyncClient, Client, Reply, event_of, post
from common.frames import Traffic
from common.settings import Settings


class Collector:
    """Answers as told, then 202; keeps what it got."""

    def __init__(self, *replies: Reply) -> None:
        self.replies, self.bodies, self.headers = list(replies), list[dict[str, Any]](), dict[str, str]()

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Reply:
        assert url == "https://c.example/api/track"
        self.bodies.append(json.loads(body))
        self.headers = dict(headers)
        events = len(self.bodies[-1]["events"])
        return (
            self.replies.pop(0)
            if self.replies
            else Reply(202, json.dumps({"accepted": events, "dropped": {}}).encode())
        )

    def pages(self) -> list[str]:
        return [event["pathname"] for body in self.bodies for event in body["events"]]


def test_an_event() -> None:
    moment = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    found = event_of("Sale", "/", {"user_agent": "x", "revenue": (9.5, "EUR"), "timestamp": moment, "props": {"a": 1}})
    assert found == {
        "type": "Sale",
        "pathname": "/",
        "userAgent": "x",
        "revenue": {"amount": 9.5, "currency": "EUR"},
        "timestamp": "2026-11-24T08:30:00+00:00",
        "props": {"a": 1},
    }


def test_events_wait_and_travel_together() -> None:
    collector = Collector()
    with Client("https://c.example/", "example.com", KEY, post=collector) as client:
        client.pageview("/a", address="203.0.113.1")
        client.event("Signup", "/b", props={"plan": "pro"})
        time.sleep(0.1)
        assert collector.bodies == []
        assert client.flush()
        (body,) = collector.bodies
        assert (body["site"], len(body["batch"])) == ("example.com", 16)
        assert 90 <= body["events"][0].pop("age") < 5_000
        assert body["events"][0] == {"type": "pageview", "pathname": "/a", "address": "203.0.113.1"}
        assert collector.headers["Authorization"] == f"Bearer {KEY}"
        client.pageview("/c")
    assert collector.pages() == ["/a", "/b", "/c"]
    assert client.outbox.accepted == 3


@pytest.mark.parametrize(("at_once", "every", "events"), [(True, 60.0, 1), (False, 0.05, 1), (False, 60.0, 100)])
def test_when_it_sends_by_itself(at_once: bool, every: float, events: int) -> None:
    collector = Collector()
    with Client("https://c.example", "example.com", at_once=at_once, every=every, post=collector) as client:
        for _ in range(events):
            client.pageview("/")
        wait_for(lambda: len(collector.pages()) == events, 3)
        assert "Authorization" not in collector.headers


def test_an_outage_is_waited_for_under_the_same_id() -> None:
    collector = Collector(Reply(0), Reply(503, b"", "0"))
    with Client("https://c.example", "example.com", at_once=True, post=collector) as client:
        client.pageview("/a")
        wait_for(lambda: client.outbox.accepted == 1, 8)
    assert [body["batch"] for body in collector.bodies] == [collector.bodies[0]["batch"]] * 3


def test_a_refusal_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    collector = Collector(Reply(401), Reply(401))
    with (
        caplog.at_level(logging.WARNING),
        Client("https://c.example", "example.com", "wrong", post=collector) as client,
    ):
        for _ in range(2):
            client.pageview("/")
            client.flush()
    assert [record.getMessage() for record in caplog.records] == [
        "https://c.example/api/track answers 401: 1 events were given up"
    ]
    assert client.outbox.dropped == {"refused": 2}


def test_closing_during_an_outage_ends_in_time() -> None:
    client = Client("https://c.example", "example.com", post=Collector(*[Reply(0)] * 99))
    client.pageview("/")
    began = time.monotonic()
    assert not client.close(0.3)
    assert time.monotonic() - began < 2


def test_many_threads_lose_nothing() -> None:
    collector = Collector(*[Reply(0)] * 2)
    with Client("https://c.example", "example.com", every=0.01, post=collector) as client:

        def work(number: int) -> None:
            for step in range(200):
                client.pageview(f"/{number}/{step}")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for(lambda: client.flush(0.1), 10)
    once = {body["batch"]: [event["pathname"] for event in body["events"]] for body in collector.bodies}
    pages = [page for pages in once.values() for page in pages]
    assert sorted(pages) == sorted(f"/{number}/{step}" for number in range(5) for step in range(200))


def test_an_address_that_is_none() -> None:
    with pytest.raises(ValueError, match="expected http"):
        Client("c.example", "example.com")


async def test_asyncio() -> None:
    collector = Collector(Reply(0))
    async with AsyncClient("https://c.example", "example.com", at_once=True, post=collector) as client:
        client.pageview("/a")
        for _ in range(400):
            await asyncio.sleep(0.02)
            if client.outbox.accepted:
                break
        assert [body["batch"] for body in collector.bodies] == [collector.bodies[0]["batch"]] * 2
        client.event("Signup", "/b")
        assert await client.flush()
        client.pageview("/c")
    assert collector.pages() == ["/a", "/a", "/b", "/c"]


@pytest.fixture
def served(settings: Settings, free_port: Callable[[], int], tmp_path: Path) -> Iterator[Served]:
    environ = environ_of(settings) | {"FOOTFALL_API_KEYS": f"example.com={KEY}"}
    with serving(environ, free_port(), tmp_path / "log") as running:
        yield running


def test_to_a_real_collector(served: Served, settings: Settings, redis: redis_py.Redis) -> None:
    with Client(served.url, "example.com", KEY) as client:
        for number in range(3):
            client.pageview("/pricing?utm_source=letter", address=f"203.0.113.{number}", user_agent=CHROME)
        client.event("Sale", "/done", address="203.0.113.0", user_agent=CHROME, revenue=("9.90", "EUR"))
    assert (client.outbox.accepted, client.outbox.dropped) == (4, {})
    traffic = Traffic(site="example.com", client=redis, settings=settings)
    today = traffic.today()
    wait_for(lambda: traffic.totals(today, today)["events"] == 4)
    assert traffic.totals(today, today)["visitors"] == 3
    assert traffic.breakdown("source", today, today)["source"].tolist() == ["letter"]
    assert traffic.revenue(today, today)["amount"].tolist() == [990]
    assert post(f"{served.url}/api/nowhere", b"{}", {}, 5.0).status == 404
    assert post("http://127.0.0.1:1/api/track", b"{}", {}, 5.0) == Reply(0)


def test_at_exit_and_after_a_fork(served: Served, settings: Settings, redis: redis_py.Redis) -> None:
    """A program that closes nothing: its own event and that of its child are there, each once."""
    program = f"""
        import os
        from common.client import Client
        client = Client({served.url!r}, "example.com", {KEY!r})
        client.pageview("/parent", visitor="p")
        child = os.fork()
        if child == 0:
            client.pageview("/child", visitor="c")
            raise SystemExit
        os.waitpid(child, 0)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, check=True, env=os.environ, timeout=30)
    traffic = Traffic(site="example.com", client=redis, settings=settings)
    today = traffic.today()
    wait_for(lambda: traffic.totals(today, today)["events"] == 2)
    frame = traffic.breakdown("page", today, today)
    assert dict(zip(frame["page"], frame["pageviews"], strict=True)) == {"/parent": 1, "/child": 1}
