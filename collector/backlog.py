"""Journal and flusher in, the collector's health out."""

from __future__ import annotations

import asyncio
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from collector.flusher import FlusherProcess
from collector.journal import Journal


class Backlog:
    """Tells whether events are accepted, how many records wait, and whether Redis answers."""

    def __init__(self, journal: Journal, flusher: FlusherProcess, client: redis.asyncio.Redis) -> None:
        self._journal, self._flusher, self._client = journal, flusher, client

    async def status(self) -> dict[str, Any]:
        """`accepting`, `redis` (ok or away), `backlog` (records), `journal_bytes`, `failing_since` (ms or null)."""
        try:
            await asyncio.wait_for(self._client.ping(), 1.0)  # type: ignore[arg-type, unused-ignore]
            away = False
        except (RedisError, OSError, TimeoutError):
            away = True
        progress, size = self._flusher.progress, self._journal.bytes()
        return {
            "accepting": size <= self._journal.most_bytes,
            "redis": "away" if away else "ok",
            "backlog": max(0, progress.durable - progress.applied),
            "journal_bytes": size,
            "failing_since": progress.failing_since or None,
        }
