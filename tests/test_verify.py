"""Traffic that was flushed holds; every kind of damage is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis as redis_py
from hypothesis import given
from made import SITE, apply, event, ms
from test_truth import SLOW, send, traffic

from collector.rebuild import marked_days, rebuild
from collector.verify import verify
from collector.verifying import raw_days
from common import keys
from common.calendars import calendar
from common.rollups import METRICS
from common.rows import pack_events, pack_row

DAY = keys.ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")


def faults(client: redis_py.Redis) -> list[str]:
    return [str(fault) for fault in verify(client, SITE, raw_days(client, SITE), calendar("UTC"))]


@SLOW
@given(case=traffic())
def test_random_traffic_holds(redis: redis_py.Redis, case: tuple) -> None:
    redis.flushall()
    zone, persons, draw = case
    events = [item for events in persons.values() for item in events]
    draw.shuffle(events)
    send(redis, zone, events, 2, draw)
    rebuild(redis, SITE, marked_days(redis, SITE), zone, max(item.time for item in events))
    assert list(verify(redis, SITE, raw_days(redis, SITE), calendar(zone))) == []


def grown(client: redis_py.Redis, name: str) -> None:
    """One more pageview in a row."""
    client.hset(SITE.daily(DAY), name, pack_row([9] + [1] * (len(METRICS) - 1)))


DAMAGE: list[tuple[Callable[[redis_py.Redis], object], str]] = [
    (lambda r: grown(r, "page=/"), "1 rows differ from a recount: page=/"),
    (lambda r: grown(r, "source=Bing"), "pageviews by source add up to 10, in all there are 1"),
    (lambda r: r.hdel(SITE.daily(DAY), "event=pageview"), "1 rows differ from a recount: event=pageview"),
    (lambda r: r.set(SITE.daily(DAY), "x"), "the rollups are of a wrong type"),
    (lambda r: r.pfadd(SITE.unique(DAY), *range(50)), "the HyperLogLog tells 51 visitors, there are 1"),
    (lambda r: r.rpush(SITE.raw(DAY, 0), pack_events([event(2, NOON)])), "1 raw events are noted, 2 are there"),
]


@pytest.mark.parametrize(("damage", "told"), DAMAGE)
def test_damage_is_found(redis: redis_py.Redis, damage: Callable[[redis_py.Redis], object], told: str) -> None:
    apply(redis, [event(1, NOON)])
    assert faults(redis) == []
    damage(redis)
    assert any(told in fault for fault in faults(redis)), faults(redis)
    if "raw" not in told:
        rebuild(redis, SITE, [DAY], "UTC", NOON)
        assert faults(redis) == []
