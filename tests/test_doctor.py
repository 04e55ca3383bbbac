"""A planted fault of every kind is named with its cure; a healthy Redis has none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.doctor import examine, report
from common import keys
from common.known import Known, encode

NOON = ms("2026-05-05 12:00")
DAY = keys.ordinal("2026-05-05")


@pytest.fixture
def healthy(redis: redis_py.Redis) -> redis_py.Redis:
    """A site with an event, a salt and an entry in the list."""
    apply(redis, [event(1, NOON)])
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", NOON)))
    redis.set(SITE.salt("2026-05-05"), b"x" * 32, ex=100)
    redis.set(keys.forgotten(), NOON)
    redis.hset(keys.file_imports(), "x", "y")
    return redis


def test_nothing_is_wrong(healthy: redis_py.Redis) -> None:
    assert list(examine(healthy)) == []


FAULTS: list[tuple[Callable[[redis_py.Redis], object], str, str]] = [
    (lambda r: r.set(SITE.daily(DAY), "x"), "visits:daily:2026-05-05 is a string, expected a hash", "rebuild --site"),
    (lambda r: r.set(SITE.raw(DAY, 0), "x"), "visits:events:2026-05-05:0 is a string", "sets it aside by itself"),
    (lambda r: r.set(SITE.quarantine(SITE.live(), 5), "x"), "was set aside", "redis-cli DEL"),
    (lambda r: r.set("ff1:{odd}:thing", "x"), "no key of ours", "redis-cli DEL"),
    (lambda r: r.persist(SITE.salt("2026-05-05")), "never expires", "EXPIRE"),
    (lambda r: r.hset(SITE.marked(), "2026-05-05", NOON), "wait to be made again", "rebuild --marked"),
    (lambda r: r.config_set("maxmemory-policy", "allkeys-lru"), "allkeys-lru", "noeviction"),
    (lambda r: r.config_set("maxmemory", r.info("memory")["used_memory"] + 1_000), "of maxmemory", "raise maxmemory"),
]


@pytest.mark.parametrize(("plant", "problem", "cure"), FAULTS)
def test_a_fault_is_named_with_its_cure(
    healthy: redis_py.Redis, plant: Callable[[redis_py.Redis], object], problem: str, cure: str
) -> None:
    try:
        plant(healthy)
        said: list[str] = []
        assert report(examine(healthy), said.append) == 1
    finally:
        healthy.config_set("maxmemory-policy", "noeviction")
        healthy.config_set("maxmemory", 0)
    assert problem in said[0]
    assert cure in said[0]


def test_a_clock_that_is_off(healthy: redis_py.Redis) -> None:
    seconds = healthy.time()[0]
    assert [f.problem[:10] for f in examine(healthy, seconds - 60)] == ["the clocks"]
    assert list(examine(healthy, seconds + 1)) == []
