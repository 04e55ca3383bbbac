"""What /healthz says, from the journal, the flusher's progress and Redis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from collector.backlog import Backlog
from collector.flusher import FlusherProcess
from collector.journal import HEADER, Journal
from common import store
from common.settings import Settings


@pytest.mark.parametrize("away", [False, True])
async def test_status(settings: Settings, tmp_path: Path, away: bool) -> None:
    if away:
        settings = replace(settings, redis_url="redis://127.0.0.1:1/0")
    journal = Journal(tmp_path / "journal", most_bytes=50)
    flusher = FlusherProcess(journal.folder, settings)
    client = store.connect_async(settings=settings)
    backlog = Backlog(journal, flusher, client)
    redis = "away" if away else "ok"
    expected = {"accepting": True, "redis": redis, "backlog": 0, "journal_bytes": 0, "failing_since": None}
    assert await backlog.status() == expected
    journal.append(b"x" * 40)
    flusher.progress.durable = journal.sync()
    flusher.progress.failing_since = 5
    size = HEADER.size + 40
    expected |= {"accepting": False, "backlog": 1, "journal_bytes": size, "failing_since": 5}
    assert await backlog.status() == expected
    flusher.progress.applied = 1
    assert (await backlog.status())["backlog"] == 0
    flusher.progress.close()
    journal.close()
    await client.aclose()
