"""Settings that lose data are named, with what to do; ours are found good."""

from __future__ import annotations

import pytest
import redis as redis_py

from common.durability import judge, look

GOOD = {
    "maxmemory": "0",
    "maxmemory-policy": "noeviction",
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
}


@pytest.mark.parametrize(
    ("change", "fatal", "named", "cure"),
    [
        ({"maxmemory-policy": "allkeys-lru"}, True, "allkeys-lru", "CONFIG SET maxmemory-policy noeviction"),
        ({"no-appendfsync-on-rewrite": "yes"}, True, "during a rewrite", "no-appendfsync-on-rewrite no"),
        ({"appendonly": "no"}, False, "since its last snapshot", "FOOTFALL_ACCEPT_LOSS"),
        ({"appendfsync": "everysec"}, False, "everysec", "appendfsync always"),
    ],
)
def test_each_danger_is_named_with_its_cure(change: dict[str, str], fatal: bool, named: str, cure: str) -> None:
    (finding,) = judge(GOOD | change)
    assert finding.fatal is fatal
    assert named in finding.problem
    assert cure in finding.cure


def test_good_settings_have_no_finding() -> None:
    assert judge(GOOD) == []


def test_a_provider_that_does_not_tell_is_said_so() -> None:
    assert [finding.fatal for finding in judge(None)] == [False]


def test_the_embedded_server_is_good(redis: redis_py.Redis) -> None:
    assert judge(look(redis)) == []


def test_a_server_set_to_evict_is_found(redis: redis_py.Redis) -> None:
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert [finding.fatal for finding in judge(look(redis))] == [True]
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
