"""A client's purpose in, clients out that count every command they send, those inside their scripts too.

Hosted Redis bills by command, so counting has to be cheap itself: a count is kept in Redis, for two commands, once an
hour, once a minute where a thousand wait, and when the client is closed; never while nothing was sent.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, cast

import redis
import redis.asyncio
from redis.client import Pipeline
from redis.commands.core import Script

from common import ledger
from common.cluster import Cluster, NodePipelines
from common.cluster_async import AsyncCluster

#: A count is kept after so many s; a large one sooner.
OFTEN, LARGE, SOONER = 3_600.0, 1_000, 60.0
#: How long a client that is closed may wait for Redis, in s.
_PATIENCE = 0.5
#: The purpose whose clients also note what the server itself has counted.
_NOTES = "flush"
_AWAY = (redis.ConnectionError, redis.TimeoutError, OSError)

#: Counts the commands of a script: `redis` is replaced within it. On one line, so that errors name the file's lines.
_HEAD = (
    "local commands = 0 local redis = setmetatable({"
    "call = function(...) commands = commands + 1 return redis.call(...) end, "
    "pcall = function(...) commands = commands + 1 return redis.pcall(...) end}, {__index = redis}) "
    "local answer = (function() "
)
_TAIL = """
end)()
if type(answer) == 'table' and answer.err then return answer end
if answer == nil then answer = false end
return {commands, answer}
"""


class Tally:
    """Commands that Redis has not been told of yet."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose
        self.pool: Any = None  #: the connections, or the cluster, with which to tell as the process ends
        self.away = False  #: whether Redis did not answer the last time
        self.refused = False  #: whether the count could not be kept the last time
        self._waiting = 0
        self._kept = time.monotonic()
        self._often = SOONER  # a young process is seen soon
        self._lock = threading.Lock()

    def add(self, commands: int) -> None:
        """Commands were sent."""
        with self._lock:
            self._waiting += commands

    def take(self) -> int:
        """What waits; from now on nothing does."""
        with self._lock:
            waiting, self._waiting = self._waiting, 0
            self._kept, self._often = time.monotonic(), OFTEN
        return waiting

    def is_due(self) -> bool:
        """Whether the count is worth keeping. One that was refused waits for an hour."""
        large = self._waiting >= LARGE and not self.refused
        return self._waiting > 0 and time.monotonic() - self._kept >= (SOONER if large else self._often)

    def left(self, client: Any) -> None:
        """A client is closed, and its connections with it."""
        if self.pool is client or self.pool is getattr(client, "connection_pool", self):
            self.pool = None

    @property
    def waiting(self) -> int:
        """Commands that Redis has not been told of."""
        return self._waiting


class _Tells:
    """What a client with a tally does besides."""

    tally: Tally

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """As Redis does; now and then keeps the count."""
        try:
            answer = super().execute_command(*args, **options)  # type: ignore[misc]
        except _AWAY:
            self.tally.away = True
            raise
        self.tally.away = False
        if self.tally.is_due():
            self.keep()
        return answer

    def keep(self) -> None:
        """Add the count to its month in Redis; where that is refused it goes on waiting. Never raises."""
        if not (commands := self.tally.take()):
            return
        now = time.time_ns() // 1_000_000
        try:
            own = cast(redis.Redis, self)
            if self.tally.purpose == _NOTES:
                for reading in ledger.read_servers(own, now):
                    ledger.note(own, reading, now)
            commands += self.tally.take()
            pipe = own.pipeline(transaction=False)
            for entry in ledger.entries(self.tally.purpose, commands, now):
                pipe.execute_command(*entry)  # type: ignore[no-untyped-call]
            pipe.execute()
            self.tally.add(-ledger.COST)  # they are in the entry already
            self.tally.refused = False
        except (redis.RedisError, OSError):
            self.tally.add(commands)
            self.tally.refused = True

    def register_script(self, script: Any) -> Script:
        """A script whose own commands are counted."""
        return CountedScript(cast(Any, self), script)

    def close(self) -> None:
        """Keep the count, unless Redis is away, and close."""
        if not self.tally.away:
            self.keep()
        self.tally.left(self)
        super().close()  # type: ignore[misc]

    def __del__(self) -> None:
        """Nothing: whoever collects garbage must not wait for Redis, and the count is kept as the process ends."""


class Counted(_Tells, redis.Redis):
    """A client with a tally."""


class CountedCluster(_Tells, Cluster):
    """A client of a cluster with a tally, of commands as they are sent; connecting costs some more."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """See `Counted`."""
        self.tally.add(1)
        return super().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> NodePipelines:
        """Its commands are counted when they are sent."""
        pipe = super().pipeline(transaction, shard_hint)
        pipe.sent = self.tally.add
        return pipe


class CountedScript(Script):
    """A script that tells how many commands it ran; its answer is what it was."""

    def __init__(self, client: Counted | CountedCluster, text: str) -> None:
        super().__init__(client, _HEAD + text + _TAIL)
        self._tally = client.tally
        self._plain = Script(client, text)

    def __call__(
        self, keys: Sequence[Any] | None = None, args: Iterable[Any] | None = None, client: Any | None = None
    ) -> Any:
        """Run it; in a pipeline its own commands are not counted."""
        if isinstance(client, Pipeline):
            return self._plain(keys, args, client)
        commands, answer = super().__call__(keys, args, client)
        self._tally.add(commands)
        return answer


class _TellsAsync:
    """What an asyncio client with a tally does besides."""

    tally: Tally

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As Redis does; now and then keeps the count."""
        try:
            answer = await super().execute_command(*args, **options)  # type: ignore[misc]
        except _AWAY:
            self.tally.away = True
            raise
        self.tally.away = False
        if self.tally.is_due():
            await self.keep()
        return answer

    async def keep(self) -> None:
        """Add the count to its month in Redis; where that is refused it goes on waiting. Never raises."""
        if not (commands := self.tally.take()):
            return
        try:
            for entry in ledger.entries(self.tally.purpose, commands, time.time_ns() // 1_000_000):
                await self.execute_command(*entry)
            self.tally.add(-ledger.COST)
            self.tally.refused = False
        except (redis.RedisError, OSError):
            self.tally.add(commands)
            self.tally.refused = True

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Keep the count, unless Redis is away, and close."""
        if not self.tally.away:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.keep(), _PATIENCE)
        if isinstance(self, CountedAsync):
            await redis.asyncio.Redis.aclose(self, close_connection_pool)
        else:
            await super().aclose()  # type: ignore[misc]


class CountedAsync(_TellsAsync, redis.asyncio.Redis):  # type: ignore[misc]
    """An asyncio client with a tally."""


class CountedAsyncCluster(_TellsAsync, AsyncCluster):  # type: ignore[misc]
    """An asyncio client of a cluster with a tally."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """See `CountedAsync`."""
        self.tally.add(1)
        return await super().execute_command(*args, **options)


class _Counting:
    """What a connection adds to its tally: single commands, those of a pipeline, and what it says on connecting."""

    def __init__(self, *args: Any, tally: Tally, **options: Any) -> None:
        self._tally = tally
        super().__init__(*args, **options)

    def pack_commands(self, commands: Iterable[Any]) -> Any:
        listed = list(commands)
        self._tally.add(len(listed))
        return super().pack_commands(listed)  # type: ignore[misc]


class _Sends(_Counting):
    def send_command(self, *args: Any, **options: Any) -> None:
        super().send_command(*args, **options)  # type: ignore[misc]
        self._tally.add(1)


class _SendsAsync(_Counting):
    async def send_command(self, *args: Any, **options: Any) -> None:
        await super().send_command(*args, **options)  # type: ignore[misc]
        self._tally.add(1)


#: What the clients of this process have counted, by process (a fork counts anew), URL and purpose.
_tallies: dict[tuple[int, str, str], Tally] = {}


def counted(client: Counted, url: str, purpose: str) -> Counted:
    """Give a client its tally, before it connects. All of a process for one purpose share theirs."""
    client.tally = _tallies.setdefault((os.getpid(), url, purpose), Tally(purpose))
    client.tally.pool = client.connection_pool
    _count(client.connection_pool, _Sends, client.tally)
    return client


def counted_cluster(client: CountedCluster, url: str, purpose: str) -> CountedCluster:
    """The same for a cluster."""
    client.tally = _tallies.setdefault((os.getpid(), url, purpose), Tally(purpose))
    client.tally.pool = client
    return client


def counted_async(client: CountedAsync, purpose: str) -> CountedAsync:
    """Give an asyncio client a tally of its own, before it connects."""
    client.tally = Tally(purpose)
    _count(client.connection_pool, _SendsAsync, client.tally)
    return client


def _count(pool: Any, mixin: type[_Counting], tally: Tally) -> None:
    pool.connection_class = type(f"Counting{pool.connection_class.__name__}", (mixin, pool.connection_class), {})
    pool.connection_kwargs["tally"] = tally


def keep_all() -> None:
    """Keep what is still waiting, as a process ends."""
    for (process, _, _), tally in list(_tallies.items()):
        if process == os.getpid() and tally.pool is not None and not tally.away:
            if isinstance(tally.pool, CountedCluster):
                tally.pool.keep()
                continue
            client = Counted(connection_pool=tally.pool)
            client.tally = tally
            client.keep()
