"""What /healthz says, from the journal, the flusher's progress and Redis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import redis as redis_py

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


async def test_an_answer_may_be_trusted(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    flusher = FlusherProcess(journal.folder, settings)
    client = store.connect_async(settings=settings)
    redis.config_resetstat()
    trusting, asking = Backlog(journal, flusher, client, trust=60.0), Backlog(journal, flusher, client)
    pings = []
    for backlog, failing in ((trusting, 0), (trusting, 0), (trusting, 5), (asking, 0), (asking, 0)):
        flusher.progress.failing_since = failing
        assert (await backlog.status())["redis"] == "ok"
        pings.append(redis.info("commandstats")["cmdstat_ping"]["calls"])
    assert pings == [1, 1, 2, 3, 4]
    flusher.progress.close()
    journal.close()
    await client.aclose()
