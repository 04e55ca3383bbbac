"""A port and a size of batch in, requests per second and latency out: wrk on a core of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import click

SCRIPT = Path(__file__).parent / "load.lua"
SERVER_CORE, CLIENT_CORE = "0", "1"


class Load(NamedTuple):
    """What a run reached: requests per s, p99 in ms, requests in all."""

    rate: float
    p99: float
    requests: int


def run(port: int, events: int, seconds: int, connections: int = 32) -> Load:
    """Send batches of `events` as fast as answers come. Raises where wrk is missing or an answer was no success."""
    if not (wrk := shutil.which("wrk")):
        raise click.ClickException("the benchmarks send with wrk: apt-get install wrk")
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(SCRIPT)]
    said = subprocess.run(
        [*pinned(CLIENT_CORE), *command, f"http://127.0.0.1:{port}/"],
        env=os.environ | {"EVENTS": str(events)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise click.ClickException(f"not every request was answered well:\n{said}")
    value, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", said)[0]
    return Load(
        float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0]),
        float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit],
        int(re.findall(r"(\d+) requests in", said)[0]),
    )


def pinned(core: str) -> list[str]:
    """What pins a command to a core, where the machine has two."""
    return ["taskset", "-c", core] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []
