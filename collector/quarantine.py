"""Keys of a wrong type in; renamed aside, and what they told told again, so that nothing is lost and all is counted.

Nothing is deleted: `doctor` names what lies aside. A flush that meets such a key moves what is in its own way
(`set_aside`); the rebuild looks at every key of a shard (`mend`). Days whose rollups went with a key are marked
first and the key is renamed last, so that a run that is killed is gone on with by the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar, cast

import redis
from redis.exceptions import ResponseError

from collector.families import ROLLUPS
from collector.jobs.lease import Lease
from collector.key_walk import escaped, of_shard, wrong
from common import keys
from common.chunked import chunked
from common.keys import Shard

if TYPE_CHECKING:
    from common.archive import Archive

_T = TypeVar("_T")


def set_aside(client: redis.Redis, shard: Shard, raw_keys: Iterable[str], now: int) -> list[str]:
    """Rename keys of a wrong type that a flush or an import writes to; the names they had. Raises redis.RedisError."""
    expected = {shard.state(): b"hash", shard.marked(): b"hash", shard.live(): b"zset", shard.open(): b"set"}
    expected |= dict.fromkeys(raw_keys, b"list")
    moved = []
    for name, kind in expected.items():
        found = cast(bytes, client.type(name))
        if found not in (kind, b"none"):
            client.renamenx(name, shard.quarantine(name, now))
            moved.append(name)
            if name == shard.open():
                note_open(client, shard)
    return moved


def note_open(client: redis.Redis, shard: Shard) -> None:
    """Note again which days have a daily hash, by walking the keys."""
    pattern = escaped(shard.daily(1).removesuffix(keys.iso(1))) + "*"
    for part in chunked((keys.parse(key.decode()) for key in client.scan_iter(pattern, count=1_000)), 500):
        client.sadd(shard.open(), *(parsed.rest[0] for parsed in part if parsed))


def is_wrong_type(error: Exception) -> bool:
    """Whether Redis refused because a key has a wrong type, or a string is no HyperLogLog."""
    return "WRONGTYPE" in str(error)


def mended(work: Callable[[], _T], mend: Callable[[], object]) -> _T:
    """What `work` gives; where a key of a wrong type is in its way, it is mended and `work` called again."""
    try:
        return work()
    except ResponseError as error:
        if not is_wrong_type(error):
            raise
    mend()
    return work()


def mend(client: redis.Redis, shard: Shard, archive: Archive | None) -> list[str]:
    """Set aside every key of a shard that has a wrong type, restore what it told or mark the days that do; their names.

    Raises redis.RedisError, and StoreError where the archive is needed and cannot be had.
    """
    now = time.time_ns() // 1_000_000
    found = wrong(client, shard)
    if not found:
        return []
    if shard.job() in found:
        _rename(client, shard.job(), now)
    with Lease(client, shard):
        restored = {name_of(shard): restore for name_of, restore in _RESTORED.items()}
        for key, restore in restored.items():
            if key in found:
                restore(client, shard, archive, now)
        days = set()
        for parsed in map(keys.parse, found):
            if parsed and parsed.family in (*ROLLUPS, "visits:events") and _is_day(parsed.rest[0]):
                days.add(parsed.rest[0])
        if shard.state() in found:  # open visits are found again by counting their days
            days |= _days(client, shard, "visits:daily")
        _mark(client, shard, days, now)
        for name in found:
            if name not in restored and name != shard.job():
                _rename(client, name, now)
    return found


def _marked(client: redis.Redis, shard: Shard, archive: Archive | None, now: int) -> None:
    """Which days waited is not known any more: all that may."""
    _rename(client, shard.marked(), now)
    _mark(client, shard, _days(client, shard, "visits:daily", "visits:events"), now)


def _open(client: redis.Redis, shard: Shard, archive: Archive | None, now: int) -> None:
    _rename(client, shard.open(), now)
    note_open(client, shard)


def _archive(client: redis.Redis, shard: Shard, archive: Archive | None, now: int) -> None:
    from collector.jobs.adopt import restore_files  # noqa: PLC0415 - pyarrow, which no flusher needs

    restore_files(client, shard, archive, now)


def _dense(client: redis.Redis, shard: Shard, archive: Archive | None, now: int) -> None:
    from collector.jobs.adopt import forget_closed  # noqa: PLC0415 - the same

    raw = {keys.ordinal(day) for day in _days(client, shard, "visits:events")}
    forget_closed(client, shard, archive, raw, now)


#: In this order: days are marked in the first, and closed days are known by the list of files.
_RESTORED: dict[Callable[[Shard], str], Callable[[redis.Redis, Shard, Archive | None, int], None]] = {
    Shard.marked: _marked,
    Shard.open: _open,
    Shard.archive: _archive,
    Shard.dense: _dense,
}


def _rename(client: redis.Redis, name: str, now: int) -> None:
    if client.exists(name):
        client.renamenx(name, keys.aside(name, now))


def _mark(client: redis.Redis, shard: Shard, days: Iterable[str], now: int) -> None:
    for part in chunked(days, 500):
        client.hset(shard.marked(), mapping=dict.fromkeys(part, str(now)))


def _days(client: redis.Redis, shard: Shard, *families: str) -> set[str]:
    """The days of which there are keys."""
    names = (keys.parse(name.decode("utf-8", "replace")) for name in client.scan_iter(of_shard(shard), count=1_000))
    return {parsed.rest[0] for parsed in names if parsed and parsed.family in families and _is_day(parsed.rest[0])}


def _is_day(text: str) -> bool:
    try:
        return bool(keys.ordinal(text))
    except ValueError:
        return False
