"""A port and prepared requests in, requests per second and latency out: wrk on a core of its own."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers import found

SCRIPT = Path(__file__).parent / "load.lua"
SERVER_CORE, CLIENT_CORE = "0", "1"
#: Requests that may be under way when wrk ends: they are counted, and wrk does not know.
CONNECTIONS = 32
_runs = itertools.count(10_000_000 + secrets.randbelow(80_000_000))


class Load(NamedTuple):
    """What a run reached: seconds, requests in all, p99 in ms."""

    seconds: float
    requests: int
    p99: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class Sending:
    """wrk under way, as fast as answers come."""

    def __init__(self, port: int, pool: Path, seconds: int, connections: int = CONNECTIONS) -> None:
        found("wrk")
        self._process = subprocess.Popen(
            [*pinned(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency",
             "-s", str(SCRIPT), f"http://127.0.0.1:{port}/"],
            env=os.environ | {"POOL": str(pool), "RUN": run_id()},
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def wait(self) -> Load:
        """What came of it. Raises where an answer was no success."""
        said = self._process.communicate()[0]
        if self._process.returncode or "Non-2xx" in said or "Socket errors" in said:
            raise AssertionError(f"not every request was answered well:\n{said}")
        requests, seconds = re.findall(r"(\d+) requests in ([\d.]+)s", said)[0]
        value, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", said)[0]
        return Load(float(seconds), int(requests), float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit])


def run(port: int, pool: Path, seconds: int) -> Load:
    """Send as fast as answers come, and wait for the end."""
    return Sending(port, pool, seconds).wait()


def run_id() -> str:
    """Eight digits that begin the ids of a run's batches."""
    return f"{next(_runs):08d}"


def pinned(core: str) -> list[str]:
    """What pins a command to a core, where the machine has two."""
    return ["taskset", "-c", core] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []
