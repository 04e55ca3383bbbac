"""The flusher's process as the collector sees it: told, replaced when it dies, drained at the end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_py
from collectors import wait_for
from made import SITE, event, ms

from collector.batches import Batch, encode
from collector.flusher import FlusherProcess
from collector.journal import Journal
from common.frames import Traffic
from common.settings import Settings

DAY = "2026-05-05"
NOON = ms(f"{DAY} 12:00")


@pytest.fixture
def journal(settings: Settings) -> Iterator[Journal]:
    made = Journal(settings.data / "journal" / "0")
    yield made
    made.close()


def add(journal: Journal, visitor: int) -> int:
    journal.append(encode(Batch(SITE.site, "UTC", NOON, 0, [event(visitor, NOON)])))
    return journal.sync()


def test_it_is_replaced_when_it_dies_and_drained_when_stopped(
    settings: Settings, redis: redis_py.Redis, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", "redis://127.0.0.1:1/0")  # the settings' own server is what counts
    flusher = FlusherProcess(journal.folder, settings)
    flusher.start(journal.number)
    flusher.tell(add(journal, 1))
    wait_for(lambda: flusher.progress.applied == 1)
    first = flusher._process
    assert first
    assert os.getpriority(os.PRIO_PROCESS, first.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    flusher.tell(add(journal, 2))  # nobody listens; the next one is told again
    wait_for(lambda: flusher.progress.applied == 2)
    second = flusher._process
    assert second
    assert second.pid != first.pid
    flusher.tell(add(journal, 3))
    flusher.stop()
    assert (second.poll(), flusher.progress.applied) == (0, 3)
    assert Traffic(site=SITE.site, client=redis, settings=settings).totals(DAY, DAY)["pageviews"] == 3
    if first.stdin:
        first.stdin.close()


def test_what_cannot_be_started_is_tried_again(
    settings: Settings, journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flusher = FlusherProcess(journal.folder, settings)
    flusher.start(journal.number)
    real, failures = flusher._spawn, [OSError(11, "no process to spare")]

    def spawn() -> None:
        if failures:
            raise failures.pop()
        real()

    monkeypatch.setattr(flusher, "_spawn", spawn)
    first = flusher._process
    assert first
    first.kill()
    wait_for(lambda: flusher._process is not first)
    assert failures == []
    flusher.stop()
    if first.stdin:
        first.stdin.close()
