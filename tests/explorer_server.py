"""An environment in, the address of a served explorer out: what tests of its HTTP side share."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from common.valkey import free_port

ROOT = Path(__file__).resolve().parent.parent


def command(port: int, *options: str) -> list[str]:
    """What starts the explorer."""
    return [sys.executable, "-m", "streamlit", "run", "explorer/server.py", "--server.port", str(port), *options]


@contextmanager
def serving(environ: Mapping[str, str], *options: str, port: int = 0) -> Iterator[str]:
    """Serve it; afterwards it is gone."""
    port = port or free_port()
    chosen = {name: value for name, value in os.environ.items() if not name.startswith(("FOOTFALL_", "STREAMLIT_"))}
    with subprocess.Popen(
        command(port, *options),
        cwd=ROOT,
        env=chosen | {"FOOTFALL_COLLECTOR_PORT": str(free_port())} | dict(environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            wait(f"http://127.0.0.1:{port}/_stcore/health", running)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                raise


def wait(url: str, running: subprocess.Popen[bytes]) -> None:
    """Until it answers."""
    until = monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310
                return
        except OSError:
            assert running.poll() is None, "the explorer ended by itself"
            assert monotonic() < until, "the explorer does not start"
            sleep(0.1)
