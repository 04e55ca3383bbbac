"""A URL of any kind in, its client out, for threads or for asyncio; neither connects yet."""

from __future__ import annotations

from typing import Any, cast

import redis
import redis.asyncio
from redis.asyncio import sentinel as async_sentinel
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from common import counted
from common.addresses import CLUSTER, SENTINEL, Address, parse
from common.cluster import Cluster
from common.cluster_async import AsyncCluster
from common.counted import Counted, CountedAsync, CountedAsyncCluster, CountedCluster

CONNECT_TIMEOUT = 2.0


def opened(url: str, timeout: float, purpose: str | None) -> redis.Redis:
    """A client; with a purpose its commands are counted. Raises ValueError, TypeError for a bad URL."""
    at, options = parse(url), _options(timeout)
    if at.kind == CLUSTER:
        options.pop("retry_on_timeout")
        cluster = (CountedCluster if purpose else Cluster)(at.hosts, **options, **_tls(at), **at.options)
        if isinstance(cluster, CountedCluster):
            counted.counted_cluster(cluster, url, purpose or "")
        return cast(redis.Redis, cluster)
    made, options = Counted if purpose else redis.Redis, options | {"retry": Retry(NoBackoff(), 0)}
    if at.kind == SENTINEL:
        known = Sentinel(list(at.hosts), sentinel_kwargs=_of_sentinels(at, options))  # type: ignore[no-untyped-call]
        client: redis.Redis = known.master_for(at.service, made, **options, **_tls(at), **at.options)  # type: ignore[no-untyped-call]
    else:
        client = made.from_url(url, **options)
    client.connection_pool.make_connection()  # opens nothing; finds options that do not exist
    return counted.counted(client, url, purpose or "") if isinstance(client, Counted) else client


class _WithSentinels:
    """An asyncio client that lets go of its Sentinels, too."""

    connection_pool: Any

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Let go of the master and of all Sentinels."""
        await super().aclose(close_connection_pool)  # type: ignore[misc]
        for sentinel in self.connection_pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def opened_async(url: str, timeout: float, purpose: str | None) -> redis.asyncio.Redis:
    """The same for asyncio."""
    at, options = parse(url), _options(timeout)
    if at.kind == CLUSTER:
        options.pop("retry_on_timeout")
        cluster = (CountedAsyncCluster if purpose else AsyncCluster)(at.hosts, **options, **_tls(at), **at.options)
        if isinstance(cluster, CountedAsyncCluster):
            cluster.tally = counted.Tally(purpose or "")
        return cast(redis.asyncio.Redis, cluster)
    made, options = CountedAsync if purpose else redis.asyncio.Redis, options | {"retry": AsyncRetry(NoBackoff(), 0)}
    if at.kind == SENTINEL:
        known = async_sentinel.Sentinel(list(at.hosts), sentinel_kwargs=_of_sentinels(at, options))  # type: ignore[no-untyped-call]
        made = cast("type[redis.asyncio.Redis]", type(made.__name__, (_WithSentinels, made), {}))
        client: redis.asyncio.Redis = known.master_for(at.service, made, **options, **_tls(at), **at.options)
    else:
        client = made.from_url(url, **options)
    client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    return counted.counted_async(client, purpose or "") if isinstance(client, CountedAsync) else client


def _options(timeout: float) -> dict[str, Any]:
    # Retries are off because a script whose answer is late has still run: redis-py would count it again.
    # RESP2 and no library name: each costs a command on every connect, and hosted Redis bills by command.
    return {
        "decode_responses": False,
        "retry_on_timeout": False,
        "socket_timeout": timeout,
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "client_name": "footfall",
        "protocol": 2,
        "driver_info": None,
    }


def _tls(at: Address) -> dict[str, Any]:
    return {"ssl": True} if at.tls else {}


def _of_sentinels(at: Address, options: dict[str, Any]) -> dict[str, Any]:
    """Options of connections to Sentinels: theirs, and the same patience."""
    patience = {name: options[name] for name in ("socket_connect_timeout", "protocol", "driver_info", "retry")}
    return patience | {"socket_timeout": CONNECT_TIMEOUT} | _tls(at) | at.sentinel


def replicated(client: redis.Redis) -> bool:
    """Whether a replica may take over behind this client."""
    return isinstance(client, Cluster) or isinstance(client.connection_pool, SentinelConnectionPool)
