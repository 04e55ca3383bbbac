"""What is kept of a site."""

from __future__ import annotations

import redis as redis_py

from common import keys
from common.known import Known, all_sites, begun, decode, encode, one_site


def test_round_trip() -> None:
    for known in (Known(), Known("Asia/Kathmandu"), Known("UTC", 1_770_000_000_000)):
        assert decode(encode(known)) == known
    assert decode(None) is None
    assert encode(Known()) == b"{}"


def test_sites_of_a_redis(redis: redis_py.Redis) -> None:
    assert all_sites(redis) == {}
    assert one_site(redis, "a.com") is None
    redis.hset(keys.sites(), mapping={"b.com": encode(Known()), "a.com": encode(Known("Asia/Tokyo", 5))})
    assert list(all_sites(redis).items()) == [("a.com", Known("Asia/Tokyo", 5)), ("b.com", Known())]
    assert one_site(redis, "a.com") == Known("Asia/Tokyo", 5)


def test_the_first_event_is_noted_and_the_zone_of_days_stays(redis: redis_py.Redis) -> None:
    assert begun(redis, "a.com", "UTC", 0) == Known("UTC")
    assert begun(redis, "a.com", "Asia/Tokyo", 50) == Known("Asia/Tokyo", 50)
    for zone, first, since in (("UTC", 60, 50), ("UTC", 40, 40), ("UTC", 0, 40)):
        assert begun(redis, "a.com", zone, first) == Known("Asia/Tokyo", since) == one_site(redis, "a.com")
