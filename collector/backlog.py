"""Journal and flusher in, the collector's health out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from collector.flusher import FlusherProcess
from collector.journal import Journal


class Backlog:
    """Tells whether events are accepted, how many records wait, and whether Redis answers."""

    def __init__(
        self, journal: Journal, flusher: FlusherProcess, client: redis.asyncio.Redis, trust: float = 0.0
    ) -> None:
        """`trust` is for how many s an answer of Redis is good, unless the flusher knows better."""
        self._journal, self._flusher, self._client, self._trust = journal, flusher, client, trust
        self._good = 0.0

    async def status(self) -> dict[str, Any]:
        """`accepting`, `redis` (ok or away), `backlog` (records), `journal_bytes`, `failing_since` (ms or null)."""
        known = time.monotonic() < self._good and not self._flusher.progress.failing_since
        away = not known and await self._ask()
        progress, size = self._flusher.progress, self._journal.bytes()
        return {
            "accepting": size <= self._journal.most_bytes,
            "redis": "away" if away else "ok",
            "backlog": max(0, progress.durable - progress.applied),
            "journal_bytes": size,
            "failing_since": progress.failing_since or None,
        }

    async def _ask(self) -> bool:
        """Whether Redis is away."""
        try:
            await asyncio.wait_for(self._client.ping(), 1.0)  # type: ignore[arg-type, unused-ignore]
        except (RedisError, OSError, TimeoutError):
            return True
        self._good = time.monotonic() + self._trust
        return False
