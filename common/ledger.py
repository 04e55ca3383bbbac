"""Commands that a process has counted in, the month's hash in Redis kept; the month and the one before it out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from redis.exceptions import ResponseError

from common import budget, keys
from common.budget import Month, Reading
from common.cluster import nodes

#: How long a month is kept after it began, in days: 13 months.
_KEPT = 396
#: What keeping a count costs: the HINCRBY and the EXPIREAT below.
COST = 2


def entries(purpose: str, commands: int, now: int) -> tuple[tuple[Any, ...], ...]:
    """The two commands that add a count to its month; their own cost is in it."""
    name = budget.month_of(now)
    key = keys.commands(name)
    begin = datetime.fromtimestamp(budget.month_end(budget.month_before(name)) / 1000, UTC)
    expires = int((begin + timedelta(days=_KEPT)).timestamp())
    return (
        ("HINCRBY", key, budget.field_of(now, purpose), commands + COST),
        ("EXPIREAT", key, expires),
    )


def note(client: redis.Redis, reading: Reading, now: int) -> None:
    """Keep what the server itself has counted. Raises redis.RedisError."""
    key = keys.commands(budget.month_of(now))
    (latest, total), (base, begin) = budget.reading_fields(reading, now)
    pipe = client.pipeline(transaction=False)
    pipe.hset(key, latest, total)
    pipe.hsetnx(key, base, begin)
    pipe.execute()


def read_servers(client: redis.Redis, now: int) -> list[Reading]:
    """What each server behind a client has counted, as far as it tells. Raises redis.RedisError."""
    return [reading for node in nodes(client) if (reading := read_server(node, now))]


def read_server(client: redis.Redis, now: int) -> Reading | None:
    """The server's own count of commands; None where a provider does not tell it. Raises redis.RedisError otherwise."""
    try:
        info = client.info("server", "commandstats")
    except ResponseError:
        return None
    calls = [entry["calls"] for name, entry in info.items() if name.startswith("cmdstat_")]
    if not calls or "run_id" not in info:
        return None
    began = now - 1_000 * int(info.get("uptime_in_seconds", 0))
    return Reading(str(info["run_id"])[:8], sum(calls), began)


def read_months(client: redis.Redis, now: int) -> list[Month]:
    """The month before and this one, up to this moment. Three commands. Raises redis.RedisError."""
    this = budget.month_of(now)
    names = [budget.month_before(this), this]
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.hgetall(keys.commands(name))
    before, current = pipe.execute()
    readings = read_servers(client, now)
    return [budget.read_month(names[0], before), budget.read_month(this, current, readings, now)]
