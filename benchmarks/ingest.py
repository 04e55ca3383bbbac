"""Batches of ten and single events through the real collector and through the bare stack, on the same core."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.load import SERVER_CORE, pinned, run
from common.frames import Traffic
from common.settings import Settings
from common.valkey import free_port

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def _process(command: list[str], port: int, path: str, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*pinned(SERVER_CORE), sys.executable, *command], cwd=ROOT, env=os.environ | environ
    ) as process:
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1).close()
                    break
                except urllib.error.HTTPError:
                    break
                except OSError:
                    time.sleep(0.05)
            yield process
        finally:
            process.terminate()
            process.wait(20)


def measure(seconds: int, rounds: int) -> dict[str, float]:
    """The figures of this part, medians of interleaved rounds; checks that what was acknowledged is counted."""
    bare_port, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "FOOTFALL_DATA": folder,
            "FOOTFALL_COLLECTOR_PORT": str(port),
            "FOOTFALL_TRUSTED_PROXIES": "127.0.0.0/8",
            "FOOTFALL_REDIS_URL": "",
        }
        with (
            _process(["-m", "benchmarks.bare", str(bare_port)], bare_port, "/", {}),
            _process(["-m", "collector", "serve"], port, "/healthz", environ),
        ):
            figures, sent = _rounds(seconds, rounds, bare_port, port)
            figures |= _check(folder, sent)
    return figures


def _rounds(seconds: int, rounds: int, bare_port: int, port: int) -> tuple[dict[str, float], int]:
    sent, found = 0, dict[str, list[float]]()
    for turn in range(rounds + 1):
        for name, events in (("batch", 10), ("single", 1)):
            bare, ours = run(bare_port, events, seconds), run(port, events, seconds)
            sent += ours.requests * events
            if turn:  # the first round warms caches up
                found.setdefault(f"ingest_{name}_vs_bare", []).append(ours.rate / bare.rate)
                found.setdefault(f"ingest_{name}_events_per_s", []).append(ours.rate * events)
                found.setdefault(f"ingest_{name}_p99_vs_bare", []).append(ours.p99 / bare.p99)
    return {key: median(values) for key, values in found.items()}, sent


def _check(folder: str, sent: int) -> dict[str, float]:
    """Everything that was answered with 202 is counted: what wrk had under way at its end may come on top."""
    traffic = Traffic(site="bench.example", settings=Settings(data=Path(folder)))
    today, begun = traffic.today(), time.monotonic()
    while (counted := traffic.totals(today, today)["pageviews"]) < sent:
        if time.monotonic() - begun > 120:
            raise AssertionError(f"{sent} acknowledged, {counted:.0f} counted")
        time.sleep(0.2)
    return {"ingest_counted_vs_acknowledged": counted / sent}
