"""Keys of a wrong type are renamed aside, and everything is counted all the same."""

from __future__ import annotations

import redis as redis_py
from made import SITE, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.quarantine import set_aside
from common import keys
from common.events import Event
from common.frames import Traffic
from common.settings import Settings

DAY = "2026-05-05"
HOUR = 3_600_000
NOON = ms(f"{DAY} 12:00")
TODAY = keys.ordinal(DAY)


def numbered(number: int, id_: int, *events: Event) -> Numbered:
    return Numbered(number, Batch(SITE.site, "UTC", NOON, id_, list(events)))


def test_only_what_is_wrong_moves(redis: redis_py.Redis) -> None:
    Flusher(redis, "c").apply(SITE, [numbered(1, 9, event(1, NOON))], NOON)
    assert set_aside(redis, SITE, [SITE.raw(TODAY, 0)], NOON) == []
    redis.set(SITE.live(), "not ours")
    assert set_aside(redis, SITE, [SITE.raw(TODAY, 0)], NOON) == [SITE.live()]
    assert redis.get(SITE.quarantine(SITE.live(), NOON)) == b"not ours"
    assert set_aside(redis, SITE, [SITE.raw(TODAY, 0)], NOON) == []


def test_keys_of_a_wrong_type_are_set_aside_and_nothing_is_lost(redis: redis_py.Redis) -> None:
    flusher = Flusher(redis, "c")
    flusher.apply(SITE, [numbered(1, 9, event(1, NOON))], NOON)
    for number, name in enumerate((SITE.raw(TODAY, 0), SITE.state(), SITE.live()), 2):
        redis.set(name, "not ours")
        late = event(10 + number, NOON + number)
        assert flusher.apply(SITE, [numbered(1, 9, event(1, NOON)), numbered(number, 90 + number, late)], NOON) == 1
        assert redis.get(SITE.quarantine(name, NOON)) == b"not ours"
    day = keys.iso(TODAY)
    assert Traffic(site=SITE.site, client=redis, settings=Settings()).totals(day, day)["pageviews"] == 4
    assert day.encode() in redis.hkeys(SITE.marked())


def test_a_mark_that_has_no_place_gets_one(redis: redis_py.Redis) -> None:
    flusher = Flusher(redis, "c")
    redis.set(SITE.marked(), "not ours")
    flusher.apply(SITE, [numbered(1, 9, event(1, NOON)), numbered(2, 8, event(1, NOON - 5 * HOUR))], NOON)
    flusher.apply(SITE, [numbered(3, 7, event(1, NOON - 3 * HOUR))], NOON)
    assert redis.get(SITE.quarantine(SITE.marked(), NOON)) == b"not ours"
    assert keys.iso(TODAY).encode() in redis.hkeys(SITE.marked())
