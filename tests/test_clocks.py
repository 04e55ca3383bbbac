"""Collectors whose clocks are ten minutes apart in; visits and counts as of one collector, and nobody waits, out."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis as redis_py
from collectors import Collector, collecting
from made import SITE, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.refusals import Contended
from common import keys
from common.settings import Settings

#: Redis goes by its own clock: salts of a day that is long over are not kept.
TODAY = datetime.now(UTC).date()
MINUTE = 60_000
APART = 10 * MINUTE
#: Minutes at which four visitors open pages. By how much clocks are apart, a pause looks longer or shorter: none here
#: is within ten minutes of the half hour that ends a visit.
STORY = ((0, 3, 9, 25), (1, 50), (2, 4, 6, 8, 10, 12), (5, 20, 35, 80, 81))
PEERS = [f"192.0.2.{number + 1}" for number in range(len(STORY))]


@pytest.fixture
async def pair(settings: Settings) -> AsyncIterator[list[Collector]]:
    """One whose clock is right, and one whose clock is ahead."""
    async with (
        collecting(replace(settings, data=settings.data / "a"), 0) as right,
        collecting(replace(settings, data=settings.data / "b"), 0) as ahead,
    ):
        yield [right, ahead]


async def told(collectors: list[Collector], start: int) -> dict[str, int]:
    """The story, each request to the next collector; every one of them a second time, to another."""
    steps = sorted((minute, peer) for peer, minutes in zip(PEERS, STORY, strict=True) for minute in minutes)
    for number, (minute, peer) in enumerate(steps):
        now = start + minute * MINUTE
        for place, one in enumerate(collectors):
            one.now = now + APART * place
        body = {"site": SITE.site, "batch": f"{number:016x}", "events": [{"pathname": f"/{number}"}]}
        for turn in range(2):
            one = collectors[(number + turn) % len(collectors)]
            await one.post(body, peer)
            one.flush()
    found = collectors[0].traffic(SITE.site).totals(TODAY - timedelta(1), TODAY + timedelta(1))
    return {name: int(found[name]) for name in ("visitors", "visits", "pageviews")}


@pytest.mark.parametrize("begin", ["12:00", "23:35"])
async def test_visits_are_those_of_one_collector(pair: list[Collector], redis: redis_py.Redis, begin: str) -> None:
    """Over midnight as well, when for ten minutes each of them has another day."""
    alone = await told(pair[:1], ms(f"{TODAY} {begin}"))
    redis.flushall()
    for one in pair:
        one.salts._known.clear()
        one.salts._ready.clear()
        one.sites._seen.clear()
    both = await told(pair, ms(f"{TODAY} {begin}"))
    assert (both["visits"], both["pageviews"]) == (alone["visits"], alone["pageviews"]) == (6, 17)
    assert both["visitors"] == alone["visitors"]


def apply(client: redis_py.Redis, collector: str, now: int, patience: float = 0.0) -> int:
    batch = Batch(SITE.site, "UTC", now, now, [event(1, now)])
    return Flusher(client, collector, patience).apply(SITE, [Numbered(1, batch)], now)


def test_the_lease_of_a_clock_that_is_ahead_holds_nobody_up(redis: redis_py.Redis) -> None:
    """The control is a clock that is right, and a job's: they hold for as long as they say."""
    now = time.time_ns() // 1_000_000
    held = [
        ("0123456789abcdef", now + APART, True),
        ("0123456789abcdef", now + 3_000, False),
        ("zone", now + APART, False),
    ]
    for number, (owner, till, applied) in enumerate(held):
        redis.hset(SITE.state(), keys.LEASE, f"{owner} {till}")
        if applied:
            assert apply(redis, f"{number:016x}", now) == 1
        else:
            with pytest.raises(Contended):
                apply(redis, f"{number:016x}", now)
