"""Salts: shared by all collectors, gone when they should be, and what happens while Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import redis as redis_py
from made import ms

from collector.salts import Salts
from common import store
from common.calendars import calendar
from common.keys import Shard, iso
from common.settings import Settings

SITE = "example.com"
HOUR = 3_600_000
AWAY = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def salts(settings: Settings, rotation: str = "daily") -> AsyncIterator[Salts]:
    client = store.connect_async(settings=settings)
    try:
        yield Salts(client, rotation)
    finally:
        await client.aclose()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
async def test_a_daily_salt_ends_48_hours_after_its_day_began(
    settings: Settings, redis: redis_py.Redis, zone: str
) -> None:
    seconds, _ = redis.time()
    now = seconds * 1000
    days = calendar(zone)
    today = days.day(now)
    async with salts(settings) as made:
        await made.prepare(SITE, zone, now)
        for day in (today - 1, today, today + 1):
            assert redis.pexpiretime(Shard(SITE).salt(iso(day))) == days.start(day) + 48 * HOUR
            assert made.of(SITE, day).expires == days.start(day) + 48 * HOUR
        assert len(list(redis.scan_iter("*:salt:*"))) == 3
        values = {made.of(SITE, day).value for day in (today - 1, today, today + 1)}
        assert {len(value) for value in values} == {32}
        assert len(values) == 3


async def test_longer_rotations_live_their_period_and_a_day_more(settings: Settings, redis: redis_py.Redis) -> None:
    now = redis.time()[0] * 1000
    days = calendar("UTC")
    today = days.day(now)
    monday = today - (today - 1) % 7
    async with salts(settings, "weekly") as weekly:
        await weekly.prepare(SITE, "UTC", now)
        name = Shard(SITE).salt(iso(monday))
        assert redis.pexpiretime(name) == days.start(monday + 7) + 24 * HOUR
        assert {weekly.of(SITE, monday + n).value for n in range(7)} == {redis.get(name)}
        assert [weekly.before(SITE, day) for day in range(monday + 1, monday + 7)] == [None] * 6
    async with salts(settings, "monthly") as monthly:
        await monthly.prepare(SITE, "UTC", now)
        assert monthly.of(SITE, today).value == redis.get(Shard(SITE).salt(iso(today)[:7]))


async def test_two_collectors_agree(settings: Settings, redis: redis_py.Redis) -> None:
    now = redis.time()[0] * 1000
    day = calendar("UTC").day(now)
    async with salts(settings) as one, salts(settings) as two:
        await one.prepare(SITE, "UTC", now)
        await two.prepare(SITE, "UTC", now)
        await two.prepare("other.example", "UTC", now)
        for shift in (-1, 0, 1):
            assert one.of(SITE, day + shift) == two.of(SITE, day + shift)
        assert two.of("other.example", day).value != two.of(SITE, day).value
        assert one.before(SITE, day) == two.of(SITE, day - 1)


async def test_without_redis_a_salt_of_its_own_until_redis_is_back(settings: Settings, redis: redis_py.Redis) -> None:
    now = redis.time()[0] * 1000
    day = calendar("UTC").day(now)
    async with salts(replace(settings, redis_url=AWAY)) as away:
        assert not away.is_ready(SITE, day, now)
        await away.prepare(SITE, "UTC", now)
        local = away.of(SITE, day)
        assert (local.local, len(local.value)) == (True, 32)
        assert away.is_ready(SITE, day, now + 1_999)
        assert not away.is_ready(SITE, day, now + 2_000)
        await away.prepare(SITE, "UTC", now + 2_000)
        assert away.of(SITE, day) == local
        async with salts(settings) as back:
            away._client = back._client
            await away.prepare(SITE, "UTC", now + 4_000)
            await back.prepare(SITE, "UTC", now)
            assert away.of(SITE, day) == back.of(SITE, day)
            assert not away.of(SITE, day).local
            assert away.is_ready(SITE, day, now + 3 * HOUR) or calendar("UTC").day(now + 3 * HOUR) != day


async def test_what_is_known_is_used_while_redis_is_asked(settings: Settings, redis: redis_py.Redis) -> None:
    """A Redis that hangs may hold up one request, not all of them."""
    now = redis.time()[0] * 1000
    day = calendar("UTC").day(now)
    async with salts(replace(settings, redis_url=AWAY)) as made:
        await made.prepare(SITE, "UTC", now)
        seen: list[bool] = []

        async def hanging(key: str, expires: int) -> bytes:
            seen.append(made.is_ready(SITE, day, now + 2_000))
            raise redis_py.ConnectionError

        made._agree = hanging  # type: ignore[method-assign]
        await made.prepare(SITE, "UTC", now + 2_000)
        assert seen == [True]


async def test_a_salt_is_forgotten_when_its_time_is_over(settings: Settings, redis: redis_py.Redis) -> None:
    now = redis.time()[0] * 1000
    days = calendar("UTC")
    today = days.day(now)
    async with salts(settings) as made:
        await made.prepare(SITE, "UTC", now)
        made.forget(days.start(today + 1) - 1)
        assert made.before(SITE, today)
        made.forget(days.start(today + 1))
        assert made.before(SITE, today) is None
        made.forget(days.start(today + 3))
        with pytest.raises(KeyError):
            made.of(SITE, today)


async def test_the_25th_hour_of_a_day_has_no_salt_of_yesterday_any_more(settings: Settings) -> None:
    zone, days = "America/New_York", calendar("America/New_York")
    late = ms("2026-11-01 23:30", zone)
    today = days.day(late)
    async with salts(replace(settings, redis_url=AWAY)) as made:
        await made.prepare(SITE, zone, late)
        assert made.of(SITE, today).expires > late
        with pytest.raises(KeyError):
            made.of(SITE, today - 1)
        assert made.before(SITE, today) is None


async def test_a_crowd_that_meets_a_cold_collector_shares_one_answer(settings: Settings, redis: redis_py.Redis) -> None:
    """Each asking for itself would use up the client's connections, and those without one made salts of their own."""
    now = redis.time()[0] * 1000
    async with salts(settings) as made:

        async def ask() -> bool:
            await made.prepare(SITE, "UTC", now)
            return made.of(SITE, calendar("UTC").day(now)).local

        assert not any(await asyncio.gather(*(ask() for _ in range(300))))


async def test_salts_that_are_dropped_are_asked_for_again(settings: Settings, redis: redis_py.Redis) -> None:
    now = redis.time()[0] * 1000
    today = calendar("UTC").day(now)
    async with salts(settings) as made:
        for site in (SITE, "other.example"):
            await made.prepare(site, "UTC", now)
        value = made.of(SITE, today).value
        made.drop(SITE)
        assert [made.is_ready(site, today, now) for site in (SITE, "other.example")] == [False, True]
        await made.prepare(SITE, "Asia/Kathmandu", now)
        local = calendar("Asia/Kathmandu")
        assert made.of(SITE, local.day(now)).expires == local.start(local.day(now)) + 48 * HOUR
        assert made.of(SITE, today).value == value
