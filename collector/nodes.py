"""Shards and errors in, which nodes of a cluster are away out: a node that is away is left alone for a moment.

Of one server there is nothing to tell apart: it is away as a whole.
"""

from __future__ import annotations

import logging
import time

import redis

from common.cluster import Cluster
from common.keys import Shard

#: How long a node is left alone after it did not answer, in s.
_AGAIN = 1.0
_log = logging.getLogger("footfall.flush")


class Nodes:
    """The nodes behind a client."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client if isinstance(client, Cluster) else None
        self._until: dict[str, float] = {}
        self._told: set[str] = set()

    def away(self, shard: Shard) -> bool:
        """Whether the node of a shard did not answer a moment ago."""
        if self._client is None or not self._until:
            return False
        try:
            name = self._client.name_of(shard.state())
        except (redis.ConnectionError, redis.TimeoutError):
            return True
        until = self._until.get(name, 0.0)
        if until and time.monotonic() >= until:
            del self._until[name]
            return False
        return until > 0

    def note(self, shard: Shard, error: Exception) -> bool:
        """A shard's node did not answer; False where that is all of Redis."""
        if self._client is None:
            return False
        begun = time.monotonic()
        try:
            name = self._client.name_of(shard.state())
            answers = self._client.answers()
        except (redis.ConnectionError, redis.TimeoutError, OSError):
            return False
        if not answers:
            return False
        if name not in self._told:
            _log.error("%s is away, events of shards on it wait in the journal: %s", name, error)
            self._told.add(name)
        self._until[name] = time.monotonic() + max(_AGAIN, time.monotonic() - begun)
        return True

    @property
    def some_away(self) -> bool:
        """Whether any is away."""
        return bool(self._until)
