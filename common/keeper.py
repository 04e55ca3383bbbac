"""A folder in, a Valkey server that lives as long as it has users out: `python -m common.keeper FOLDER`.

Three kernel locks (flock) say who lives; the kernel frees them however a process ends:

- `users.lock`: every user holds it shared; who gets it exclusively knows that nobody is left.
- `keeper.lock`: the keeper holds it exclusively; so there is at most one, and anybody can look.
- `join.lock`: held for a moment by the user that starts a keeper (embedded.py).
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from common.priority import STORE, give_way
from common.valkey import ServerFolder, choose_url, configuration, find_binary, lock, write_private

GRACE = 2.0  #: seconds without a user before the server stops, so that commands in a row share one server
POLL = 0.2  #: seconds between two looks at users and server
STOP_WAIT = 30.0  #: seconds a server gets to write what it has before it is killed
QUICK = 10.0  #: a server that lived less than this many seconds counts as failed to start
ATTEMPTS = 3
ALREADY_KEPT = 3  #: exit code: another keeper has the folder
LOG_CAP = 4_000_000
PR_SET_PDEATHSIG = 1


def stop_stale(home: ServerFolder) -> None:
    """End a server whose keeper was killed where the system has no parent-death signal (macOS)."""
    state = home.read_state()
    try:
        process = psutil.Process(int(str(state["pid"])))
        if process.create_time() != state["started"]:
            return
        process.terminate()
        try:
            process.wait(STOP_WAIT)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_WAIT)
    except (KeyError, ValueError, psutil.NoSuchProcess):
        return


def _start(home: ServerFolder, binary: str, url: str) -> subprocess.Popen[bytes]:
    """Start the server as a child that ends with this process, and write down where it is."""
    keeper = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def end_with_keeper() -> None:
        # It comes when the starting *thread* ends: this one, the only one, lives as long as the keeper.
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != keeper:
                os._exit(1)

    write_private(home.config, configuration(url))
    server = subprocess.Popen(
        [binary, home.config.name],
        cwd=home.path,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=end_with_keeper,  # noqa: PLW1509 (this process has one thread)
    )
    started = psutil.Process(server.pid).create_time()
    write_private(home.state, json.dumps({"pid": server.pid, "started": started, "url": url, "keeper": keeper}))
    return server


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_WAIT)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _supervise(home: ServerFolder, server: subprocess.Popen[bytes], asked: threading.Event) -> bool:
    """Watch until the server died (False), or stop it once nobody uses it or somebody asked (True)."""
    idle_since: float | None = None
    while not asked.wait(POLL):
        if server.poll() is not None:
            return False
        alone = lock(home.users, fcntl.LOCK_EX)
        if alone is None:
            idle_since = None
            continue
        idle_since = idle_since or time.monotonic()
        if time.monotonic() - idle_since >= GRACE:
            _stop(server)  # with the lock held: who joins now waits, then starts the next keeper
            return True  # never unlocked by hand: the lock falls with this process
        os.close(alone)
    _stop(server)
    return True


def keep(home: ServerFolder, binary: str, asked: threading.Event) -> int:
    """Own the server until its last user is gone; a server that dies under its users is started again."""
    url = choose_url(home)
    failures = 0
    while failures < ATTEMPTS:
        began = time.monotonic()
        if _supervise(home, _start(home, binary, url), asked):
            return 0
        failures = failures + 1 if time.monotonic() - began < QUICK else 1
        print(f"The server ended by itself ({failures} of {ATTEMPTS} quick ends)", flush=True)
        asked.wait(0.2 * failures)
    return 1


def main(folder: str) -> int:
    """Take the folder, go to the background, keep. Returns at once to the starter; 3: already kept."""
    home = ServerFolder(Path(folder))
    deadline = time.monotonic() + 1
    while lock(home.keeper, fcntl.LOCK_EX) is None:  # taken, or somebody is just looking
        if time.monotonic() > deadline:
            return ALREADY_KEPT
        time.sleep(0.01)
    if home.log.exists() and home.log.stat().st_size > LOG_CAP:
        home.log.replace(home.log.with_suffix(".old.log"))
    binary = find_binary()
    if os.fork():  # the lock stays with the child; the starter need not reap it
        return 0
    os.setpgid(0, 0)  # no session of its own: see priority.py
    give_way(STORE)
    log = os.open(home.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.set())
    stop_stale(home)
    return keep(home, binary, asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
