"""A shard in, the day's dead weight dropped: states of visitors long gone, ids of batches that can't come again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple, cast

import msgspec
import redis

from common.calendars import calendar
from common.chunked import chunked
from common.keys import Shard, ids_day
from common.lost import Settling
from common.visits import State

_SCRIPT = (Path(__file__).parent / "trim.lua").read_text()
_decode_state = msgspec.msgpack.Decoder(State).decode
#: Fields that one command drops: Redis may bill by command, and a script takes no more arguments.
_AT_ONCE = 3_000
_DAY = 86_400_000
_TWO_DAYS_S = 2 * 86_400
#: Another process may begin a job that was claimed this long ago and is not done, in s.
_CLAIM_S = 1_800


class Trimmed(NamedTuple):
    """How many fields of the state hash were dropped."""

    states: int
    ids: int


def claim(client: redis.Redis, shard: Shard, zone: str, now: int, hour: int = 0) -> bool:
    """Whether this process is the one that does the shard's job of today, due at a local hour. The claim of one that
    was killed ends after a while. Raises redis.RedisError.
    """
    return bool(client.set(shard.trimmed(_day(zone, now, hour)), str(now), nx=True, ex=_CLAIM_S))


def finished(client: redis.Redis, shard: Shard, zone: str, now: int, hour: int = 0) -> None:
    """Note that today's job is done, so that nobody claims it again."""
    client.set(shard.trimmed(_day(zone, now, hour)), str(now), ex=_TWO_DAYS_S)


def _day(zone: str, now: int, hour: int) -> int:
    return calendar(zone).day(now - hour * 3_600_000)


def trim(client: redis.Redis, shard: Shard, zone: str, now: int) -> Trimmed:
    """Drop states whose last event was before yesterday, and batch ids that are older by a day; note what these ids
    tell of batches that never came. Runs beside traffic.
    """
    oldest, oldest_ids = calendar(zone).day(now) - 1, now // _DAY - 2
    settling = Settling()
    script = client.register_script(_SCRIPT)
    states = ids = 0
    waiting, gone = list[bytes](), list[bytes]()
    for name, value in client.hscan_iter(shard.state(), count=5_000):
        field, data = cast(bytes, name), cast(bytes, value)
        if field.startswith(b"v:") and _decode_state(data[4:]).day < oldest:
            waiting += [field, data[:4]]
        settling.see(field, data)
        if field.startswith((b"ids:", b"claims:")) and ids_day(field.decode()) < oldest_ids:
            gone.append(field)
        if len(waiting) >= 2 * _AT_ONCE:
            states += script(keys=[shard.state()], args=waiting)
            waiting = []
    if noted := settling.settled(now // _DAY):
        client.hset(shard.state(), mapping=noted)
    if waiting:
        states += script(keys=[shard.state()], args=waiting)
    for some in chunked(gone, _AT_ONCE):  # once they are noted: a job that is killed here goes by them again
        ids += client.hdel(shard.state(), *some)
    client.zremrangebyscore(shard.live(), "-inf", now - _DAY)
    return Trimmed(states, ids)


def now_ms() -> int:
    """The clock, in ms."""
    return time.time_ns() // 1_000_000
