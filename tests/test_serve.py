"""`python -m collector serve`: it says why it does not start, survives kill -9, and writes down nobody's address."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import redis as redis_py
from collectors import CHROME, FIREFOX, ROOT, Valkey, environ_of, raw_bytes, serving, wait_for

from collector import serve
from common import keys, store
from common.frames import Traffic
from common.known import Known, encode
from common.settings import Settings

FreePort = Callable[[], int]


def start(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "collector", "serve"],
        env=os.environ | environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def views(client: redis_py.Redis, settings: Settings, site: str = "example.com") -> int:
    traffic = Traffic(site=site, client=client, settings=settings)
    return int(traffic.totals(traffic.today(), traffic.today())["pageviews"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOOTFALL_COLLECTOR_PORT", "none"),
        ("FOOTFALL_SITES", "example.com=Mars/Olympus"),
        ("FOOTFALL_TRUSTED_PROXIES", "everyone"),
        ("FOOTFALL_GEOIP", "/nothing.mmdb"),
        ("FOOTFALL_SALT_ROTATION", "never"),
        ("FOOTFALL_REDIS_URL", "http://example.com"),
        ("FOOTFALL_DATA", "/dev/null"),
    ],
)
def test_a_bad_setting_stops_the_start_and_is_named(
    settings: Settings, free_port: FreePort, name: str, value: str
) -> None:
    done = start(environ_of(settings) | {"FOOTFALL_COLLECTOR_PORT": str(free_port())} | {name: value})
    assert done.returncode not in (0, None)
    assert name in done.stderr
    assert (done.stderr.count("\n"), "Traceback" in done.stderr) == (1, False), done.stderr


def test_a_taken_port_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = start(environ_of(settings) | {"FOOTFALL_COLLECTOR_PORT": port})
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "FOOTFALL_COLLECTOR_PORT" in done.stderr


def test_ctrl_c_drains_and_leaves_nothing_behind(
    settings: Settings, redis: redis_py.Redis, free_port: FreePort, tmp_path: Path
) -> None:
    slow = replace(settings, flush_seconds=3_600)
    with serving(environ_of(slow), free_port(), tmp_path / "log") as served:
        served.post({"pathname": "/", "hostname": "example.com"})
        wait_for(lambda: views(redis, settings) == 1)  # the flusher is up; the next flush is due in an hour
        family = psutil.Process(served.process.pid).children(recursive=True)
        for _ in range(5):
            assert served.post({"pathname": "/", "hostname": "example.com"}).status_code == 202
        os.killpg(served.process.pid, signal.SIGINT)  # as a terminal does
        served.process.wait(10)
    assert views(redis, settings) == 6
    gone, alive = psutil.wait_procs(family, 5)
    assert (len(gone), alive) == (len(family), [])
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_kill_9_of_everything_loses_nothing_and_doubles_nothing(tmp_path: Path, free_port: FreePort) -> None:
    """Collector, flusher and Redis die in turn, also while Redis is away; what was answered 202 is counted once."""
    valkey, port = Valkey(tmp_path / "valkey"), free_port()
    valkey.start()
    settings = Settings(redis_url=valkey.url, data=tmp_path / "data")
    accepted = 0

    def post(served: object, count: int) -> int:
        answers = [
            served.post({"site": "example.com", "batch": os.urandom(8).hex(), "events": [{"pathname": "/"}] * 3})  # type: ignore[attr-defined]
            for _ in range(count)
        ]
        assert {answer.status_code for answer in answers} == {202}
        return sum(answer.json()["accepted"] for answer in answers)

    try:
        for turn in range(3):
            with serving(environ_of(settings), port, tmp_path / "log") as served:
                family = psutil.Process(served.process.pid).children(recursive=True)
                flusher = next(child for child in family if "collector.flushing" in child.cmdline())
                accepted += post(served, 15)
                if turn == 1:
                    valkey.stop()
                    accepted += post(served, 15)
                flusher.kill()
                accepted += post(served, 15)
                served.process.kill()
                served.process.wait()
            if turn == 1:
                valkey.start()
        with serving(environ_of(settings), port, tmp_path / "log") as served, store.connect(valkey.url) as client:
            wait_for(lambda: served.health()["backlog"] == 0)
            wait_for(lambda: views(client, settings) == accepted)
            time.sleep(0.3)
            assert views(client, settings) == accepted == 3 * 15 * 7
    finally:
        valkey.stop()


#: What must be found nowhere: the senders' addresses, as text and as bytes, and their user agents.
SENDERS = ["203.0.113.77", "198.51.100.88", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"]


def secrets() -> list[bytes]:
    packed = [socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text) for text in SENDERS]
    short = [text.encode() for text in SENDERS] + [b"2001:db8:aaaa:bbbb"]
    return [*short, *packed, FIREFOX.encode(), CHROME.encode(), b"Gecko/20100101", b"AppleWebKit"]


def inflated(data: bytes) -> bytes:
    """The same bytes, and behind them whatever in them was compressed."""
    parts = [data]
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            parts.append(zlib.decompressobj().decompress(data[match.start() :]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def test_no_address_and_no_user_agent_is_written_anywhere(tmp_path: Path, free_port: FreePort) -> None:
    """With the embedded server, so that its files are looked through as well."""
    settings = Settings(data=tmp_path / "data")
    environ = environ_of(replace(settings, trusted_proxies=())) | {"FOOTFALL_TRUSTED_PROXIES": "127.0.0.0/8"}
    log = tmp_path / "log"
    try:
        with serving(environ, free_port(), log) as served:
            for sender in SENDERS:
                for agent in (FIREFOX, CHROME):
                    facts = {"x-forwarded-for": sender, "user-agent": agent}
                    event = {"pathname": "/secret-page", "hostname": "example.com", "sessionId": sender}
                    assert served.post(event, **facts).status_code == 202
                    assert served.post(b"\xff not json", **facts).status_code == 400
                    assert served.post({"pathname": "no"}, **facts).status_code in (202, 400)
            wait_for(lambda: served.health()["backlog"] == 0)
            with store.connect(settings=settings) as client:
                wait_for(lambda: views(client, settings) == 6)
                held = raw_bytes(client)
                slow = repr(client.slowlog_get(100)).encode()
        files = {path: inflated(path.read_bytes()) for path in settings.data.rglob("*") if path.is_file()}
        assert any(b"/secret-page" in data for path, data in files.items() if "journal" in path.parts)
        assert any(b"/secret-page" in data for path, data in files.items() if "valkey" in path.parts)
        files |= {log: log.read_bytes(), Path("keys"): inflated(held), Path("slowlog"): slow}
        found = [(str(path), secret) for path, data in files.items() for secret in secrets() if secret in data]
        assert found == []
        traffic = Traffic(site="example.com", settings=settings)
        assert traffic.totals(traffic.today(), traffic.today())["visitors"] == 6
        shown = traffic.events(traffic.today(), traffic.today()).to_csv()
        assert not [secret for secret in secrets() if secret.decode("latin-1") in shown]
    finally:
        store.leave(wait=True)
    assert logging.getLogger("footfall").handlers == []


def test_zones_that_differ_are_told_at_the_start(
    redis: redis_py.Redis, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    listed = replace(settings, sites={"a.example": "Asia/Tokyo"})
    redis.hset(keys.sites(), "a.example", encode(Known("UTC", 5)))
    serve._check_redis(listed)
    assert [record.getMessage() for record in caplog.records if "FOOTFALL_SITES" in record.getMessage()] == [
        "a.example: its days are of UTC, FOOTFALL_SITES says Asia/Tokyo. They stay what they are; to change them: "
        "python -m collector rebuild --site a.example --zone Asia/Tokyo"
    ]
    caplog.clear()
    redis.delete(keys.sites())
    redis.set(keys.sites(), "not ours")
    serve._check_redis(listed)
    assert not any("does not answer" in record.getMessage() for record in caplog.records)
