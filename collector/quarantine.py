"""A shard whose flush met a key of a wrong type in; such keys renamed aside, so that events are counted again.

Nothing is deleted: `doctor` names what lies aside. A wrong-type rollup is not moved, a rebuild makes it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import redis

from common.keys import Shard


def set_aside(client: redis.Redis, shard: Shard, raw_keys: Iterable[str], now: int) -> list[str]:
    """Rename keys of a wrong type to `...:quarantine:<ms>`; the names they had. Raises redis.RedisError."""
    expected = {shard.state(): b"hash", shard.marked(): b"hash", shard.live(): b"zset"}
    expected |= dict.fromkeys(raw_keys, b"list")
    moved = []
    for name, kind in expected.items():
        found = cast(bytes, client.type(name))
        if found not in (kind, b"none"):
            client.renamenx(name, shard.quarantine(name, now))
            moved.append(name)
    return moved
