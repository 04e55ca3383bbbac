"""Commands in, processes that can be killed, frozen and started again out: Valkey, the collector, or any other."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import psutil  # type: ignore[import-untyped]
import redis

from common import valkey
from tests.chaos.sender import Target

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A process that can be started again with the same command."""

    def __init__(self, command: Sequence[str], cwd: Path, log: Path, environ: Mapping[str, str]) -> None:
        self.command, self.cwd, self.log, self.environ = list(command), cwd, log, dict(environ)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the latest start."""
        assert self._process
        return self._process.pid

    def spawn(self) -> None:
        """Start it, without waiting until it is of use. The one before has to have ended."""
        self.reap()
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=os.environ | self.environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self, tree: bool = True) -> None:
        """SIGKILL; with `tree` to all that it started as well, as when a container ends."""
        assert self._process
        children = psutil.Process(self._process.pid).children(recursive=True) if tree and self.alive else []
        self._process.kill()  # first, so that it replaces none of the others
        self._process.wait()
        end_all(children)

    def terminate(self, timeout: float = 15.0) -> float:
        """SIGTERM; the seconds until it was gone. Raises subprocess.TimeoutExpired."""
        assert self._process
        begun = time.monotonic()
        self._process.terminate()
        self._process.wait(timeout)
        return time.monotonic() - begun

    def last_words(self) -> str:
        """How it ended, and the end of its log."""
        return f"exit {self._process.poll() if self._process else None}: {self.log.read_text()[-500:]}"

    def reap(self) -> None:
        """Take notice of its end."""
        if self._process:
            self._process.wait(10)

    def freeze(self) -> None:
        """Hang, as a machine that swaps does: connections stay, nothing answers."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)


class Valkey(Process):
    """A Valkey with the product's settings, on a port that stays. `extra` lines come last and win."""

    def __init__(self, folder: Path, extra: Sequence[str], environ: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.url = f"redis://:chaos@127.0.0.1:{valkey.free_port()}/0"
        self.folder = folder
        self.configure(extra)
        super().__init__([valkey.find_binary(), "valkey.conf"], folder, folder / "valkey.log", environ)

    def configure(self, extra: Sequence[str]) -> None:
        """Settings for the next start."""
        (self.folder / "valkey.conf").write_text(valkey.configuration(self.url) + "\n".join(extra) + "\n")

    def start(self, timeout: float = 20.0) -> None:
        """Start it and wait until it has loaded its data."""
        self.spawn()
        self.wait(timeout)

    def wait(self, timeout: float = 20.0) -> None:
        """Wait until it answers; one that ended while starting is a failure with its last words."""
        with self.client() as client:
            wait_for(lambda: _answers(client) or not self.alive, timeout, "Valkey does not answer")
        assert self.alive, self.last_words()

    def restart(self) -> None:
        """Start it again; one that still runs is told to end first."""
        if self.alive:
            self.terminate()
        self.start()

    def client(self) -> redis.Redis:
        """A client of its own; to be closed."""
        return redis.Redis.from_url(self.url, protocol=2, socket_timeout=10)


class Collector(Process):
    """`python -m collector serve` on a port that stays."""

    def __init__(self, log: Path, environ: Mapping[str, str]) -> None:
        self.target = Target("127.0.0.1", valkey.free_port())
        chosen = dict(environ) | {"FOOTFALL_COLLECTOR_PORT": str(self.target.port)}
        super().__init__([sys.executable, "-m", "collector", "serve"], ROOT, log, chosen)

    def start(self, timeout: float = 30.0) -> None:
        """Start it and wait until it accepts events, or says that it cannot."""
        self.spawn()
        wait_for(lambda: not self.alive or self.health() is not None, timeout, "the collector does not answer")
        assert self.alive, self.last_words()

    def restart(self) -> None:
        """Start it again; one that still runs is told to end first."""
        if self.alive:
            self.terminate()
        self.start()

    def health(self) -> dict[str, Any] | None:
        """What /healthz says; None while nobody answers."""
        try:
            answer = httpx2.get(f"http://{self.target.host}:{self.target.port}/healthz", timeout=5)
            found: dict[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError):
            return None
        return found


def wait_for(true: Callable[[], object], seconds: float, otherwise: str) -> None:
    """Wait until something holds; raises TimeoutError with `otherwise`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{otherwise} after {seconds:.0f} s")
        time.sleep(0.02)


def end_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_for(lambda: not any(map(_runs, processes)), 10, "a killed process runs")


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
