"""A snapshot of Redis in, the folder of an embedded server that holds the same out.

A server with an append-only file looks at that alone: a snapshot laid beside it would be passed over, and the server be
empty. So one is started without, told to write its own, and ended.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from common import store, valkey

_WAIT_S = 600.0


def reload(snapshot: Path, folder: Path) -> int:
    """Make the folder; how many keys it holds. Raises StoreError, also where it holds data already."""
    if list(folder.glob("appendonlydir/*")):
        raise store.StoreError(f"{folder} holds data already: restore into an empty FOOTFALL_DATA")
    with _server(snapshot, folder) as (client, process):
        held = int(client.dbsize())
        client.config_set("appendonly", "yes")
        _until(lambda: _written(client), process, folder)
        with contextlib.suppress(redis.ConnectionError):
            client.shutdown(nosave=True)
        process.wait(60)
    return held


@contextlib.contextmanager
def loaded(snapshot: Path, folder: Path) -> Iterator[redis.Redis]:
    """A client of a server that has loaded a snapshot, and is gone afterwards, folder and all. Raises StoreError."""
    try:
        with _server(snapshot, folder) as (client, _):
            yield client
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(snapshot: Path, folder: Path) -> Iterator[tuple[redis.Redis, subprocess.Popen[bytes]]]:
    valkey.ServerFolder(folder).create()
    shutil.copyfile(snapshot, folder / "dump.rdb")
    # Sockets have short names, whatever the folder is called: no system takes more than some hundred characters.
    with tempfile.TemporaryDirectory(prefix="footfall-") as short:
        socket = Path(short) / "restore.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--dir", ".", "--save", "", "--appendonly", "no"]
        with (folder / "restore.log").open("wb") as out:
            process = subprocess.Popen([valkey.find_binary(), *options], cwd=folder, stdout=out, stderr=out)
        try:
            with store.connect(f"unix://{socket}", check=False) as client:
                _until(lambda: bool(client.ping()), process, folder)
                yield client, process
        finally:
            process.kill()
            process.wait()
    for name in ("dump.rdb", "restore.log"):
        (folder / name).unlink(missing_ok=True)


def _written(client: redis.Redis) -> bool:
    info = client.info("persistence")
    done = not info["aof_rewrite_in_progress"] and not info.get("aof_rewrite_scheduled")
    return bool(done and info["aof_last_bgrewrite_status"] == "ok" and info["aof_enabled"])


def _until(true: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _WAIT_S
    while True:
        with contextlib.suppress(redis.RedisError, OSError):  # it starts, or loads
            if true():
                return
        if process.poll() is not None or time.monotonic() > deadline:
            last = (folder / "restore.log").read_text(errors="replace").strip().splitlines()[-1:]
            raise store.StoreError(f"the snapshot cannot be loaded: {' '.join(last)}")
        time.sleep(0.05)
