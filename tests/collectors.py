"""Settings in; a collector without its HTTP, or one in a process of its own, out: for tests of the write path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import redis as redis_py
from made import event

from collector.accept import Acceptor
from collector.answers import Answer
from collector.batches import Batch, encode
from collector.commit import GroupCommit
from collector.draining import Drain
from collector.flush import Flusher
from collector.journal import MOST_BYTES, Journal
from collector.progress import Progress
from collector.salts import Salts
from collector.sites import Sites
from common import store
from common.enrich.geo import Geo
from common.frames import Traffic
from common.settings import Settings
from common.valkey import find_binary

ROOT = Path(__file__).resolve().parent.parent
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


class Collector:
    """Everything between a request's bytes and Redis, in this process, with a clock that the test sets."""

    def __init__(self, settings: Settings, now: int, most_bytes: int = MOST_BYTES) -> None:
        self.now, self.settings = now, settings
        self.journal = Journal(settings.data / "journal" / "0", most_bytes)
        self.progress = Progress(self.journal.folder)
        self.commit = GroupCommit(self.journal, lambda upto: setattr(self.progress, "durable", upto))
        self.async_client = store.connect_async(settings=settings)
        self.client = store.connect(settings=settings, check=False)
        self.salts = Salts(self.async_client, settings.salt_rotation)
        self.sites = Sites(self.async_client, settings)
        self.acceptor = Acceptor(
            settings, self.sites, self.salts, Geo(None), self.journal, self.commit, lambda: self.now
        )
        self.drain = Drain(self.journal.folder, Flusher(self.client, self.journal.id), self.progress, 1_000)

    async def post(self, body: object, peer: str = "192.0.2.1", **headers: str) -> Answer:
        """Accept a body, given as bytes or as what JSON is made of."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"user_agent": FIREFOX} | headers
        listed = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in given.items()]
        return await self.acceptor.accept(data, listed, peer)

    def flush(self) -> None:
        """Bring all that is durable to Redis."""
        while self.drain.run():
            pass

    def traffic(self, site: str = "example.com") -> Traffic:
        """What a notebook would read."""
        return Traffic(site=site, client=self.client, settings=self.settings)

    def dropped(self, day: str, site: str = "example.com") -> dict[str, int]:
        """What the explorer shows as not counted."""
        self.flush()
        frame = self.traffic(site).dropped(day, day)
        return dict(zip(frame["reason"], frame["events"].tolist(), strict=True))


@asynccontextmanager
async def collecting(settings: Settings, now: int, most_bytes: int = MOST_BYTES) -> AsyncIterator[Collector]:
    """A collector that commits in the running loop."""
    collector = Collector(settings, now, most_bytes)
    collector.commit.start()
    try:
        yield collector
    finally:
        await collector.commit.stop()
        collector.journal.close()
        collector.progress.close()
        collector.client.close()
        await collector.async_client.aclose()


class Served:
    """`python -m collector serve` in a process of its own."""

    def __init__(self, environ: dict[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx2.Client(base_url=self.url, timeout=10)
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "collector", "serve"],
                env=os.environ | environ | {"FOOTFALL_COLLECTOR_PORT": str(port)},
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        wait_for(lambda: self.process.poll() is not None or self._answers())
        assert self.process.poll() is None, log.read_text()

    def _answers(self) -> bool:
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def post(self, body: object, **headers: str) -> httpx2.Response:
        """One request to /api/track."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"user-agent": FIREFOX} | headers
        return self.http.post("/api/track", content=data, headers=given)

    def health(self) -> dict[str, Any]:
        """What /healthz says."""
        found: dict[str, Any] = self.http.get("/healthz").json()
        return found


@contextmanager
def serving(environ: dict[str, str], port: int, log: Path) -> Iterator[Served]:
    """A served collector; stopped as Ctrl-C stops it, unless it has ended already."""
    served = Served(environ, port, log)
    try:
        yield served
    finally:
        served.http.close()
        if served.process.poll() is None:
            served.process.terminate()
        try:
            served.process.wait(15)
        except subprocess.TimeoutExpired:
            served.process.kill()
            served.process.wait()
            raise


def environ_of(settings: Settings) -> dict[str, str]:
    """The settings as a process gets them."""
    sites = ",".join(f"{site}={zone}" for site, zone in (settings.sites or {}).items())
    return {
        "FOOTFALL_REDIS_URL": settings.redis_url or "",
        "FOOTFALL_DATA": str(settings.data),
        "FOOTFALL_SITES": sites,
        "FOOTFALL_TRUSTED_PROXIES": ",".join(map(str, settings.trusted_proxies)),
        "FOOTFALL_SALT_ROTATION": settings.salt_rotation,
        "FOOTFALL_FLUSH_SECONDS": str(settings.flush_seconds),
        "FOOTFALL_GEOIP": "",
        "FOOTFALL_ARCHIVE": "",
    }


def wait_for(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something holds; a failure when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def raw_bytes(client: redis_py.Redis) -> bytes:
    """Everything that Redis holds, names and values, as bytes."""
    parts: list[bytes] = []
    for key in client.scan_iter(count=1_000):
        parts += [key, client.dump(key) or b""]
    return b"\n".join(parts)


class Filled:
    """A journal with its drain."""

    def __init__(self, folder: Path, client: redis_py.Redis, now: int = 1_777_982_400_000) -> None:
        self.journal = Journal(folder)
        self.progress = Progress(folder)
        self.flusher = Flusher(client, self.journal.id)
        self.drain = Drain(folder, self.flusher, self.progress, 1_000)
        self.number, self.now = 0, now

    def add(self, *sites: str) -> None:
        """A batch of one pageview for each site, and durable."""
        for site in sites:
            self.number += 1
            self.journal.append(encode(Batch(site, "UTC", self.now, 0, [event(self.number, self.now)])))
        self.progress.durable = self.journal.sync()

    def close(self) -> None:
        self.journal.close()
        self.progress.close()


class Valkey:
    """A server of the test's own that can go away and come back with what it held."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.url = f"unix://{folder / 's'}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = ["--port", "0", "--unixsocket", "s", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        with (self._folder / "log").open("ab") as out:
            self._process = subprocess.Popen([find_binary(), *options], cwd=self._folder, stdout=out, stderr=out)
        with store.connect(self.url, check=False) as client:
            wait_for(lambda: _pong(client))

    def stop(self) -> None:
        """End it at once, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


def _pong(client: redis_py.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis_py.RedisError, OSError):
        return False
