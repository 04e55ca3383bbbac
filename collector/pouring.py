"""Snapshots of servers in, their keys in another Redis, single or a cluster of any size, out.

A snapshot of a cluster's node holds the keys of its slots, and fits no node that has others. So each is loaded by a
server of its own for a moment, which hands its keys over one by one; the client knows where each belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

import redis

from collector.reload import loaded
from common import store
from common.chunked import chunked
from common.cluster import nodes

#: Keys that are handed over at once.
_AT_ONCE = 50


def pour(snapshots: Iterable[Path], folder: Path, target: redis.Redis) -> int:
    """Hand over all keys; how many. `folder` is for the moment. Raises StoreError where the target holds any already,
    redis.RedisError.
    """
    if any(node.dbsize() for node in nodes(target)):
        raise store.StoreError("this Redis holds data already: restore into an empty one")
    count = 0
    for snapshot in snapshots:
        with loaded(snapshot, folder / snapshot.stem) as source:
            for some in chunked(source.scan_iter(count=1_000), _AT_ONCE):
                count += _hand_over(source, target, cast("list[bytes]", list(some)))
    return count


def _hand_over(source: redis.Redis, target: redis.Redis, names: list[bytes]) -> int:
    """Keys and when they expire; how many there still were."""
    asked = source.pipeline(transaction=False)
    for name in names:
        asked.dump(name)
        asked.pexpiretime(cast(str, name))  # takes bytes as well
    found = asked.execute()
    given = target.pipeline(transaction=False)
    kept = [(name, value, until) for name, value, until in zip(names, found[::2], found[1::2], strict=True) if value]
    for name, value, until in kept:
        # REPLACE: cut off and tried again; and a scan may name a key twice.
        given.restore(name, max(until, 0), value, replace=True, absttl=until > 0)
    given.execute()
    return len(kept)
