"""A rig in; a real cluster with collectors in front of it, and what its shards took, out: for faults of a cluster.

A replica that is held gets nothing more: what its primary writes meanwhile is lost with it for certain, as it is by
chance whenever a primary dies.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import redis

from common import store
from common.keys import REVISION, Shard
from common.shards import shards
from tests.chaos.rig import ROOT, SITE, Rig, wait_for
from tests.clusters import Node, ValkeyCluster, cluster_of

SHARDS = 6
#: More than the kernel holds for a replica that reads nothing, in bytes.
_FILLER, _TIMES = b"x" * 8_000_000, 4
#: Processes of collectors read one of these as they start. The journal's pieces are small: it forgets whole ones.
_KEEPING = """
import collector.journal, collector.keeping
collector.keeping.KEEP, collector.journal.SEGMENT_BYTES = {keep}, 4_096
"""


class Clustered(NamedTuple):
    """What a scenario breaks."""

    rig: Rig
    cluster: ValkeyCluster
    client: redis.Redis  #: of the whole cluster

    def revision(self, shard: Shard, replica: Node | None = None) -> int:
        """How often the days of this run were written to on a shard, or had a replica heard of; -1: nobody answers."""
        try:
            if replica is None:
                found = [self.client.hget(shard.daily(day), REVISION) for day in self.rig.days()]
            else:
                with replica.client as client:
                    client.execute_command("READONLY")  # type: ignore[no-untyped-call]
                    found = [client.hget(shard.daily(day), REVISION) for day in self.rig.days()]
        except (redis.RedisError, OSError):
            return -1
        return sum(int(revision or 0) for revision in found)

    def take(self, some: list[Shard], seconds: float) -> None:
        """Wait until each of these shards has taken one more flush; raises TimeoutError."""
        for shard in some:
            wait_for(lambda shard=shard: self.revision(shard) >= 0, seconds, "nobody took over")  # type: ignore[misc]
            before = self.revision(shard)
            wait_for(lambda: self.revision(shard) > before, seconds, "nothing is ingested")  # noqa: B023

    def shards_of(self, node: Node) -> list[Shard]:
        """The shards whose slots a node has."""
        return [shard for shard in shards(SITE, SHARDS) if self.cluster.node_of(shard.state()) is node]


@contextmanager
def clustered(
    rig: Rig,
    replicas: int,
    collectors: int,
    keep: float | None = None,
    count: int = SHARDS,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Clustered]:
    """Three primaries and so many replicas of each, and collectors of a site of several shards.

    `keep`: for how many s their journals keep what is applied, if not as long as they always do.
    """
    with cluster_of(rig.folder / "cluster", 3, replicas) as cluster, store.connect(cluster.url, timeout=2) as client:
        chosen = {"FOOTFALL_REDIS_URL": cluster.url, "FOOTFALL_SHARDS": str(count), **(environ or {})}
        if keep is not None:
            (rig.folder / "sitecustomize.py").write_text(_KEEPING.format(keep=keep))
            chosen["PYTHONPATH"] = f"{rig.folder}:{ROOT}"
        for number in range(collectors):
            rig.collector(number, chosen | {"FOOTFALL_DATA": str(rig.data / str(number))})
        yield Clustered(rig, cluster, client)


def follower(cluster: ValkeyCluster, primary: Node) -> Node:
    """The replica of a primary."""
    roles = ((node, node.ask("ROLE")) for node in cluster.nodes if node.alive)
    return next(node for node, role in roles if role[0] == b"slave" and role[2] == primary.port)


def hold(primary: Node, replica: Node, shard: Shard) -> None:
    """The replica gets nothing more of what its primary writes from now on."""
    wait_for(lambda: primary.ask("WAIT", 1, 1_000) == 1, 20, "the replica does not follow")
    assert replica.process
    replica.process.send_signal(signal.SIGSTOP)
    for _ in range(_TIMES):  # fills what the kernel would still hand it
        primary.ask("SET", shard.shadow(shard.state(), "filler"), _FILLER)


def let_go(replica: Node) -> None:
    """It goes on."""
    assert replica.process
    replica.process.send_signal(signal.SIGCONT)
