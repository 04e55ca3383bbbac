"""One flush: exactly once, all or nothing, few commands; what Redis refuses, and what it does not know any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import redis as redis_py
from made import SITE, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs.rebuild import marked_days, rebuild
from common import keys
from common.events import Event
from common.frames import Traffic
from common.keys import Shard
from common.raw import read_day
from common.settings import Settings

DAY = "2026-05-05"
NOON = ms(f"{DAY} 12:00")
TODAY = keys.ordinal(DAY)
MINUTE, HOUR = 60_000, 3_600_000


def numbered(number: int, id_: int, *events: Event, received: int = NOON, shard: Shard = SITE) -> Numbered:
    return Numbered(number, Batch(shard.site, "UTC", received, id_, list(events)))


def views(client: redis_py.Redis, site: str = SITE.site, day: str = DAY) -> int:
    return int(Traffic(site=site, client=client, settings=Settings()).totals(day, day)["pageviews"])


def everything(client: redis_py.Redis) -> dict[bytes, Any]:
    """All there is; of hashes what they hold, since a dump has their fields in an order that reading may change."""
    kinds = {key: client.type(key) for key in client.scan_iter("*")}
    return {key: client.hgetall(key) if kind == b"hash" else client.dump(key) for key, kind in kinds.items()}


# Exactly once


def test_the_same_records_twice_add_nothing(redis: redis_py.Redis) -> None:
    flusher = Flusher(redis, "c")
    records = [numbered(n, n, event(n, NOON + n)) for n in (1, 2, 3)]
    assert flusher.apply(SITE, records, NOON) == 3
    before = everything(redis)
    assert flusher.apply(SITE, records, NOON) == 0
    assert Flusher(redis, "c").apply(SITE, records[1:], NOON) == 0
    assert (everything(redis), views(redis)) == (before, 3)


def test_a_flush_cut_elsewhere_after_a_crash_adds_what_is_new(redis: redis_py.Redis) -> None:
    records = [numbered(n, 0, event(n, NOON + n)) for n in range(1, 11)]
    Flusher(redis, "c").apply(SITE, records[:4], NOON)
    assert Flusher(redis, "c").apply(SITE, records[2:7], NOON) == 3
    assert Flusher(redis, "c").apply(SITE, records, NOON) == 3
    assert (views(redis), len(read_day(redis, SITE, TODAY))) == (10, 10)


def test_two_flushers_of_one_collector_at_once(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a collector that was killed may still run: what has no state to compare is guarded by the mark."""
    flusher, other = Flusher(redis, "c"), Flusher(redis, "c")
    record = Numbered(1, Batch(SITE.site, "UTC", NOON, 0, [], {"old": 5}))
    real = flusher._run

    def late(call: Any) -> list[Any]:
        other.apply(SITE, [record], NOON)
        return real(call)

    monkeypatch.setattr(flusher, "_run", late)
    assert flusher.apply(SITE, [record], NOON) == 0
    frame = Traffic(site=SITE.site, client=redis, settings=Settings()).dropped(DAY, DAY)
    assert frame.to_numpy().tolist() == [["old", 5]]


def test_a_reply_that_was_lost_is_no_second_flush(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    flusher = Flusher(redis, "c")
    real = flusher._run

    def lost(call: Any) -> list[Any]:
        real(call)
        raise redis_py.TimeoutError("no reply")

    monkeypatch.setattr(flusher, "_run", lost)
    records = [numbered(1, 7, event(1, NOON))]
    with pytest.raises(redis_py.TimeoutError):
        flusher.apply(SITE, records, NOON)
    assert Flusher(redis, "c").apply(SITE, records, NOON) == 0
    assert views(redis) == 1


MIDNIGHT = ms("2026-05-06 00:00")
#: When the first copy came and when the second; which one is applied first; what is counted.
COPIES = [
    (NOON, NOON + 1, "in order", 1),
    (MIDNIGHT - MINUTE, MIDNIGHT + MINUTE, "in order", 1),
    (MIDNIGHT - MINUTE, MIDNIGHT + MINUTE, "the second one first", 1),
    (NOON, NOON + 24 * HOUR, "in order", 1),
    (NOON, NOON + 48 * HOUR, "in order", 2),
]


@pytest.mark.parametrize(("first", "second", "order", "expected"), COPIES)
def test_a_batch_that_came_to_two_collectors(
    redis: redis_py.Redis, first: int, second: int, order: str, expected: int
) -> None:
    copies = [
        (Flusher(redis, "one"), numbered(1, 77, event(1, NOON), received=first)),
        (Flusher(redis, "two"), numbered(9, 77, event(2, NOON), received=second)),
    ]
    for flusher, record in copies if order == "in order" else reversed(copies):
        flusher.apply(SITE, [record], second)
    assert views(redis) == expected
    for flusher, record in copies:  # the mark has moved even where nothing was added
        assert flusher.apply(SITE, [record], second) == 0


def test_a_copy_within_one_flush_and_beside_new_batches(redis: redis_py.Redis) -> None:
    flusher = Flusher(redis, "c")
    flusher.apply(SITE, [numbered(1, 5, event(1, NOON)), numbered(2, 5, event(1, NOON))], NOON)
    assert views(redis) == 1
    flusher.apply(SITE, [numbered(3, 5, event(1, NOON)), numbered(4, 6, event(2, NOON))], NOON)
    assert (views(redis), redis.hget(SITE.state(), keys.mark_field("c"))) == (2, b"4")


def test_ids_are_compared_whole(redis: redis_py.Redis) -> None:
    """Ids stand side by side in a field: half of one and half of the next must not look like a third."""
    across, halves = 0x0000040022222000, (0x1111111100000400, 0x2222200000000400)
    flusher = Flusher(redis, "c")
    for place, number in enumerate((*halves, across), 1):
        flusher.apply(SITE, [numbered(place, number, event(place, NOON + place))], NOON)
    assert views(redis) == 3


def test_the_same_id_for_another_site_counts(redis: redis_py.Redis) -> None:
    other, flusher = Shard("other.example"), Flusher(redis, "c")
    flusher.apply(SITE, [numbered(1, 5, event(1, NOON))], NOON)
    flusher.apply(other, [numbered(1, 5, event(1, NOON), shard=other)], NOON)
    assert (views(redis), views(redis, other.site)) == (1, 1)


# Two collectors at once


def test_a_state_that_changed_meanwhile_refuses_the_script(
    redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    flusher, other = Flusher(redis, "one"), Flusher(redis, "two")
    real, replies = flusher._run, []

    def late(call: Any) -> list[Any]:
        if not replies:
            other.apply(SITE, [numbered(1, 0, event(7, NOON + MINUTE, "/b"))], NOON)
        before = everything(redis)
        replies.append(real(call))
        if replies[-1][0] != b"ok":
            assert everything(redis) == before
        return replies[-1]

    monkeypatch.setattr(flusher, "_run", late)
    flusher.apply(SITE, [numbered(1, 0, event(7, NOON, "/a"))], NOON)
    assert [reply[0] for reply in replies] == [b"changed", b"ok"]
    visits = Traffic(site=SITE.site, client=redis, settings=Settings()).visits(DAY, DAY)
    assert visits[["entry_page", "exit_page", "duration", "pageviews"]].to_numpy().tolist() == [["/a", "/b", 60.0, 2]]


def test_a_lease_keeps_others_out_until_it_ends(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    flusher, replies, clock = Flusher(redis, "one"), [], [NOON]
    real = flusher._run

    def noted(call: Any) -> list[Any]:
        replies.append(real(call)[0])
        return [replies[-1]]

    monkeypatch.setattr(flusher, "_run", noted)
    monkeypatch.setattr("time.sleep", lambda seconds: clock.append(clock[-1] + 400))
    monkeypatch.setattr("time.time_ns", lambda: clock[-1] * 1_000_000)
    redis.hset(SITE.state(), keys.LEASE, f"two {NOON + 1_000}")
    flusher.apply(SITE, [numbered(1, 0, event(1, NOON))], NOON)
    assert (replies[0], replies[-1], views(redis)) == (b"lease", b"ok", 1)
    assert clock[-1] >= NOON + 1_000
    redis.hset(SITE.state(), keys.LEASE, f"one {NOON + 99_000}")
    assert flusher.apply(SITE, [numbered(2, 0, event(2, NOON))], NOON) == 1


def test_two_refusals_make_a_lease(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    flusher, leases = Flusher(redis, "one"), []
    real = flusher._run

    def refused_twice(call: Any) -> list[Any]:
        leases.append(redis.hget(SITE.state(), keys.LEASE))
        return [b"changed"] if len(leases) < 3 else real(call)

    monkeypatch.setattr(flusher, "_run", refused_twice)
    flusher.apply(SITE, [numbered(1, 0, event(1, NOON))], NOON)
    assert leases == [None, None, f"one {NOON + 1_000}".encode()]


# What Redis refuses


def broken_hash(client: redis_py.Redis) -> str:
    client.set(SITE.daily(TODAY), "not a hash")
    return SITE.daily(TODAY)


def broken_unique(client: redis_py.Redis) -> str:
    client.hset(SITE.unique(TODAY), "a", "b")
    return SITE.unique(TODAY)


@pytest.mark.parametrize("breaks", [broken_hash, broken_unique])
def test_a_rollup_of_a_wrong_type_costs_no_event_and_is_mended(
    redis: redis_py.Redis, breaks: Callable[[redis_py.Redis], str], caplog: pytest.LogCaptureFixture
) -> None:
    flusher = Flusher(redis, "c")
    flusher.apply(SITE, [numbered(1, 0, event(1, NOON))], NOON)
    redis.delete(SITE.daily(TODAY), SITE.unique(TODAY))
    name = breaks(redis)
    assert flusher.apply(SITE, [numbered(2, 0, event(2, NOON), event(3, NOON + 1))], NOON) == 2 - 1
    assert caplog.text.count(name) == 1
    assert flusher.take_marked()
    assert not flusher.take_marked()
    assert len(read_day(redis, SITE, TODAY)) == 3
    assert redis.hget(SITE.state(), keys.mark_field("c")) == b"2"
    assert marked_days(redis, SITE) == [TODAY]
    rebuild(redis, SITE, [TODAY], "UTC", NOON)
    assert (views(redis), redis.pfcount(SITE.unique(TODAY)), marked_days(redis, SITE)) == (3, 3, [])
    flusher.apply(SITE, [numbered(3, 0, event(4, NOON))], NOON)
    assert (views(redis), redis.pfcount(SITE.unique(TODAY))) == (4, 4)


def test_without_memory_nothing_is_written_and_later_everything(redis: redis_py.Redis) -> None:
    flusher, records = Flusher(redis, "c"), [numbered(1, 9, event(1, NOON))]
    redis.script_load(flusher._script.script)
    before = everything(redis)
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis_py.ResponseError, match="maxmemory"):
            flusher.apply(SITE, records, NOON)
        assert everything(redis) == before
    finally:
        redis.config_set("maxmemory", 0)
    flusher.apply(SITE, records, NOON)
    assert views(redis) == 1


def test_a_script_that_redis_has_forgotten_is_sent_again(redis: redis_py.Redis) -> None:
    flusher = Flusher(redis, "c")
    flusher.apply(SITE, [numbered(1, 0, event(1, NOON))], NOON)
    redis.script_flush()
    flusher.apply(SITE, [numbered(2, 0, event(2, NOON))], NOON)
    assert views(redis) == 2


def test_raw_lists_are_cut_and_another_collector_finds_the_new_one(
    redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "RAW_LIST_BYTES", 150)
    one, two = Flusher(redis, "one"), Flusher(redis, "two")
    for number in range(1, 7):
        for flusher in (one, two):
            flusher.apply(SITE, [numbered(number, 0, event(number, NOON + number))], NOON)
    assert [len(redis.lrange(SITE.raw(TODAY, n), 0, -1)) > 0 for n in range(4)] == [True] * 4
    assert (len(read_day(redis, SITE, TODAY)), views(redis)) == (12, 12)


# Sizes


def test_caps_hold_and_the_rest_is_summed(redis: redis_py.Redis) -> None:
    events = [event(n, NOON + n, props={"(other)": "(other)", f"key{n % 130}": "v"}) for n in range(300)]
    pages = [event(n, NOON + n, f"/{n}") for n in range(2_300)]
    flusher = Flusher(redis, "c")
    flusher.apply(SITE, [numbered(1, 0, *pages)], NOON)
    flusher.apply(SITE, [numbered(2, 0, *events)], NOON)
    stored = redis.hgetall(SITE.daily(TODAY))
    assert sum(name.startswith(b"page=") for name in stored) == 2_000 + 1
    assert len({name.partition(b"=")[0] for name in stored if name.startswith(b"prop:")}) == 100
    assert stored[b"count=page"] == b"2000"
    found = Traffic(site=SITE.site, client=redis, settings=Settings()).breakdown("page", DAY, DAY)
    assert found["pageviews"].sum() == 2_600


def test_more_arguments_than_lua_can_unpack(redis: redis_py.Redis) -> None:
    events = [event(n, NOON + n % 50, before=1_000_000 + n) for n in range(1, 9_001)]
    Flusher(redis, "c").apply(SITE, [numbered(1, 3, *events)], NOON)
    assert (views(redis), redis.zcard(SITE.live())) == (9_000, 9_000)
    assert abs(redis.pfcount(SITE.unique(TODAY)) - 9_000) < 300
    assert redis.hlen(SITE.state()) == 5 + 18_000


def test_a_batch_of_another_zone_is_counted_by_the_days_that_are_kept(redis: redis_py.Redis) -> None:
    """A collector that has not heard of a change, and records of its journal from before."""
    evening = ms("2026-05-05 22:30")
    first, second = Flusher(redis, "c"), Flusher(redis, "d")
    first.apply(SITE, [numbered(1, 0, event(1, NOON))], NOON)
    assert redis.hget(SITE.state(), keys.ZONE) == b"UTC"
    redis.hset(SITE.state(), keys.ZONE, "Europe/Berlin")
    for number, flusher in enumerate((first, second), 2):
        flusher.apply(SITE, [numbered(number, 0, event(number, evening))], evening)
    assert [views(redis, day=day) for day in ("2026-05-05", "2026-05-06")] == [1, 2]
    dropped = Batch(SITE.site, "UTC", evening, 0, [], {"spam": 3})
    second.apply(SITE, [Numbered(4, dropped)], evening)
    assert redis.hexists(SITE.daily(keys.ordinal("2026-05-06")), "dropped=spam")


def test_a_zone_that_changes_between_look_and_script(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    evening, flusher = ms("2026-05-05 22:30"), Flusher(redis, "c")
    real = Flusher._run

    def run(self: Flusher, call: tuple[list[str], bytes]) -> list[Any]:
        redis.hset(SITE.state(), keys.ZONE, "Europe/Berlin")
        return real(self, call)

    monkeypatch.setattr(Flusher, "_run", run)
    flusher.apply(SITE, [numbered(1, 0, event(1, evening))], evening)
    assert [views(redis, day=day) for day in ("2026-05-05", "2026-05-06")] == [0, 1]


def test_live_holds_the_humans_of_the_last_five_minutes(redis: redis_py.Redis) -> None:
    flusher = Flusher(redis, "c")
    early = [event(1, NOON - 6 * MINUTE), event(2, NOON - 4 * MINUTE), event(3, NOON, class_="bot")]
    flusher.apply(SITE, [numbered(1, 0, *early, event(4, NOON, type="engagement"))], NOON)
    assert redis.zrange(SITE.live(), 0, -1) == [(2).to_bytes(8)]
    flusher.apply(SITE, [numbered(2, 0, event(5, NOON + 2 * MINUTE))], NOON + 2 * MINUTE)
    assert redis.zrange(SITE.live(), 0, -1) == [(5).to_bytes(8)]


def test_days_are_the_sites_own(redis: redis_py.Redis) -> None:
    late = ms("2026-05-05 18:14")
    batch = Batch(SITE.site, "Asia/Kathmandu", late + MINUTE, 0, [event(1, late), event(2, late + MINUTE)])
    Flusher(redis, "c").apply(SITE, [Numbered(1, batch)], late + MINUTE)
    assert [views(redis, day=day) for day in ("2026-05-05", "2026-05-06")] == [1, 1]
    assert datetime.fromtimestamp(late / 1000, UTC).date().isoformat() == "2026-05-05"
