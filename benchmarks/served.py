"""Settings in; servers that are pinned to a core out, with what waits in them, what they cost and what they hold."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
import redis

from benchmarks.load import SERVER_CORE, pinned
from collector.progress import Progress
from common import embedded, store
from common.frames import Traffic
from common.settings import Settings, load
from common.valkey import free_port

ROOT = Path(__file__).resolve().parent.parent


class Cost(NamedTuple):
    """CPU seconds."""

    serve: float
    flusher: float
    server: float

    def since(self, earlier: Cost) -> Cost:
        """What came on top."""
        return Cost(*(now - before for now, before in zip(self, earlier, strict=True)))


def cpu(process: psutil.Process) -> float:
    """CPU seconds of a process so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


class Collector:
    """`python -m collector serve` and its flusher."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port, self._serve = port, psutil.Process(process.pid)

    @property
    def _flusher(self) -> psutil.Process:
        return next(child for child in self._serve.children() if "collector.flushing" in child.cmdline())

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of the process and of its flusher, their jobs left out."""
        return cpu(self._serve), cpu(self._flusher)

    def rss(self) -> tuple[float, float]:
        """Resident MB of the process and of its flusher."""
        return self._serve.memory_info().rss / 1e6, self._flusher.memory_info().rss / 1e6

    def is_busy(self) -> bool:
        """Whether a job runs beside its flusher."""
        return bool(self._flusher.children(recursive=True))


class Place:
    """A data folder with the embedded server, and the collectors that share it."""

    def __init__(self, environ: dict[str, str], collectors: list[Collector], url: str) -> None:
        self.environ, self.collectors, self.url = environ, collectors, url
        self.settings: Settings = load(environ)
        self.client: redis.Redis = store.connect(url)
        self._server = psutil.Process(self.client.info("server")["process_id"])

    @property
    def port(self) -> int:
        """Of the first collector."""
        return self.collectors[0].port

    def waiting(self) -> int:
        """Journal records that are durable and not applied."""
        left = 0
        for folder in (self.settings.data / "journal").glob("*"):
            progress = Progress(folder)
            left += max(0, progress.durable - progress.applied)
            progress.close()
        return left

    def applied(self, seconds: float = 240.0) -> float:
        """Wait until all that was acknowledged is in Redis; for how many s."""
        begun = time.monotonic()
        wait(lambda: not self.waiting(), seconds, "the flusher does not keep up")
        return time.monotonic() - begun

    def quiet(self) -> None:
        """Wait until nothing is to be applied and no job runs."""
        self.applied()
        wait(lambda: not any(one.is_busy() for one in self.collectors), 900.0, "a job does not end")

    def cost(self) -> Cost:
        """CPU seconds of all processes so far."""
        serve, flusher = (sum(times) for times in zip(*(one.cpu() for one in self.collectors), strict=True))
        return Cost(serve, flusher, cpu(self._server))

    def commands(self) -> int:
        """Commands that the server has run since `reset`, those of scripts included and these two not."""
        return sum(self.commands_by_name().values())

    def commands_by_name(self) -> dict[str, int]:
        """The same by command."""
        found = self.client.info("commandstats").items()
        return {name[8:]: entry["calls"] for name, entry in found if name != "cmdstat_config|resetstat"}

    def reset(self) -> None:
        """Count commands from here on."""
        self.client.config_resetstat()

    def traffic(self, site: str) -> Traffic:
        """What a notebook would read."""
        return Traffic(site=site, client=self.client, settings=self.settings)


@contextmanager
def collecting(
    folder: Path, sites: list[str], collectors: int = 1, core: str | None = SERVER_CORE, **settings: str
) -> Iterator[Place]:
    """Serve as many collectors on one folder; with a core, they, their flushers and the server are pinned to it."""
    shared = {
        "FOOTFALL_DATA": str(folder),
        "FOOTFALL_SITES": ",".join(sites),
        "FOOTFALL_TRUSTED_PROXIES": "127.0.0.0/8",
    } | settings
    with ExitStack() as last, ExitStack() as stack:
        made = []
        for _ in range(collectors):
            port = free_port()
            environ = shared | {"FOOTFALL_COLLECTOR_PORT": str(port)}
            running = stack.enter_context(process(["-m", "collector", "serve"], port, "/healthz", environ, core))
            made.append(Collector(running, port))
        joined = embedded.join(folder / "valkey")  # only now: the first to join has it started on its core
        last.callback(joined.close, wait=True)
        place = Place(shared, made, joined.url)
        if collectors:
            time.sleep(2.0)  # then jobs that a start begins with are there, to be waited for
        stack.callback(place.client.close)
        place.quiet()
        yield place


def clean(environ: dict[str, str]) -> dict[str, str]:
    """This environment without settings of Footfall's, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FOOTFALL_", "STREAMLIT_"))}
    return kept | environ


@contextmanager
def process(
    command: list[str], port: int, path: str, environ: dict[str, str], core: str | None = SERVER_CORE
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that serves; ready when it answers, ended afterwards."""
    with subprocess.Popen(
        [*(pinned(core) if core else []), sys.executable, *command], cwd=ROOT, env=clean(environ)
    ) as running:
        try:
            wait(lambda: running.poll() is not None or answers(port, path), 30.0, f"{command[1]} does not start")
            if running.poll() is not None:
                raise AssertionError(f"{' '.join(command)} ended by itself")
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()


def answers(port: int, path: str) -> bool:
    """Whether a port answers HTTP, whatever it says."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def wait(true: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Wait until something holds. Raises AssertionError with this text."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(0.01)
