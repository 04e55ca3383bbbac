"""Nodes to begin with in, an asyncio client of the whole Redis Cluster out; opens with the first command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, RedisClusterException

from common.cluster import slot_of, translated


class AsyncCluster(RedisCluster):
    """As `cluster.Cluster`, for the few commands of requests."""

    def __init__(self, hosts: Sequence[tuple[str, int]], **options: Any) -> None:
        nodes = [ClusterNode(host, port) for host, port in hosts]
        super().__init__(startup_nodes=nodes, retry=Retry(NoBackoff(), 0), require_full_coverage=False, **options)

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As the library does, once. Raises redis.RedisError."""
        try:
            return await super().execute_command(*args, **options)
        except (RedisClusterException, ClusterDownError) as error:
            raise translated(error) from error

    async def aclose(self) -> None:
        """Let go of all nodes, also those that were only asked for others."""
        await super().aclose()
        await self.nodes_manager.aclose("startup_nodes")

    async def _determine_slot(self, *args: Any) -> int:
        """The library asks the server where a command's keys are; these are known."""
        return slot_of(args)
