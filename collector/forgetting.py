"""Sites and the time in; expired salts gone from Redis's append-only file and slow log, too, out.

A key that expires is deleted in memory alone: what was written to the file stays there until Redis rewrites it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import redis
from redis.exceptions import ResponseError

from common import keys
from common.calendars import calendar
from common.cluster import nodes
from common.keys import Shard
from common.visitors import expiry, period

_SALT = b":salt:"
#: Days that are looked back: a salt expires two days after its day began, or the day after its period.
_DAYS = 4
#: An import's salts expire within this many ms of the first of them.
_IMPORT = 3_600_000


def expired(zones: Mapping[str, str], rotation: str, since: int, now: int) -> list[str]:
    """Keys of the salts whose time ended after `since`, up to now (ms)."""
    found: dict[str, None] = {}
    for site, zone in zones.items():
        days = calendar(zone)
        for day in range(days.day(now) - _DAYS, days.day(now)):
            if since < expiry(day, rotation, days) <= now:
                found[Shard(site).salt(period(day, rotation))] = None
    return list(found)


def forget(client: redis.Redis, zones: Mapping[str, str], rotation: str, now: int) -> str:
    """Have the files rewritten when a salt has expired since the last time; what was done, or "" where nothing was due.

    Raises redis.RedisError.
    """
    last = int(cast("bytes | None", client.get(keys.forgotten())) or 0)
    if not last:  # a new Redis has no salt that could have expired
        client.set(keys.forgotten(), str(now))
        return ""
    gone = expired(zones, rotation, last, now)
    # Those of imports by the whole run that made them: it notes when the first one expires.
    imports = client.zcount(keys.import_expiries(), "-inf", now - _IMPORT)
    if not gone and not imports:
        return ""
    for name in gone:
        client.exists(name)  # one that nobody has asked for since would be written to the new file
    try:
        told = [_rewrite(node) + _clear_slow_log(node) for node in nodes(client, replicas=True)]
        done = next(filter(None, told), "")
    except ResponseError as error:
        if "already in progress" in str(error):
            return ""  # it may have begun before: the next round asks again
        done = f"this Redis lets nobody rewrite its files ({error}): expired salts stay in them until it does so itself"
    if imports:
        client.zremrangebyscore(keys.import_expiries(), "-inf", now - _IMPORT)
    client.set(keys.forgotten(), str(now))
    return done


def _rewrite(client: redis.Redis) -> str:
    if not client.info("persistence").get("aof_enabled"):
        return ""
    client.bgrewriteaof()
    return "append-only file rewritten without expired salts"


def _clear_slow_log(client: redis.Redis) -> str:
    """Only where a salt is in it: the log is not ours alone."""
    if not any(_SALT in entry["command"] for entry in client.slowlog_get(-1)):
        return ""
    client.slowlog_reset()
    return "; slow log cleared"
