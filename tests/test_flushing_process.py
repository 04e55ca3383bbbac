"""The flusher's process: Redis away and back, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import redis as redis_py
from collectors import ROOT, Filled, Valkey, environ_of, wait_for

from common import store
from common.frames import Traffic
from common.settings import Settings

DAY = "2026-05-05"
A, B = "a.example", "b.example"


def views(client: redis_py.Redis, *sites: str) -> list[int]:
    return [
        int(Traffic(site=s, client=client, settings=Settings()).totals(DAY, DAY)["pageviews"]) for s in sites or (A,)
    ]


@contextmanager
def process(folder: Path, settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "collector.flushing", str(folder)],
            env=os.environ | environ_of(settings),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait()
        if running.stdin:
            running.stdin.close()


def test_redis_goes_away_and_comes_back(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()
    settings = Settings(redis_url=valkey.url, data=tmp_path / "data")
    client = store.connect(valkey.url)
    made = Filled(tmp_path / "data" / "journal" / "0", client)
    log = tmp_path / "log"
    try:
        with process(made.journal.folder, settings, log) as running:
            made.add(A)
            wait_for(lambda: made.progress.applied == 1)
            valkey.stop()
            made.add(A, B)
            running.stdin.write(b".")  # type: ignore[union-attr]
            running.stdin.flush()  # type: ignore[union-attr]
            wait_for(lambda: made.progress.failing_since)
            made.add(A)
            assert made.progress.applied == 1
            valkey.start()
            wait_for(lambda: made.progress.applied == 4)
            wait_for(lambda: not made.progress.failing_since)
        assert views(client, A, B) == [3, 1]
        assert log.read_text().count("Redis is away") == 1
        assert log.read_text().count("Redis is back") == 1
    finally:
        made.close()
        client.close()
        valkey.stop()


def test_stop_drains_and_signals_to_the_group_do_not_end_it(
    settings: Settings, redis: redis_py.Redis, tmp_path: Path
) -> None:
    made = Filled(settings.data / "journal" / "0", redis)
    log = tmp_path / "log"
    slow = Settings(redis_url=settings.redis_url, data=settings.data, flush_seconds=3_600)
    with process(made.journal.folder, slow, log) as running:
        wait_for(lambda: made.progress.flushed_at)
        made.add(A, A)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTTOU):
            running.send_signal(number)
        time.sleep(0.2)
        assert running.poll() is None
        assert psutil.Process(running.pid).status() != psutil.STATUS_STOPPED  # as a terminal's "tostop" would have it
        assert made.progress.applied == 0
        running.stdin.write(b"q")  # type: ignore[union-attr]
        running.stdin.flush()  # type: ignore[union-attr]
        assert running.wait(10) == 0
    assert (views(redis), made.progress.applied) == ([2], 2)
    made.close()


def test_it_ends_with_its_collector(settings: Settings, redis: redis_py.Redis, tmp_path: Path) -> None:
    made = Filled(settings.data / "journal" / "0", redis)
    with process(made.journal.folder, settings, tmp_path / "log") as running:
        wait_for(lambda: made.progress.flushed_at)
        running.stdin.close()  # type: ignore[union-attr]
        assert running.wait(10) == 0
    made.close()
