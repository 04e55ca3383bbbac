"""Shards in, what Redis and its replicas lack of what was written to them out: asked before a journal forgets anything.

A replica may have taken over while nothing came for a shard: only its mark tells. And WAIT answers for what its own
connection has seen; after any command that is all that the node had written until then, so marks are read before it on
the same one.
"""

from __future__ import annotations

import logging

import redis

from collector.flush import Flusher
from common import keys
from common.cluster import Cluster
from common.keys import Shard

#: For how long WAIT waits, in ms: replicas that follow answer in one.
_PATIENCE = 500
_log = logging.getLogger("footfall.flush")


class Confirming:
    """Asks the nodes, and `replicas` of each; where nothing can take over and none are wanted, nobody."""

    def __init__(self, flusher: Flusher, replicas: int) -> None:
        self._flusher, self._client, self._replicas = flusher, flusher.client, replicas
        self._said = ""
        self.written: set[Shard] = set()  #: shards that may hold something of this journal

    def lacking(self) -> dict[Shard, int] | None:
        """Shards that are behind, and up to which record they have everything; None where nobody can say, or replicas
        are behind. Never raises.
        """
        if not (self._replicas or self._flusher.replicated):
            return {}
        found: dict[Shard, int] = {}
        try:
            for some in self._by_node().values():
                marks, confirmed = self._ask(some)
                found |= {shard: mark for shard, mark in marks.items() if mark < self._known(shard, mark)}
                if confirmed < self._replicas:
                    self._say(f"{confirmed} replicas have what was written, FOOTFALL_WAIT_REPLICAS={self._replicas}")
                    return None
        except (redis.RedisError, OSError) as error:
            self._say(f"what replicas have is not answered: {error}")
            return None
        self._said = ""
        return found

    def _known(self, shard: Shard, mark: int) -> int:
        """What should be in. Of a state hash that was set aside the marks are gone, and what it says is no sign."""
        return 0 if shard in self._flusher.moved and not mark else self._flusher.marks.get(shard, 0)

    def _by_node(self) -> dict[str, list[Shard]]:
        found: dict[str, list[Shard]] = {}
        for shard in sorted(self.written):
            name = self._client.name_of(shard.state()) if isinstance(self._client, Cluster) else ""
            found.setdefault(name, []).append(shard)
        return found

    def _ask(self, shards: list[Shard]) -> tuple[dict[Shard, int], int]:
        """The marks of shards of one node, and how many replicas have them."""
        client = self._client
        if isinstance(client, Cluster):
            client = client.node_of(shards[0].state())
        pipe = client.pipeline(transaction=False)
        for shard in shards:
            pipe.hget(shard.state(), keys.mark_field(self._flusher.collector))
        if self._replicas:
            pipe.wait(self._replicas, _PATIENCE)
        replies = pipe.execute()
        marks = {shard: int(mark or 0) for shard, mark in zip(shards, replies, strict=False)}
        return marks, int(replies[-1]) if self._replicas else 0

    def _say(self, cause: str) -> None:
        if cause != self._said:
            _log.warning("the journal forgets nothing meanwhile: %s", cause)
        self._said = cause
