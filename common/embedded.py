"""A folder in, the URL of a running embedded server out; the server stays while the `Joined` is held."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import redis
from filelock import FileLock
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.keeper import ALREADY_KEPT, STOP_WAIT
from common.valkey import ServerFolder, lock

ROOT = Path(__file__).resolve().parent.parent
WATCH = 1.0  #: seconds between two looks at the keeper
LOG_LINES = 3

log = logging.getLogger(__name__)


class EmbeddedError(RuntimeError):
    """The embedded server cannot be had; one line with the folder and the server's own last words."""


def join(folder: Path, wait: float = 60.0) -> Joined:
    """Join the server of this folder, start it when it is not running; waits until it answers.

    `wait` is the seconds without a sign of life after which this raises `EmbeddedError`; a server that
    says it is loading lives.
    """
    home = ServerFolder(folder.resolve())
    try:
        home.create()
        users = os.open(home.users, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise EmbeddedError(f"cannot use {folder} for the embedded server: {error.strerror}") from error
    try:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits only while a server without users shuts down
        return Joined(home, users, _await_server(home, wait))
    except BaseException:
        os.close(users)
        raise


class Joined:
    """A user's hold on the embedded server. The kernel lets go of it when the process ends, in any way."""

    def __init__(self, home: ServerFolder, users: int, url: str) -> None:
        self.url = url
        self._home = home
        self._users = users
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="embedded server", daemon=True).start()

    def close(self, wait: bool = False) -> None:
        """Let go. With `wait` the last user stops the server at once and returns when it is gone."""
        if self._closed.is_set():
            return
        self._closed.set()
        try:
            if wait:
                self._stop_when_last()
        finally:
            # Closed, never unlocked: a forked child shares this lock and may still need the server.
            os.close(self._users)

    def _stop_when_last(self) -> None:
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        keeper = self._home.read_state().get("keeper")
        if not is_kept(self._home) or not isinstance(keeper, int):
            return
        os.kill(keeper, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WAIT
        while is_kept(self._home) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _watch(self) -> None:
        """Start a server again whose keeper was killed; its clients then find it at the same address."""
        pause = WATCH
        while not self._closed.wait(pause):
            if is_kept(self._home):
                pause = WATCH
                continue
            try:
                self.url = _await_server(self._home, 60.0)
            except EmbeddedError as error:
                pause = min(60.0, 2 * pause)
                log.warning("%s", error)


def is_kept(home: ServerFolder) -> bool:
    """Whether a keeper lives."""
    free = lock(home.keeper, fcntl.LOCK_SH)
    if free is not None:
        os.close(free)
    return free is None


def _await_server(home: ServerFolder, wait: float) -> str:
    """URL of the server once it answers; starts a keeper at most once."""
    size = home.log.stat().st_size if home.log.exists() else 0
    started = False
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if not is_kept(home):
            if started:
                raise EmbeddedError(f"the embedded server in {home.path} does not start: {_tail(home, size)}")
            started = True
            _start_keeper(home)
        url = str(home.read_state().get("url", ""))
        try:
            if url and _answers(url):
                return url
        except redis.BusyLoadingError:
            deadline = time.monotonic() + wait
        time.sleep(0.02)
    raise EmbeddedError(f"the embedded server in {home.path} does not answer: {_tail(home, size)}")


def _start_keeper(home: ServerFolder) -> None:
    with FileLock(home.joining):
        if is_kept(home):
            return
        command = [sys.executable, "-m", "common.keeper", str(home.path)]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in (0, ALREADY_KEPT):
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise EmbeddedError(f"the embedded server in {home.path} cannot be started: {reason}")


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(
        url, protocol=2, socket_timeout=5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
    try:
        return bool(client.ping())
    except redis.BusyLoadingError:
        raise
    except redis.RedisError:
        return False
    finally:
        client.close()


def _tail(home: ServerFolder, offset: int) -> str:
    """The server's last lines since `offset`, on one line."""
    try:
        with home.log.open("rb") as file:
            file.seek(offset if offset <= home.log.stat().st_size else 0)
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        lines = []
    said = [line.strip() for line in lines if line.strip()]
    return " | ".join(said[-LOG_LINES:]) or f"nothing in {home.log}"
