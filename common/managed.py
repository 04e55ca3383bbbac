"""A Redis that somebody else runs in; what it tells of itself without CONFIG, and what that would lose, out.

Providers keep CONFIG to themselves. INFO tells the eviction policy and whether there is an append-only file, not how
often it is synced. Cures name no command, since none is allowed: settings are changed where the provider keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import redis
from redis.exceptions import NoPermissionError, ResponseError

#: Marks settings that INFO told.
TOLD_BY_INFO = "told by INFO"
#: What a script needs of a server: msgpack, and 7,000 arguments for one command.
_PROBE = """
local many = {}
for i = 1, 7000 do many[i] = i end
return select('#', unpack(many)) + #cmsgpack.unpack(cmsgpack.pack({1, 2}))
"""
_PROBED = 7_002
_REFUSALS = ("NOPERM", "unknown command", "unknown subcommand", "is not allowed", "not supported", "restricted")


class Found(NamedTuple):
    """Whether it stops the start, what is wrong, and what mends it."""

    fatal: bool
    problem: str
    cure: str


def look(client: redis.Redis) -> dict[str, str] | None:
    """Settings by their names in CONFIG, as far as INFO tells them; None where it tells nothing of them."""
    try:
        info = {**client.info("memory"), **client.info("persistence")}
    except ResponseError:
        return None
    told = {
        "maxmemory": info.get("maxmemory"),
        "maxmemory-policy": info.get("maxmemory_policy"),
        "appendonly": {0: "no", 1: "yes"}.get(info.get("aof_enabled", -1)),
    }
    found = {name: str(value) for name, value in told.items() if value is not None}
    return found | {TOLD_BY_INFO: "yes"} if found else None


def judge(told: Mapping[str, str]) -> Iterator[Found]:
    """What a server of a provider's would lose, fatal findings first."""
    policy = told.get("maxmemory-policy")
    if policy is None:
        yield Found(
            False,
            "this Redis does not tell its settings (CONFIG GET is refused)",
            "make sure that its eviction policy is noeviction and that it persists every write; FOOTFALL_ACCEPT_LOSS=1 "
            "then says that you have",
        )
        return
    if policy != "noeviction":
        volatile = "salts" if policy.startswith("volatile") else "days of figures"
        yield Found(
            True,
            f"maxmemory-policy is {policy}: a full Redis would delete {volatile} without an error",
            "set it to noeviction where your provider keeps settings (ElastiCache and MemoryDB: a parameter group of "
            "your own; Memorystore: --redis-config; Upstash: eviction off); see docs/deploy.md",
        )
    if told.get("appendonly") == "no":
        yield Found(
            False,
            "there is no append-only file: what a failover or restart loses of it, is lost",
            "take a plan that keeps every write (docs/deploy.md names some), or FOOTFALL_ACCEPT_LOSS=1",
        )
    else:
        yield Found(
            False,
            "this Redis does not tell how often it syncs to disk (CONFIG GET is refused)",
            "ask its provider what a failover loses; FOOTFALL_ACCEPT_LOSS=1 then says that you know",
        )


def scripts(client: redis.Redis) -> Iterator[tuple[str, str]]:
    """Whether flushes can run here at all. Raises redis.RedisError when it is away."""
    try:
        done = client.eval(_PROBE, 0)
    except ResponseError as error:
        yield (
            f"scripts do not run on this Redis ({error}): nothing can be counted",
            "allow EVAL and EVALSHA to this user, or take a Redis that runs Lua with cmsgpack",
        )
        return
    if cast("int", done) != _PROBED:
        yield f"scripts run wrongly on this Redis ({done!r} is not {_PROBED})", "take another Redis"


def refused(error: ResponseError) -> bool:
    """Whether a provider, or a user's rights, keep a command from us; anything else is a fault of the call."""
    return isinstance(error, NoPermissionError) or any(sign in str(error) for sign in _REFUSALS)


def version_of(info: Mapping[str, Any]) -> str:
    """The version that INFO names, "" where it is a stand-in's: its number is of the protocol."""
    return "" if "upstash_version" in info else str(info.get("redis_version", ""))
