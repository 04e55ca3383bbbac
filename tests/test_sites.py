"""Which sites are let in: the listed ones, or the first hundred, also while Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import redis as redis_py

from collector.sites import MOST_SITES, Sites
from common import keys, store
from common.known import Known, decode, encode
from common.settings import Settings

NOW = 1_790_000_000_000


@asynccontextmanager
async def sites(settings: Settings) -> AsyncIterator[Sites]:
    client = store.connect_async(settings=settings)
    try:
        yield Sites(client, settings)
    finally:
        await client.aclose()


async def test_listed_sites_get_their_zone_others_a_no(settings: Settings, redis: redis_py.Redis) -> None:
    listed = replace(settings, sites={"example.com": "Europe/Berlin"})
    async with sites(listed) as made:
        assert made.zone("example.com") is None
        assert await made.admit("example.com", NOW)
        assert made.zone("example.com") == "Europe/Berlin"
        assert not await made.admit("else.example", NOW)
    assert redis.hgetall(keys.sites()) == {b"example.com": encode(Known("Europe/Berlin", NOW))}


@pytest.mark.parametrize(
    ("stored", "given", "zone"),
    [
        (Known("Europe/Berlin", 5), "Asia/Tokyo", "Europe/Berlin"),  # it has days
        (Known("Europe/Berlin", 5), "", "Europe/Berlin"),
        (Known("Europe/Berlin"), "", "Europe/Berlin"),  # chosen in the explorer
        (Known("Europe/Berlin"), "Asia/Tokyo", "Asia/Tokyo"),
        (None, "Asia/Tokyo", "Asia/Tokyo"),
        (None, "", "UTC"),
    ],
)
async def test_which_zone_counts(
    settings: Settings, redis: redis_py.Redis, stored: Known | None, given: str, zone: str
) -> None:
    if stored:
        redis.hset(keys.sites(), "example.com", encode(stored))
    async with sites(replace(settings, sites={"example.com": given})) as made:
        assert await made.admit("example.com", NOW)
        assert made.zone("example.com") == zone
    assert decode(redis.hget(keys.sites(), "example.com")) == Known(zone, (stored and stored.since) or NOW)


async def test_a_zone_that_was_changed_is_heard_of(settings: Settings, redis: redis_py.Redis) -> None:
    async with sites(settings) as made:
        assert await made.admit("example.com", NOW)
        redis.hset(keys.sites(), "example.com", encode(Known("Europe/Berlin", NOW)))
        assert await made.zone_again("example.com", NOW + 3_599_999) == "UTC"  # asked lately
        assert await made.zone_again("example.com", NOW + 3_600_000) == "Europe/Berlin"
        assert made.zone("example.com") == "Europe/Berlin"
        made._client = store.connect_async(settings=replace(settings, redis_url="redis://127.0.0.1:1/0"))
        assert await made.zone_again("example.com", NOW + 9_000_000) == "Europe/Berlin"
        await made._client.aclose()


@pytest.mark.parametrize("name", ["", " ", "a b", "a{b}", "a}:b", "x" * 101, "a/b", "\u202e", "\ud800", "a\0b", "a*b"])
async def test_what_is_no_name_is_no_site(settings: Settings, redis: redis_py.Redis, name: str) -> None:
    async with sites(settings) as made:
        assert not await made.admit(name, NOW)
    assert redis.dbsize() == 0


async def test_the_first_hundred_and_no_more(settings: Settings, redis: redis_py.Redis) -> None:
    async with sites(settings) as made:
        for number in range(MOST_SITES):
            assert await made.admit(f"{number}.example", NOW)
        assert not await made.admit("more.example", NOW)
        assert await made.admit("5.example", NOW)
    assert redis.hlen(keys.sites()) == MOST_SITES
    async with sites(settings) as restarted:
        # A stranger that knocks all the time must not keep out those that were there before.
        for number in range(MOST_SITES):
            assert not await restarted.admit(f"stranger{number}.example", NOW + number)
            assert await restarted.admit(f"{number}.example", NOW + number)
        redis.hdel(keys.sites(), "7.example")
        assert not await restarted.admit("new.example", NOW + 4_999)
        assert await restarted.admit("new.example", NOW + 5_100)


async def test_without_redis_a_hundred_are_let_in_and_noted_later(settings: Settings, redis: redis_py.Redis) -> None:
    async with sites(replace(settings, redis_url="redis://127.0.0.1:1/0")) as away:
        admitted = [await away.admit(f"{number}.example", NOW) for number in range(MOST_SITES + 5)]
        assert admitted == [True] * MOST_SITES + [False] * 5
        assert (away.zone_of("0.example"), away.zone("0.example")) == ("UTC", None)
        async with sites(settings) as back:
            away._client = back._client
            assert await away.admit("0.example", NOW + 4_999)
            assert redis.dbsize() == 0
            assert await away.admit("0.example", NOW + 5_000)
            assert redis.hkeys(keys.sites()) == [b"0.example"]


async def test_a_crowd_of_strangers_cannot_pass_the_limit_together(settings: Settings, redis: redis_py.Redis) -> None:
    async with sites(settings) as made:
        answers = await asyncio.gather(*(made.admit(f"{n}.example", NOW) for n in range(3 * MOST_SITES)))
    assert (sum(answers), redis.hlen(keys.sites())) == (MOST_SITES, MOST_SITES)
