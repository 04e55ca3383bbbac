"""Replies that fit together, and what is said where they cannot be had."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE

from common import keys
from common.keys import ordinal
from common.standing import Moved, Standing, days_in, read_standing, replies_to, steady, version_of
from common.store import StoreError

NOVEMBER = ordinal("2026-11-24")


def test_a_site_without_days(redis: redis_py.Redis) -> None:
    assert read_standing(redis, SITE) == Standing(b"0", frozenset(), frozenset(), frozenset())


def test_where_days_stand(redis: redis_py.Redis) -> None:
    """Fields and members that are neither days nor months are passed over."""
    redis.hset(SITE.dense(), mapping={"version": 7, "raw": "x", "2026-09": "x", "2026-11-23": "x", "2026-11-24": "x"})
    redis.sadd(SITE.open(), "2026-11-24", "2026-11-25", "else")
    found = read_standing(redis, SITE)
    assert found.version == b"7"
    assert found.open == {NOVEMBER, NOVEMBER + 1}
    assert found.days == {NOVEMBER - 1, NOVEMBER}
    assert found.months == {"2026-09"}
    days = [ordinal("2026-09-01"), ordinal("2026-10-01"), NOVEMBER - 1, NOVEMBER, NOVEMBER + 1]
    assert [found.folded(day) for day in days] == [True, False, True, True, False]


def test_replies_of_one_version(redis: redis_py.Redis) -> None:
    raised = ("HINCRBY", SITE.dense(), keys.VERSION, "1")
    assert steady(redis, SITE, [("SMEMBERS", SITE.open())], b"0") == [set()]
    with pytest.raises(Moved):
        steady(redis, SITE, [("HGET", SITE.dense(), "x"), raised], b"0")
    with pytest.raises(Moved):
        steady(redis, SITE, [version_of(SITE), raised], None)
    assert steady(redis, SITE, [version_of(SITE)], None) == [b"2"]
    assert steady(redis, SITE, [], b"2") == []


@pytest.mark.parametrize("key", [SITE.dense(), SITE.open()])
def test_a_key_of_a_wrong_type_is_named_with_its_cure(redis: redis_py.Redis, key: str) -> None:
    redis.set(key, "x")
    with pytest.raises(StoreError, match=r"collector doctor.*collector rebuild") as caught:
        read_standing(redis, SITE)
    assert key in str(caught.value)


def test_other_errors_are_redis_own(redis: redis_py.Redis) -> None:
    with pytest.raises(redis_py.ResponseError, match="unknown command"):
        replies_to(redis, [("NONSENSE",), ("PING",)])


def test_days_in() -> None:
    assert days_in([b"2026-11-24", b"2026-11", b"version", b"2026-11-24x"]) == {NOVEMBER}
