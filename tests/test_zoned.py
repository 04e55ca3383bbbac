"""A job that read another zone than the shard's days have ends, and the list of sites is mended."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.jobs.lease import Lease, Lost
from collector.jobs.zoned import check_zone, stored_zone
from common import keys
from common.known import Known, encode, one_site


def test_nothing_is_stored_before_the_first_flush(redis: redis_py.Redis) -> None:
    assert stored_zone(redis, SITE) == ""
    with Lease(redis, SITE) as lease:
        check_zone(lease, "Asia/Kathmandu")
    apply(redis, [event(1, ms("2026-03-05 12:00"))], "Asia/Kathmandu")
    assert stored_zone(redis, SITE) == "Asia/Kathmandu"


def test_another_zone(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, ms("2026-03-05 12:00"))], "Asia/Kathmandu")
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", 7)))
    with Lease(redis, SITE) as lease, pytest.raises(Lost, match="its zone is Asia/Kathmandu by now; do it again"):
        check_zone(lease, "UTC")
    assert one_site(redis, SITE.site) == Known("Asia/Kathmandu", 7)


def test_the_list_of_sites_is_mended_by_a_job_that_knows_the_zone(redis: redis_py.Redis) -> None:
    """A change of zone that was killed behind its script has not told it."""
    apply(redis, [event(1, ms("2026-03-05 12:00"))], "Asia/Kathmandu")
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", 7)))
    with Lease(redis, SITE) as lease:
        check_zone(lease, "Asia/Kathmandu")
    assert one_site(redis, SITE.site) == Known("Asia/Kathmandu", 7)
