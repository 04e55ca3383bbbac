"""A folder and a number of nodes in, a real Valkey Cluster on loopback out: nodes can be killed and slots moved."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis as redis_py
from redis.crc import key_slot

from common.valkey import find_binary, free_port, port_is_free

SLOTS = 16_384
#: How long a node may be silent until its replica takes over, in ms.
NODE_TIMEOUT = 2_000


class Node:
    """One server of a cluster, on a port that stays."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._options = folder, options
        while not port_is_free((port := free_port()) + 10_000):  # the bus
            pass
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> redis_py.Redis:
        """A client of this node alone; to be closed."""
        return redis_py.Redis(port=self.port, protocol=2, socket_timeout=10)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [find_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"]
        command += ["--cluster-node-timeout", str(NODE_TIMEOUT), "--appendonly", "yes", "--appendfsync", "everysec"]
        command += ["--save", "", "--cluster-announce-ip", "127.0.0.1", "--repl-diskless-sync-delay", "0"]
        command += ["--maxmemory-policy", "noeviction", *self._options]
        with (self.folder / "log").open("ab") as out:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=out, stderr=out)
        with self.client as client:
            wait_until(lambda: _pong(client), 20)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def ask(self, *command: Any) -> Any:
        """What it says to a command."""
        with self.client as client:
            return client.execute_command(*command)

    @property
    def id(self) -> str:
        """Its name in the cluster."""
        return str(self.ask("CLUSTER MYID").decode())


class ValkeyCluster:
    """Primaries that share the slots evenly, and as many replicas of each as asked for."""

    def __init__(self, folder: Path, primaries: int = 3, replicas: int = 0, *options: str) -> None:
        count = primaries * (1 + replicas)
        self.nodes = [Node(folder / f"node{number}", *options) for number in range(count)]
        self._primaries, self._replicas = primaries, replicas

    @property
    def url(self) -> str:
        """As FOOTFALL_REDIS_URL takes it: two nodes to begin with."""
        named = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:2])
        return f"redis+cluster://{named}"

    def start(self) -> None:
        """Start all nodes and make them one cluster; wait until it takes commands."""
        for node in self.nodes:
            node.start()
        first = self.nodes[0]
        for number, node in enumerate(self.nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if node is not first:
                first.ask("CLUSTER", "MEET", "127.0.0.1", node.port)
        edges = [SLOTS * number // self._primaries for number in range(self._primaries + 1)]
        for node, (begin, end) in zip(self.nodes, itertools.pairwise(edges), strict=False):
            node.ask("CLUSTER", "ADDSLOTSRANGE", begin, end - 1)
        wait_until(lambda: all(len(_known(node)) == len(self.nodes) for node in self.nodes), 30)
        for number, node in enumerate(self.nodes[self._primaries :]):
            node.ask("CLUSTER", "REPLICATE", self.nodes[number % self._primaries].id)
        self.settled()

    def settled(self, seconds: float = 30) -> None:
        """Wait until every node that runs takes commands, and every replica follows."""
        wait_until(lambda: all(_ok(node) for node in self.nodes if node.alive), seconds)

    def node_of(self, key: str) -> Node:
        """The primary that has a key."""
        slot, named = key_slot(key.encode()), {node.port: node for node in self.nodes}
        asked = next(node for node in self.nodes if node.alive)
        for begin, end, primary, *_ in asked.ask("CLUSTER", "SLOTS"):
            if begin <= slot <= end:
                return named[primary[1]]
        raise AssertionError(f"nobody has slot {slot}")

    def move(self, slot: int, to: Node, pause: float = 0.0) -> None:
        """Move a slot and its keys to another node, as resharding does, under load; with a pause after each key."""
        source = self._owner(slot)
        if source is to:
            return
        to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id)
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id)
        while names := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1 if pause else 100):
            source.ask("MIGRATE", "127.0.0.1", to.port, "", 0, 5_000, "KEYS", *names)
            time.sleep(pause)
        for node in (to, source, *self.nodes):
            if node.alive:
                with suppress(redis_py.ResponseError):  # a replica
                    node.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id)

    def move_at_once(self, slot: int, to: Node) -> None:
        """The same as Valkey 9 does it by itself: the slot changes hands when all of it is there."""
        source = self._owner(slot)
        source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", to.id)
        wait_until(lambda: all(self._owner(slot, node) is to for node in self.nodes if node.alive), 20)

    def flush(self) -> None:
        """Empty all primaries."""
        for node in self.nodes:
            if node.alive:
                with suppress(redis_py.ReadOnlyError):
                    node.ask("FLUSHALL")

    def stop(self) -> None:
        """End all nodes."""
        for node in self.nodes:
            node.kill()

    def _owner(self, slot: int, told: Node | None = None) -> Node:
        named = {node.port: node for node in self.nodes}
        asked = told or next(node for node in self.nodes if node.alive)
        return next(named[p[1]] for begin, end, p, *_ in asked.ask("CLUSTER", "SLOTS") if begin <= slot <= end)


@contextmanager
def cluster_of(folder: Path, primaries: int = 3, replicas: int = 0, *options: str) -> Iterator[ValkeyCluster]:
    """A running cluster; ended with the context."""
    made = ValkeyCluster(folder, primaries, replicas, *options)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def wait_until(true: Callable[[], object], seconds: float) -> None:
    """Wait until something holds; a failure when it does not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _known(node: Node) -> list[Any]:
    with node.client as client:
        return [one for one in client.execute_command("CLUSTER NODES").values() if "handshake" not in one["flags"]]


def _ok(node: Node) -> bool:
    with node.client as client:
        info = client.execute_command("CLUSTER INFO")
        role = client.execute_command("ROLE")
        follows = role[0] != b"slave" or role[3] == b"connected"
        return bool(info["cluster_state"] == "ok" and int(info["cluster_slots_assigned"]) == SLOTS and follows)


def _pong(client: redis_py.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis_py.RedisError, OSError):
        return False
