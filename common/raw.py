"""A shard's day in, its raw events and their extent out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple, cast

import msgspec
import redis
from redis.exceptions import ResponseError

from common import keys
from common.chunked import chunked
from common.events import Event
from common.keys import Shard
from common.rollups import DROP_REASONS
from common.rows import count_events, unpack_blocks

_CHUNK = 200
#: Bytes that an event takes at least.
_A_ROW = 10
#: Rows that raw events cannot tell again.
DROPS = [keys.field("dropped", reason) for reason in DROP_REASONS if reason != "no_visit"]
_decode = msgspec.msgpack.Decoder(tuple[int, int, int]).decode


class Extent(NamedTuple):
    """What a daily hash says about its day besides rollups."""

    revision: bytes  #: b"" when the day has no hash, or one of a wrong type
    list: int  #: number of the raw list being written
    size: int  #: bytes in that list
    rows: int  #: raw events of the day
    dropped: dict[str, bytes]  #: counts that raw events cannot tell again, by field


def extent(client: redis.Redis, shard: Shard, day: int) -> Extent:
    """Revision and raw extent of a day. Where the hash is missing or broken, the extent is read off the lists."""
    try:
        asked = client.hmget(shard.daily(day), [keys.REVISION, keys.RAW_EXTENT, *DROPS])
        values = cast("list[bytes | None]", asked)
    except ResponseError as error:
        if "WRONGTYPE" not in str(error):
            raise
        values = [None] * (2 + len(DROPS))
    dropped = {name: value for name, value in zip(DROPS, values[2:], strict=True) if value}
    if values[1]:
        with suppress(msgspec.DecodeError):
            return Extent(values[0] or b"", *_decode(values[1]), dropped)
    number = 0
    while client.exists(shard.raw(day, number + 1)):
        number += 1
    rows = sum(count_events(block) for n in range(number + 1) for block in _blocks(client, shard, day, n))
    return Extent(values[0] or b"", number, 0, rows, dropped)


def lengths(client: redis.Redis, shard: Shard, day: int) -> list[int]:
    """How many blocks each raw list of a day has, from list 0 on."""
    found: list[int] = []
    while True:
        length = client.llen(shard.raw(day, len(found)))
        if not length and not client.exists(shard.raw(day, len(found) + 1)):
            return found
        found.append(length)


def raw_days(client: redis.Redis, shard: Shard) -> set[int]:
    """Folded days that have raw lists in Redis (open days may have some besides)."""
    return unpacked_days(cast("bytes | None", client.hget(shard.dense(), keys.RAW_DAYS)))


def unpacked_days(stored: bytes | None) -> set[int]:
    """The days of such a field."""
    return set(msgspec.msgpack.decode(stored, type=list[int])) if stored else set()


def packed_days(days: Iterable[int]) -> bytes:
    """As that field is stored."""
    return msgspec.msgpack.encode(sorted(days))


def read_day(client: redis.Redis, shard: Shard, day: int) -> list[Event]:
    """All raw events of a local day, in the order they were written."""
    return unpack_blocks(read_blocks(client, shard, day))


def read_blocks(client: redis.Redis, shard: Shard, day: int) -> Iterator[bytes]:
    """The blocks of a day's raw lists, in the order they were written."""
    number = 0
    while True:
        blocks = _blocks(client, shard, day, number)
        if not blocks and not client.exists(shard.raw(day, number + 1)):
            return
        yield from blocks
        number += 1


def revision(client: redis.Redis, shard: Shard, day: int) -> bytes:
    """What every write to a day raises; b"" when it has no hash, or one of a wrong type."""
    try:
        return cast("bytes | None", client.hget(shard.daily(day), keys.REVISION)) or b""
    except ResponseError as error:
        if "WRONGTYPE" not in str(error):
            raise
        return b""


def revisions(client: redis.Redis, shard: Shard, days: Iterable[int]) -> dict[int, bytes]:
    """`revision` of days, asked for at once."""
    found: dict[int, bytes] = {}
    for some in chunked(days, _CHUNK):
        pipe = client.pipeline(transaction=False)
        for day in some:
            pipe.hget(shard.daily(day), keys.REVISION)
        for day, reply in zip(some, pipe.execute(raise_on_error=False), strict=True):
            if isinstance(reply, Exception) and "WRONGTYPE" not in str(reply):
                raise reply
            found[day] = reply if isinstance(reply, bytes) else b""
    return found


def about_rows(client: redis.Redis, shard: Shard, days: Iterable[int]) -> dict[int, int]:
    """About how many raw events each day has in Redis: as its hash notes, else by the bytes of its first list."""
    found: dict[int, int] = {}
    for some in chunked(days, _CHUNK):
        pipe = client.pipeline(transaction=False)
        for day in some:
            pipe.hget(shard.daily(day), keys.RAW_EXTENT)
            pipe.memory_usage(shard.raw(day, 0), samples=5)
        replies = pipe.execute(raise_on_error=False)
        for day, noted, size in zip(some, replies[::2], replies[1::2], strict=True):
            found[day] = int(size or 0) // _A_ROW if not isinstance(size, Exception) else 0
            with suppress(msgspec.DecodeError, TypeError):
                found[day] = _decode(noted)[2]
    return found


def _blocks(client: redis.Redis, shard: Shard, day: int, number: int) -> list[bytes]:
    blocks: list[bytes] = []
    while part := cast("list[bytes]", client.lrange(shard.raw(day, number), len(blocks), len(blocks) + _CHUNK - 1)):
        blocks += part
        if len(part) < _CHUNK:
            break
    return blocks
