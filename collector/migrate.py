"""Keys of the version before in, the same keys under this version's names out, their days open and marked.

Key by key, each in one atomic step, the list of sites last: as long as that has its old name, nobody but a migration
works on this Redis, and a migration that was killed is gone on with by the next. Nothing is deleted. Where a key has
its new name already, since something wrote before the migration, both are put together, or the old one set aside.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import cast

import redis

from collector.families import WHOLE
from collector.key_walk import escaped, walk
from collector.quarantine import mended, set_aside
from common import keys
from common.keys import Parsed, Shard
from common.rows import script_argument
from common.store import StoreError

SCRIPT = (Path(__file__).parent / "migrate.lua").read_text()
#: Families whose fields or members can be put together.
_MERGED = ("unique:visits", "visits:state", "visits:marked", "imports")
_DAYS = ("visits:daily", "unique:visits", "visits:events")
#: More raw lists than this for one day would be 5 GB of it.
_MOST_LISTS = 100


def count_older(client: redis.Redis) -> int:
    """How many keys of the version before there are. Raises redis.RedisError."""
    return sum(1 for _ in client.scan_iter(f"{escaped(keys.OLDER)}:*", count=1_000))


def migrate(client: redis.Redis, progress: Callable[[int], None] = lambda done: None) -> Counter[str]:
    """Move all keys; how many were moved, merged, set aside, or are unknown. Raises redis.RedisError, StoreError."""
    move = _Mover(client)
    done: Counter[str] = Counter()
    last = [keys.OLDER_SITES]
    while True:
        before = sum(done.values())
        for seen in walk(client, f"{escaped(keys.OLDER)}:*"):
            if seen.name in last or seen.kind == b"none":
                continue
            reply = move(seen.name)
            if reply == "unknown" and seen.name not in move.unknown:
                move.unknown.add(seen.name)
            elif reply in ("unknown", "gone"):
                continue
            done[reply] += 1
            progress(sum(done.values()))
        if sum(done.values()) == before:
            break
    if client.exists(keys.OLDER_SITES):
        done[move(keys.OLDER_SITES)] += 1
    return done


class _Mover:
    """Moves one key after the other."""

    def __init__(self, client: redis.Redis) -> None:
        self._client, self._script = client, client.register_script(SCRIPT)
        self.unknown: set[str] = set()

    def __call__(self, name: str) -> str:
        """Move a key; what came of it."""
        parsed = keys.parse(name)
        new = renamed(name)
        if parsed is None:
            if new not in WHOLE and not new.startswith(keys.commands("")):
                return "unknown"
            return self._run(name, new, None, {"day": "", "open": False, "mark": False, "merge": True})
        shard = Shard(parsed.site, parsed.shard)
        argument: dict[str, object] = {
            "day": parsed.rest[0] if parsed.family in _DAYS else "",
            "open": parsed.family == "visits:daily",
            "mark": parsed.family in ("visits:daily", "visits:events"),
            "merge": parsed.family in _MERGED,
        }
        if parsed.family != "visits:events":
            return self._run(name, new, shard, argument)
        argument["take"] = True
        for candidate in _lists(parsed, new):
            if (reply := self._run(name, candidate, shard, argument)) != "taken":
                return reply
        raise StoreError(f"{name}: its day has too many lists")

    def _run(self, name: str, new: str, shard: Shard | None, argument: dict[str, object]) -> str:
        now = time.time_ns() // 1_000_000
        noted = [shard.open(), shard.marked()] if shard else [new, new]
        names = [name, new, keys.aside(new, now), *noted]
        packed = script_argument({"take": False, "now": str(now), **argument})

        def run() -> bytes:
            return cast(bytes, self._script(keys=names, args=[packed]))

        return mended(run, lambda: set_aside(self._client, shard, [], now) if shard else None).decode()


def renamed(name: str) -> str:
    """A key's name in this version."""
    return keys.SCHEMA + name.removeprefix(keys.OLDER)


def _lists(parsed: Parsed, new: str) -> list[str]:
    """Names that a raw list may take: its own, and those behind the lists that are there."""
    shard, (day, *rest) = Shard(parsed.site, parsed.shard), parsed.rest
    try:
        ordinal = keys.ordinal(day)
    except ValueError:
        return [new]
    first = int(rest[0]) if rest and rest[0].isdigit() else 0
    return [new, *(shard.raw(ordinal, number) for number in range(first + 1, first + _MOST_LISTS))]
