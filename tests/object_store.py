"""A folder in, an S3-compatible server of its own on loopback out: it checks signatures, can die and come back."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from common.settings import Settings
from common.valkey import free_port

KEY, SECRET, BUCKET = "footfall", "a/secret+key", "archive"


class ObjectStore:
    """nanio, a store that keeps objects as files of `folder`. Its buckets are folders, too."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        (folder / BUCKET).mkdir(parents=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve; returns once it answers."""
        command = [sys.executable, "-m", "nanio", "serve", "--data-dir", str(self.folder), "--host", "127.0.0.1"]
        environ = os.environ | {"NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET}
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the object store ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the object store does not answer")

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def url(self, secret: str = SECRET, bucket: str = BUCKET, port: int = 0) -> str:
        """A value for FOOTFALL_ARCHIVE."""
        where = f"endpoint_override=127.0.0.1:{port or self.port}&scheme=http"
        return f"s3://{KEY}:{quote(secret, safe='')}@{bucket}/foot/fall?{where}"

    def settings(self, data: Path) -> Settings:
        """Settings of an installation that archives here."""
        return Settings(data=data, archive=self.url())


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """A running server, gone afterwards."""
    store = ObjectStore(folder)
    store.start()
    try:
        yield store
    finally:
        store.kill()


@contextmanager
def silence() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
