"""Every key of a shard is seen once, with its type and life; other sites' keys are not."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.key_walk import OURS, Seen, escaped, of_shard, walk, wrong
from common import keys
from common.keys import Shard

NOON = ms("2026-05-05 12:00")
DAY = keys.ordinal("2026-05-05")


def test_keys_of_a_shard(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, NOON)])
    apply(redis, [event(1, NOON)], shard=Shard("example.com", 1))
    apply(redis, [event(1, NOON)], shard=Shard("www-example.com"))
    redis.set(SITE.salt("2026-05-05"), "x", ex=100)
    redis.set("session:1", "x")
    seen = {one.name: one for one in walk(redis, of_shard(SITE))}
    names = {SITE.daily(DAY), SITE.unique(DAY), SITE.raw(DAY, 0), SITE.state(), SITE.live(), SITE.open()}
    assert seen.keys() == names | {SITE.salt("2026-05-05")}
    assert seen[SITE.open()] == Seen(SITE.open(), b"set", -1)
    assert 0 < seen[SITE.salt("2026-05-05")].ttl <= 100
    assert len(list(walk(redis, OURS))) == 3 * len(names) + 1


def test_more_keys_than_fit_into_one_pipeline(redis: redis_py.Redis) -> None:
    redis.mset({f"ff2:{{a.com.0}}:trimmed:{number}": "x" for number in range(1_001)})
    assert len({one.name for one in walk(redis, OURS)}) == 1_001


def test_a_string_that_is_no_hyperloglog(redis: redis_py.Redis) -> None:
    redis.pfadd(SITE.unique(DAY), "a")
    redis.set(SITE.unique(DAY + 1), "x")
    redis.set(SITE.live(), "x")
    assert set(wrong(redis, SITE)) == {SITE.unique(DAY + 1), SITE.live()}


def test_names_that_are_no_text(redis: redis_py.Redis) -> None:
    redis.set(b"ff2:{\xff.0}:visits:state", "x")
    assert [one.kind for one in walk(redis, OURS)] == [b"string"]


@pytest.mark.parametrize("site", ["a[b]", "a*", "a?", "a\\b"])
def test_a_pattern_means_itself(redis: redis_py.Redis, site: str) -> None:
    redis.set(site, "x")
    redis.set("ab", "x")
    assert [one.name for one in walk(redis, escaped(site))] == [site]
