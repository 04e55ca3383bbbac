"""Keys are measured as MEMORY USAGE measures them, and every byte finds its site, family and month."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common import keys
from common.footprint import Footprint, Size, measure
from common.keys import Shard
from common.ledger import read_server

OTHER = Shard("b.org")
DAY = keys.ordinal("2026-05-05")


def filled(redis: redis_py.Redis) -> None:
    apply(redis, [event(n, ms("2026-05-05 12:00") + n, f"/{n % 50}") for n in range(1, 400)])
    redis.rpush(OTHER.raw(DAY, 0), b"x" * 5_000)
    redis.hset(OTHER.dense(), mapping={"2026-04": b"m" * 3_000, "2026-05-03": b"d" * 1_000, keys.VERSION: "7"})
    redis.set(keys.forgotten(), "1")
    redis.set("session:1", b"not ours" * 1_000)


def test_every_byte_has_its_place(redis: redis_py.Redis) -> None:
    filled(redis)
    found = measure(redis)
    usage = {name.decode(): redis.memory_usage(name, samples=0) for name in redis.keys("ff2:*")}
    assert sum(size.bytes for size in found.sizes) == sum(usage.values())
    by = found.by(lambda size: (size.site, size.family))
    assert by["example.com", "raw"] == usage[SITE.raw(DAY, 0)]
    assert by["example.com", "daily"] == usage[SITE.daily(DAY)]
    assert by["example.com", "state"] == usage[SITE.state()]
    assert by["b.org", "raw"] == usage[OTHER.raw(DAY, 0)]
    assert by["b.org", "dense"] == usage[OTHER.dense()]
    assert by["", "rest"] == usage[keys.forgotten()]
    months = found.by(lambda size: size.month)
    assert months["2026-04"] > 3_000
    assert set(months) == {"", "2026-04", "2026-05"}
    assert {(size.day, size.month) for size in found.sizes if size.family == "dense"} == {
        (0, "2026-04"), (keys.ordinal("2026-05-03"), "2026-05"), (0, ""),
    }  # fmt: skip
    assert (found.keys, found.measured, found.limit) == (len(usage), len(usage), 0)
    assert found.used > sum(usage.values())


def test_how_large_an_event_is(redis: redis_py.Redis) -> None:
    filled(redis)
    found = measure(redis)
    size = redis.memory_usage(SITE.raw(DAY, 0), samples=0)
    assert found.events == {"example.com": (size, 399)}
    assert found.event_bytes() == size / 399
    assert Footprint((), 0, 0).event_bytes() == 0.0


def test_of_many_keys_some_are_measured(redis: redis_py.Redis) -> None:
    for day in range(DAY, DAY + 100):
        redis.set(SITE.unique(day), b"x" * 1_000)
    before = read_server(redis, 0)
    found = measure(redis, most=10)
    after = read_server(redis, 0)
    assert before
    assert after
    each = redis.memory_usage(SITE.unique(DAY), samples=0)
    assert (found.keys, found.measured) == (100, 10)
    assert found.by(lambda size: size.family)["unique"] == pytest.approx(100 * each, rel=0.01)
    assert after.total - before.total - 1 == 1 + 10 + 1  # SCAN, MEMORY USAGE, INFO


def test_an_empty_redis(redis: redis_py.Redis) -> None:
    found = measure(redis)
    assert (found.sizes, found.keys) == ((), 0)


def test_by_is_largest_first() -> None:
    found = Footprint((Size("a", "raw", "", 0, 1), Size("b", "raw", "", 0, 5), Size("a", "raw", "", 0, 2)), 9, 0)
    assert list(found.by(lambda size: size.site).items()) == [("b", 5), ("a", 3)]
