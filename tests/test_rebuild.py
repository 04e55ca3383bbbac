"""Rollups made again: equal to what traffic made, also beside traffic, over midnights, and for broken or empty days."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis as redis_py
from made import SITE, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs import rebuild as module
from collector.jobs.rebuild import marked_days, rebuild
from common import keys, store
from common.events import Event
from common.frames import Traffic
from common.settings import Settings
from common.store import StoreError

DAY = "2026-05-05"
NOON = ms(f"{DAY} 12:00")
TODAY = keys.ordinal(DAY)
MINUTE, HOUR = 60_000, 3_600_000


def flush(client: redis_py.Redis, number: int, *events: Event, collector: str = "c", now: int = NOON) -> None:
    Flusher(client, collector).apply(SITE, [Numbered(number, Batch(SITE.site, "UTC", now, 0, list(events)))], now)


def rows(client: redis_py.Redis, day: int = TODAY) -> dict[bytes, bytes]:
    """The daily hash without its revision, which every write changes, and without the day's raw extent."""
    stored = client.hgetall(SITE.daily(day))
    return {name: value for name, value in stored.items() if name not in (b"revision", b"raw")}


def figures(client: redis_py.Redis, day: str = DAY) -> list[float]:
    totals = Traffic(site=SITE.site, client=client, settings=Settings()).totals(day, day)
    return totals[["visitors", "visits", "pageviews", "visit_duration"]].tolist()


def states(client: redis_py.Redis) -> dict[bytes, bytes]:
    return {name: value[4:] for name, value in client.hgetall(SITE.state()).items() if name.startswith(b"v:")}


def test_a_rebuild_of_what_is_right_changes_nothing(redis: redis_py.Redis) -> None:
    draw = random.Random(1)
    for number in range(1, 30):
        person = draw.randrange(8)
        flush(redis, number, event(person, NOON + number * 7 * MINUTE, f"/{draw.randrange(4)}", props={"a": "b"}))
    before, held, raw = rows(redis), states(redis), redis.hget(SITE.daily(TODAY), "raw")
    done = rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert (rows(redis), states(redis), redis.hget(SITE.daily(TODAY), "raw")) == (before, held, raw)
    assert (done.days, done.events, done.refusals) == ([TODAY - 1, TODAY, TODAY + 1], 29, 0)
    assert redis.ttl(SITE.daily(TODAY)) == redis.ttl(SITE.unique(TODAY)) == -1
    assert not list(redis.scan_iter("*shadow*"))
    assert int(redis.hget(SITE.daily(TODAY), "revision")) > 30  # a day made again never has a revision it had


def test_a_late_event_that_joins_two_visits(redis: redis_py.Redis) -> None:
    flush(redis, 1, event(1, NOON), event(1, NOON + 40 * MINUTE))
    assert figures(redis)[:3] == [1, 2, 2]
    flush(redis, 2, event(1, NOON + 20 * MINUTE))
    assert marked_days(redis, SITE) == [TODAY]
    seen: list[tuple[int, int]] = []
    rebuild(redis, SITE, [TODAY], "UTC", NOON, lambda done, total: seen.append((done, total)))
    assert (figures(redis), marked_days(redis, SITE), seen) == ([1, 1, 3, 2_400], [], [(3, 3)])
    flush(redis, 3, event(1, NOON + 60 * MINUTE))  # the state that the rebuild made goes on
    assert figures(redis) == [1, 1, 4, 3_600]


def test_only_wanted_days_are_unmarked(redis: redis_py.Redis) -> None:
    flush(redis, 1, event(1, NOON))
    redis.hset(SITE.marked(), mapping={keys.iso(TODAY - n): "1" for n in range(3)})
    rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert marked_days(redis, SITE) == [TODAY - 2, TODAY - 1]


def test_a_visit_over_midnight_belongs_to_the_day_it_began(redis: redis_py.Redis) -> None:
    midnight = ms(f"{DAY} 00:00")
    visit = [
        event(1, midnight - 10 * MINUTE, "/a"),
        event(2, midnight + 5 * MINUTE, "/b", before=1),
        event(2, midnight + 45 * MINUTE - HOUR // 2, "/c", before=1),
    ]
    flush(redis, 1, *visit)
    expected = [figures(redis, "2026-05-04"), figures(redis)]
    assert [day[:3] for day in expected] == [[1, 1, 1], [1, 0, 2]]
    before = [rows(redis, TODAY - 1), rows(redis)]
    for day in (TODAY - 1, TODAY):
        redis.delete(SITE.daily(day))
        rebuild(redis, SITE, [day], "UTC", NOON)
        assert [rows(redis, TODAY - 1), rows(redis)] == before, day


def test_a_late_event_of_yesterday_changes_its_neighbours_too(redis: redis_py.Redis) -> None:
    """Three days stand in a window: an event just before midnight takes over the visit that began after it."""
    midnight = ms(f"{DAY} 00:00")
    flush(redis, 1, event(2, midnight + 10 * MINUTE, "/today", before=1), event(3, midnight - 40 * HOUR))
    assert figures(redis)[:3] == [1, 1, 1]
    flush(redis, 2, event(1, midnight - 5 * MINUTE, "/yesterday"))
    assert marked_days(redis, SITE)
    rebuild(redis, SITE, marked_days(redis, SITE), "UTC", NOON)
    assert [figures(redis, day)[:3] for day in ("2026-05-03", "2026-05-04", DAY)] == [[1, 1, 1], [1, 1, 1], [1, 0, 1]]


def test_long_ranges_are_done_a_few_days_at_a_time(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    days = range(TODAY - 9, TODAY + 1)
    for number, day in enumerate(days, 1):
        midnight = NOON - (TODAY - day) * 24 * HOUR + 12 * HOUR
        flush(redis, number, event(day, midnight - MINUTE), event(day + 1, midnight + MINUTE, before=day), now=midnight)
    before = {day: rows(redis, day) for day in days}
    for day in days:
        redis.hset(SITE.daily(day), "class=human", redis.hget(SITE.daily(day), "revision"))
    seen: list[tuple[int, int]] = []
    done = rebuild(redis, SITE, days, "UTC", NOON, lambda *step: seen.append(step))
    assert {day: rows(redis, day) for day in days} == before
    assert done.days == list(range(TODAY - 10, TODAY + 2))
    assert seen == [(n, 12) for n in range(2, 13, 2)]


@pytest.mark.parametrize(
    ("days", "sizes", "expected"),
    [
        ([1, 2, 3, 5], {}, [[1, 2, 3], [5]]),
        ([1, 2, 3, 4], {1: 9, 2: 9, 3: 1, 4: 1}, [[1], [2, 3], [4]]),  # ten events at once
        ([1, 2, 3], {2: 99}, [[1], [2], [3]]),
        ([1, 2, 3, 4, 5, 6], {}, [[1, 2, 3, 4], [5, 6]]),  # four days at once
        ([7, 8, 9], {}, [[7], [8, 9]]),  # the latest days apart
        ([], {}, []),
    ],
)
def test_runs(monkeypatch: pytest.MonkeyPatch, days: list[int], sizes: dict, expected: list[list[int]]) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    monkeypatch.setattr(module, "_EVENTS_AT_ONCE", 10)
    assert list(module._runs(days, dict.fromkeys(days, 0) | sizes, 8)) == expected


def test_a_broken_day_is_mended_and_an_empty_one_emptied(redis: redis_py.Redis) -> None:
    flush(redis, 1, event(1, NOON))
    redis.set(SITE.daily(TODAY - 1), "not a hash")
    redis.set(SITE.unique(TODAY - 1), "no HyperLogLog")
    redis.delete(SITE.raw(TODAY, 0))
    with pytest.raises(StoreError, match="had 1 events, only 0 are found"):
        rebuild(redis, SITE, [TODAY], "UTC", NOON)
    rebuild(redis, SITE, [TODAY], "UTC", NOON, lossy=True)
    assert not redis.exists(SITE.daily(TODAY - 1), SITE.unique(TODAY - 1), SITE.unique(TODAY))
    assert (rows(redis), figures(redis)[:3]) == ({}, [0, 0, 0])


def test_what_raw_events_cannot_tell_is_kept(redis: redis_py.Redis) -> None:
    drops = Batch(SITE.site, "UTC", NOON, 0, [event(1, NOON, type="click")], {"old": 3, "invalid": 1})
    Flusher(redis, "c").apply(SITE, [Numbered(1, drops)], NOON)
    before = rows(redis)
    rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert rows(redis) == before
    frame = Traffic(site=SITE.site, client=redis, settings=Settings()).dropped(DAY, DAY)
    assert dict(zip(frame["reason"], frame["events"], strict=True)) == {"old": 3, "invalid": 1, "no_visit": 1}


def meanwhile(monkeypatch: pytest.MonkeyPatch, work: Callable[[int], None]) -> list[Any]:
    """Do some work between the reading of the days and each swap; the swaps' replies."""
    real, replies = module._Job._prepare, []

    def prepare(*arguments: Any) -> Any:
        prepared = real(*arguments)
        work(len(replies))
        replies.append(None)
        return prepared

    monkeypatch.setattr(module._Job, "_prepare", prepare)
    return replies


def test_a_day_written_to_meanwhile_is_read_again(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    flush(redis, 1, event(1, NOON))
    tries = meanwhile(monkeypatch, lambda n: n < 2 and flush(redis, n + 2, event(n + 2, NOON)))
    done = rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert (done.refusals, len(tries), figures(redis)[:3]) == (2, 3, [3, 3, 3])
    assert not list(redis.scan_iter("*shadow*"))
    assert redis.hget(SITE.state(), keys.LEASE) is None


def test_a_broken_day_written_to_meanwhile_stays_marked(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash of a wrong type has no revision that a flush could raise: the mark it sets anew has to last."""
    redis.set(SITE.daily(TODAY), "not a hash")
    flush(redis, 1, event(1, NOON))
    meanwhile(monkeypatch, lambda n: n == 0 and flush(redis, 2, event(2, NOON), now=NOON + 1))
    rebuild(redis, SITE, marked_days(redis, SITE), "UTC", NOON)
    assert (figures(redis)[2], marked_days(redis, SITE)) == (1, [TODAY])
    rebuild(redis, SITE, marked_days(redis, SITE), "UTC", NOON)
    assert (figures(redis), marked_days(redis, SITE)) == ([2, 2, 2, 0], [])


def test_after_three_refusals_flushers_have_to_wait(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    flush(redis, 1, event(1, NOON))
    leases: list[bytes | None] = []

    def work(number: int) -> None:
        leases.append(redis.hget(SITE.state(), keys.LEASE))
        if number < 3:
            flush(redis, number + 2, event(number + 2, NOON))

    meanwhile(monkeypatch, work)
    done = rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert (done.refusals, figures(redis)[:3]) == (3, [4, 4, 4])
    assert leases[:3] == [None] * 3
    assert (leases[3] or b"").startswith(b"rebuild-")
    assert redis.hget(SITE.state(), keys.LEASE) is None  # given back


def test_a_shadow_that_expired_is_made_again(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    flush(redis, 1, event(1, NOON), event(2, NOON - 24 * HOUR))
    before = [rows(redis, TODAY - 1), rows(redis)]
    lost = [f"*shadow*visits:daily:{DAY}", f"*shadow*unique:visits:{DAY}"]
    tries = meanwhile(monkeypatch, lambda n: n < 2 and redis.delete(*redis.scan_iter(lost[n])))
    rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert (len(tries), [rows(redis, TODAY - 1), rows(redis)]) == (3, before)


def test_a_state_hash_of_a_wrong_type_changes_nothing(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    flush(redis, 1, event(1, NOON))
    redis.hdel(SITE.state(), keys.visitor_field(1))
    before = rows(redis)

    def breaks(_: int) -> None:
        redis.delete(SITE.state())
        redis.set(SITE.state(), "not a hash")

    meanwhile(monkeypatch, breaks)
    with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
        rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert rows(redis) == before


def test_beside_traffic_of_three_collectors(redis: redis_py.Redis, redis_url: str) -> None:
    """Flushes and rebuilds at once: afterwards the figures are those of all events, as a last rebuild confirms."""
    each, collectors, errors = 120, 3, []

    def collect(place: int) -> None:
        try:
            draw = random.Random(place)
            with store.connect(redis_url) as client:
                for number in range(1, each + 1):
                    time = NOON - draw.randrange(20 * HOUR)
                    flush(client, number, event(draw.randrange(30), time), collector=f"c{place}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=collect, args=(place,)) for place in range(collectors)]
    for thread in threads:
        thread.start()
    runs = 0
    while any(thread.is_alive() for thread in threads):
        rebuild(redis, SITE, [TODAY], "UTC", NOON)
        runs += 1
    for thread in threads:
        thread.join()
    assert (errors, runs > 0) == ([], True)
    rebuild(redis, SITE, marked_days(redis, SITE), "UTC", NOON)
    found = [rows(redis, TODAY - 1), rows(redis)]
    assert sum(figures(redis, day)[2] for day in ("2026-05-04", DAY)) == each * collectors
    for day in (TODAY - 1, TODAY):
        redis.delete(SITE.daily(day))
    rebuild(redis, SITE, [TODAY - 1, TODAY], "UTC", NOON)
    again = [rows(redis, TODAY - 1), rows(redis)]
    assert [{k: v for k, v in day.items() if not k.startswith(b"count")} for day in again] == [
        {k: v for k, v in day.items() if not k.startswith(b"count") and v != b"\x90"} for day in found
    ]
