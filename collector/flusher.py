"""The collector's side of its flusher: starts the process, tells it what is durable, starts it again if it dies."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from collector.progress import Progress
from common.settings import Settings

#: How long a stopping flusher may drain, in s. After requests (serve.py) and before the 5 s in which a collector exits.
DRAIN = 1.0


_log = logging.getLogger("footfall.flush")


class FlusherProcess:
    """Runs `python -m collector.flushing FOLDER`: in the event loop it would cost every request its latency."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder, self._settings = folder, settings
        self.progress = Progress(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def start(self, durable: int) -> None:
        """Start the process and a thread that replaces it should it die."""
        self.progress.durable = durable
        self._spawn()
        threading.Thread(target=self._watch, name="flusher-watch", daemon=True).start()

    def tell(self, durable: int) -> None:
        """Records up to this number are on disk now."""
        self.progress.durable = durable
        process = self._process
        if process and process.stdin:
            # A full pipe holds wake-ups enough; a broken one belongs to a process that is being replaced.
            with contextlib.suppress(BlockingIOError, BrokenPipeError, ValueError):
                os.write(process.stdin.fileno(), b".")

    def stop(self) -> None:
        """Let the process drain for a moment, then end it; what is left stays in the journal."""
        self._stopping.set()
        process = self._process
        if process and process.stdin:
            with contextlib.suppress(OSError):
                os.write(process.stdin.fileno(), b"q")
                process.stdin.close()
            try:
                process.wait(DRAIN + 0.5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self) -> None:
        chosen = {
            "FOOTFALL_REDIS_URL": self._settings.redis_url or "",
            "FOOTFALL_DATA": str(self._settings.data),
            "FOOTFALL_FLUSH_SECONDS": str(self._settings.flush_seconds),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "collector.flushing", str(self._folder)],
            stdin=subprocess.PIPE,
            env=os.environ | chosen,
            process_group=0,  # a terminal's Ctrl-C is the collector's alone; this one still has to drain
        )
        assert self._process.stdin  # noqa: S101
        os.set_blocking(self._process.stdin.fileno(), False)

    def _watch(self) -> None:
        while self._process:
            self._process.wait()
            if self._stopping.wait(0.5):
                return
            try:
                self._spawn()
            except OSError as error:  # no memory or no process to spare: the next round tries again
                _log.error("the flusher cannot be started: %s", error.strerror)
            self.tell(self.progress.durable)
