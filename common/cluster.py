"""Nodes to begin with in, a client of the whole Redis Cluster out, with the methods of a client of one server.

redis-py's own cluster client, but: it opens with the first command, so that a collector starts without Redis; nothing
is sent twice by itself; a command's key is known without asking the server; and a pipeline is one per node, sent side
by side, of which only the commands of a node that is away fail.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import redis
from redis._parsers import Encoder
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ExecAbortError,
    MovedError,
    RedisClusterException,
    SlotNotCoveredError,
    TryAgainError,
)
from redis.retry import Retry

NO_CLUSTER = "Cluster mode is not enabled"
#: A transaction that meets a slot which has moved is sent again, to where it is, so many times.
_TRIES = 5


class NoCluster(redis.ConnectionError):
    """What was named as a cluster's node is a server by itself."""


class NodeAway(redis.ConnectionError):
    """Nobody serves a slot at this moment."""


def translated(error: Exception) -> redis.RedisError:
    """What the library says of a cluster as a whole, as the error that one server would have given."""
    cause = error.__cause__
    if NO_CLUSTER in str(error):
        return NoCluster("it is no cluster")
    if isinstance(cause, redis.AuthenticationError):
        return cause
    if isinstance(error, SlotNotCoveredError | ClusterDownError):
        return NodeAway(str(error))
    if isinstance(cause, redis.ConnectionError | redis.TimeoutError):
        return type(cause)(*cause.args)
    return redis.ConnectionError(str(cause or error))


@contextmanager
def told() -> Iterator[None]:
    """Errors of the whole cluster come out as errors of a server."""
    try:
        yield
    except (RedisClusterException, ClusterDownError) as error:
        raise translated(error) from error


def key_of(args: Sequence[Any]) -> Any:
    """The key that decides where a command goes. Only commands that are used here, all keys of which share a slot."""
    name = str(args[0]).upper()
    return args[3] if name in ("EVAL", "EVALSHA") else args[1]


class Cluster(RedisCluster):
    """A client of all nodes. Connects when it is first used. To be closed."""

    def __init__(self, hosts: Sequence[tuple[str, int]], **options: Any) -> None:
        self._hosts, self._options, self._open, self._opening = hosts, options, False, threading.Lock()

    def opened(self) -> Cluster:
        """Find the nodes, unless they are known. Raises redis.ConnectionError."""
        with self._opening:
            if not self._open:
                nodes = [ClusterNode(host, port) for host, port in self._hosts]  # type: ignore[no-untyped-call]
                with told():
                    super().__init__(
                        startup_nodes=nodes,
                        retry=Retry(NoBackoff(), 0),
                        require_full_coverage=False,
                        **self._options,
                    )
                self._open = True
        return self

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """As the library does, once. Raises redis.RedisError."""
        if args == ("COMMAND",) and not self._open:
            return {}  # the library, as it opens, asks where commands have their keys
        with told():
            return super(Cluster, self.opened()).execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def get_encoder(self) -> Encoder:
        """How scripts are written; known before the nodes are."""
        return Encoder("utf-8", "strict", False)  # type: ignore[no-untyped-call]

    def determine_slot(self, *args: Any) -> int:
        """The library asks the server where a command's keys are; these are known."""
        return slot_of(args)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> NodePipelines:
        """Commands to be sent at once. A transaction is of keys of one slot."""
        return NodePipelines(self, transaction)

    def _execute_pipeline_by_slot(self, command: str, slots_to_args: Mapping[int, Iterable[Any]]) -> list[Any]:
        """The library's way to DEL, UNLINK and EXISTS keys of several slots."""
        pipe = self.pipeline(transaction=False)
        for names in slots_to_args.values():
            pipe.execute_command(command, *names)  # type: ignore[no-untyped-call]
        return pipe.execute()

    def transaction(self, func: Callable[[Any], Any], *watches: Any, **options: Any) -> Any:
        """As `redis.Redis.transaction`, on the node of the first key."""
        for _ in range(_TRIES):
            node = self.node_of(watches[0])
            try:
                return node.transaction(func, *watches, **options)
            except (MovedError, ExecAbortError, TryAgainError):
                self.refresh()
        raise NodeAway(f"{watches[0]} moves from node to node")

    def script_load(self, script: Any) -> Any:
        """Load a script on all nodes that answer."""
        loaded, failed = None, None
        for node in self.primaries():
            try:
                loaded = node.script_load(script)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                failed = error
        if loaded is None:
            raise failed or NodeAway("no node answers")
        return loaded

    def node_of(self, key: Any) -> redis.Redis:
        """A client of the node that has a key. Raises redis.ConnectionError."""
        return self._client_of(self._node(slot_of(("GET", key))))

    def name_of(self, key: Any) -> str:
        """Which node has a key: those of one name are one."""
        return str(self._node(slot_of(("GET", key))).name)

    def primaries(self) -> list[redis.Redis]:
        """A client of each primary."""
        return [self._client_of(node) for node in self.opened().get_primaries()]  # type: ignore[no-untyped-call]

    def everyone(self) -> list[redis.Redis]:
        """A client of each node, replicas too."""
        return [self._client_of(node) for node in self.opened().get_nodes()]  # type: ignore[no-untyped-call]

    def answers(self) -> bool:
        """Whether any primary answers."""
        for node in self.primaries():
            try:
                return bool(node.ping())
            except (redis.ConnectionError, redis.TimeoutError, OSError):
                continue
        return False

    def refresh(self) -> None:
        """Ask again who has which slots. Never raises: what is known goes on to be used."""
        if not self._open:
            return
        try:
            self.nodes_manager.initialize()
        except (RedisClusterException, redis.RedisError, OSError):
            time.sleep(0.05)

    def close(self) -> None:
        """Let go of all nodes."""
        if self._open:
            super().close()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        """Nothing: connections close by themselves."""

    def _node(self, slot: int) -> ClusterNode:
        with told():
            return self.opened().nodes_manager.get_node_from_slot(slot)

    def _client_of(self, node: ClusterNode) -> redis.Redis:
        return self.get_redis_connection(node)


class NodePipelines(Pipeline):
    """Commands for several nodes: one pipeline for each, sent side by side; or one transaction on one node."""

    def __init__(self, cluster: Cluster, transaction: bool) -> None:
        super().__init__(cast(Any, None), {}, transaction, None)
        self._cluster, self._whole = cluster, transaction
        self.sent: Callable[[int], None] = lambda commands: None  #: is told how many commands are sent

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """The replies, in order. Where a node is away they are its error, or that is raised."""
        stack, self.command_stack = list(self.command_stack), []
        if not stack:
            return []
        self.sent(len(stack))
        if self._whole:
            return self._transaction(stack, raise_on_error)
        replies: list[Any] = [None] * len(stack)
        places: dict[str, list[int]] = {}
        clients: dict[str, redis.Redis] = {}
        for place, (args, _) in enumerate(stack):
            try:
                node = self._cluster._node(slot_of(args))
            except redis.ConnectionError as error:
                replies[place] = error
                continue
            places.setdefault(node.name, []).append(place)
            clients.setdefault(node.name, self._cluster._client_of(node))
        side_by_side(
            [lambda name=name: self._send(clients[name], stack, places[name], replies) for name in places]  # type: ignore[misc]
        )
        self._follow(stack, replies)
        if raise_on_error:
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
        return replies

    def reset(self) -> None:  # type: ignore[override]
        """Forget the commands; no connection is held."""
        self.command_stack = []

    def _send(self, client: redis.Redis, stack: list[Any], places: list[int], replies: list[Any]) -> None:
        """One node's commands, and its replies in their places."""
        pipe = client.pipeline(transaction=False)
        pipe.command_stack = [stack[place] for place in places]
        try:
            found: list[Any] = pipe.execute(raise_on_error=False)
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            found = [error] * len(places)
        for place, reply in zip(places, found, strict=True):
            replies[place] = reply

    def _follow(self, stack: list[Any], replies: list[Any]) -> None:
        """Send again what a node has not run because the slot has moved; nothing else."""
        moved = [place for place, reply in enumerate(replies) if isinstance(reply, AskError | TryAgainError)]
        if any(isinstance(reply, redis.ConnectionError | redis.TimeoutError | MovedError) for reply in replies):
            self._cluster.refresh()
        for place in moved:
            args, options = stack[place]
            try:
                replies[place] = self._cluster.execute_command(*args, **options)
            except redis.RedisError as error:
                replies[place] = error
        for place, reply in enumerate(replies):
            if isinstance(reply, ClusterDownError):
                replies[place] = translated(reply)

    def _transaction(self, stack: list[Any], raise_on_error: bool) -> list[Any]:
        for _ in range(_TRIES):
            pipe = self._cluster.node_of(key_of(stack[0][0])).pipeline(transaction=True)
            pipe.command_stack = list(stack)
            try:
                return pipe.execute(raise_on_error)
            except (MovedError, TryAgainError, ExecAbortError):
                self._cluster.refresh()
        raise NodeAway("a slot moves from node to node")


def slot_of(args: Sequence[Any]) -> int:
    """The slot of a command's key."""
    key = key_of(args)
    return key_slot(key if isinstance(key, bytes) else str(key).encode("utf-8", "surrogateescape"))


def side_by_side(works: Sequence[Callable[[], None]]) -> None:
    """Do several things at once that wait for others."""
    threads = [threading.Thread(target=work) for work in works[1:]]
    for thread in threads:
        thread.start()
    if works:
        works[0]()
    for thread in threads:
        thread.join()


def nodes(client: redis.Redis, replicas: bool = False) -> list[redis.Redis]:
    """A client of each server behind a client: itself, or each primary of a cluster. Raises redis.ConnectionError."""
    if isinstance(client, Cluster):
        return client.everyone() if replicas else client.primaries()
    return [client]
