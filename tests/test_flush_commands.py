"""How many commands a flush costs, whatever its size: hosted Redis bills them, those of the script like any other."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import redis as redis_py
from made import SITE, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common.events import Event

NOON = ms("2026-05-05 12:00")
MINUTE, HOUR = 60_000, 3_600_000

OUTSIDE = ("hmget", "evalsha")
INSIDE = ("hmget", "hmget", "rpush", "hset", "hset", "pfadd", "zadd", "zremrangebyscore")
#: What a further day may add at most.
FURTHER = ("hmget", "rpush", "hset", "pfadd", "hset")
#: Once a day: that the day has a hash now.
FIRST = ("sadd",)


def numbered(number: int, id_: int, *events: Event) -> Numbered:
    return Numbered(number, Batch(SITE.site, "UTC", NOON, id_, list(events)))


def ordinary(count: int, draw: random.Random, day: int = NOON) -> list[Event]:
    """Traffic as it is: some 100 pages, 30 sources, a few countries; a visitor has about two events."""
    people = [
        {
            "source": f"source{int(draw.paretovariate(1)) % 30}",
            "country": draw.choice(("DE", "US", "NP", "FR")),
            "device": draw.choice(("Desktop", "Mobile")),
            "browser": draw.choice(("Firefox", "Chrome", "Safari")),
        }
        for _ in range(max(1, count // 2))
    ]
    chosen = [draw.randrange(len(people)) for _ in range(count)]
    return [
        event(1 + n, day - draw.randrange(5 * MINUTE), f"/page{int(draw.paretovariate(0.7)) % 100}", **people[n])
        for n in chosen
    ]


def commands(client: redis_py.Redis, work: Callable[[], object]) -> list[str]:
    """The commands that some work costs, as the server counts them."""
    client.config_resetstat()
    work()
    found = client.info("commandstats")
    names = [(name.removeprefix("cmdstat_"), entry["calls"]) for name, entry in found.items()]
    skipped = ("config|resetstat", "info", "client|setinfo", "hello", "select")
    return sorted(name for name, calls in names if name not in skipped for _ in range(calls))


@pytest.mark.parametrize("count", [1, 2_000])
@pytest.mark.parametrize("warm", [False, True])
def test_ten_commands_at_any_size(redis: redis_py.Redis, count: int, warm: bool) -> None:
    draw, flusher = random.Random(4), Flusher(redis, "c")
    redis.script_load(flusher._script.script)
    if warm:
        flusher.apply(SITE, [numbered(1, 1, *ordinary(2_000, draw))], NOON - 2 * MINUTE)
    events = ordinary(count, draw)
    size = max(1, count // 1_000)
    records = [
        numbered(2 + n, draw.getrandbits(63), *events[n * size : (n + 1) * size]) for n in range(-(-count // size))
    ]
    found = commands(redis, lambda: flusher.apply(SITE, records, NOON))
    first = () if warm else FIRST
    assert found == sorted(OUTSIDE + INSIDE + first)
    assert len(OUTSIDE + INSIDE) == 10


@pytest.mark.parametrize("count", [1, 1_000])
def test_a_further_day_adds_at_most_five(redis: redis_py.Redis, count: int) -> None:
    draw, flusher = random.Random(5), Flusher(redis, "c")
    redis.script_load(flusher._script.script)
    events = [e for shift in range(2) for e in ordinary(count, draw, NOON - shift * 24 * HOUR)]
    found = commands(redis, lambda: flusher.apply(SITE, [numbered(1, 1, *events)], NOON))
    for name in OUTSIDE + INSIDE:
        found.remove(name)
    rest = [*FURTHER, *FIRST, *FIRST]
    for name in found:
        rest.remove(name)
