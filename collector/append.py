"""A piece's events in, raw blocks of its days in Redis out, each piece once; and the registry of files' pieces.

A piece is noted as begun before its first site is written and as done after its last, so that after a crash it is cut
again where it was, and the sites that have it already take nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
import redis

from collector.pieces import Entry
from collector.quarantine import mended, set_aside
from common import keys
from common.blocks import pack_table
from common.events import Event
from common.keys import Shard
from common.rows import pack_events, script_argument
from common.store import StoreError

SCRIPT = (Path(__file__).parent / "append.lua").read_text()
#: A rebuild that asks to wait, and lists that are full, each cost a try.
_MOST_TRIES = 10_000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Entry]).decode


class Appender:
    """Writes raw events of imported pieces. Days are marked: their rollups are for the rebuild."""

    def __init__(self, client: redis.Redis) -> None:
        self._client, self._script = client, client.register_script(SCRIPT)
        self._lists: dict[tuple[Shard, int], int] = {}

    def append(
        self, shard: Shard, piece: str, days: Mapping[int, Sequence[Event] | pa.Table], now: int, zone: str
    ) -> dict[int, int] | None:
        """Append a piece's events, by days of a zone; rows that each day held before, or None: it was in already.

        Events that come as a table of `columns.RAW` are kept in columns.

        Raises redis.RedisError, StoreError; then nothing was written, or all of it.
        """
        blocks = {day: _packed(events) for day, events in sorted(days.items())}
        for _ in range(_MOST_TRIES):
            reply = mended(
                lambda: self._run(shard, piece, days, blocks, now, zone), lambda: self._set_aside(shard, blocks, now)
            )
            match reply[0]:
                case b"ok":
                    return dict(zip(blocks, map(int, reply[1:]), strict=True))
                case b"known":
                    return None
                case b"lease":  # it ends by itself
                    time.sleep(0.05)
                case b"zone":
                    raise StoreError(
                        f"{shard.site}: its zone is {reply[1].decode()}, no longer {zone}; do it again, what is in "
                        "already is not counted twice"
                    )
                case _:
                    self._lists[shard, keys.ordinal(reply[1].decode())] = int(reply[2])
        raise redis.ResponseError(f"{shard.site}: the raw list of a day changes faster than it can be written to")

    def _set_aside(self, shard: Shard, days: Iterable[int], now: int) -> None:
        set_aside(self._client, shard, [shard.raw(day, self._lists.get((shard, day), 0)) for day in days], now)

    def _run(
        self,
        shard: Shard,
        piece: str,
        days: Mapping[int, Sequence[Event] | pa.Table],
        blocks: Mapping[int, bytes],
        now: int,
        zone: str,
    ) -> list[Any]:
        names, listed = [shard.imports(), shard.marked(), shard.open(), shard.state()], []
        for day, block in blocks.items():
            number = self._lists.get((shard, day), 0)
            names += [shard.daily(day), shard.raw(day, number)]
            listed.append({"day": keys.iso(day), "list": number, "block": block, "count": len(days[day])})
        argument = {
            "piece": piece,
            "zone": zone,
            "now": now,
            "clock": time.time_ns() // 1_000_000,
            "list_bytes": keys.RAW_LIST_BYTES,
            "days": listed,
        }
        reply: list[Any] = self._script(keys=names, args=[script_argument(argument)])
        return reply


def _packed(events: Sequence[Event] | pa.Table) -> bytes:
    return pack_table(events) if isinstance(events, pa.Table) else pack_events(events)


class Registry:
    """The pieces of all files imported for one scope: the site that was asked for, or those that the lines name."""

    def __init__(self, client: redis.Redis, site: str | None) -> None:
        self._client, self._scope = client, site or "*"

    def name(self, digest: bytes) -> str:
        """A digest within the scope."""
        return f"{digest.hex()}:{self._scope}"

    def after(self, before: bytes) -> list[Entry]:
        """The pieces that are known to follow a digest."""
        stored = cast("bytes | None", self._client.hget(keys.file_imports(), self.name(before)))
        return _decode(stored) if stored else []

    def note(self, before: bytes, entry: Entry) -> None:
        """Note a piece behind a digest, in place of what was noted of it; others stay."""

        def change(pipe: Any) -> None:
            stored = pipe.hget(keys.file_imports(), self.name(before))
            others = [known for known in (_decode(stored) if stored else []) if known.after != entry.after]
            pipe.multi()
            pipe.hset(keys.file_imports(), self.name(before), _encode([*others, entry]))

        self._client.transaction(change, keys.file_imports())
