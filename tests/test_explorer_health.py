"""Data health: drops, classes, marked days and the collector's word."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from common import keys
from common.keys import Shard
from explorer import health


class _Healthz(http.server.BaseHTTPRequestHandler):
    answer = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector() -> Iterator[http.server.HTTPServer]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Healthz) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "told"), [(b'{"backlog": 3}', {"backlog": 3}), (b"[1]", None), (b"not json", None), (b"", None)]
)
def test_collector_status(collector: http.server.HTTPServer, answer: bytes, told: object) -> None:
    _Healthz.answer = answer
    assert health.collector_status(collector.server_port, timeout=2.0) == told


def test_no_collector(free_port: Callable[[], int]) -> None:
    assert health.collector_status(free_port()) is None


def test_dropped_reasons_are_explained() -> None:
    table = health.dropped_table(pd.DataFrame({"reason": ["old", "new_reason"], "events": [2, 1]}))
    assert table.to_numpy().tolist() == [["old", "it happened before the site's yesterday", 2], ["new_reason", "", 1]]


def test_the_page(
    redis: redis_py.Redis, redis_url: str, collector: http.server.HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_COLLECTOR_PORT", str(collector.server_port))
    _Healthz.answer = b'{"accepting": true, "redis": "ok", "backlog": 1234}'
    site.forget()
    site.ordinary(redis)
    redis.hset(Shard(site.SITE).marked(), keys.iso(739_000), b"1")
    app = site.opened("health", site=site.SITE, period="7d")
    assert not app.exception
    dropped, collector_says = (frame.value for frame in app.dataframe[:2])
    assert dropped["reason"].tolist() == ["no_visit", "old"]
    assert collector_says["value"].tolist() == ["yes", "ok", "1,234"]
    assert keys.iso(739_000) in site.texts(app)


@pytest.mark.parametrize("local", [True, False])
def test_visitors_that_are_counted_too_high_are_told(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.feed(redis, site.visit(1, site.now_ms() - site.DAY, "/", "/pricing", salt_local=local))
    app = site.opened("health")
    assert [warning.value[:8] for warning in app.warning] == (["2 events"] if local else [])


def test_days_and_commands(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    app = site.opened("health", site=site.SITE, period="7d")
    assert not app.exception
    assert "any filter is answered in full" in site.texts(app)
    assert "has not been seen yet" in site.texts(app)
    assert [block.value for block in app.code] == ["python -m collector verify --site shop.example"]
    today = site.now_ms() // site.DAY + 719_163
    redis.set(Shard(site.SITE).trimmed(today), "1", ex=60)
    redis.unlink(Shard(site.SITE).raw(today - 1, 0))
    site.forget()
    app = site.opened("health", site=site.SITE, period="7d")
    assert "The daily job of today ran." in site.texts(app)
    assert "leave out 1 day whose raw events are gone" in site.texts(app)


def test_nothing_came_in(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    app = site.opened("health", site=site.SITE, from_="2025-01-01", to="2025-01-07")
    assert not app.exception
    assert "Nothing came in in these days." in site.texts(app)
