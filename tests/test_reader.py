"""Days are read once, and again when their revision says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common import reader as module
from common.keys import Shard, ordinal
from common.reader import Reader, decode
from common.rollups import METRICS

DAY = ordinal("2026-05-05")
START = ms("2026-05-05")


@pytest.fixture
def calls(redis: redis_py.Redis) -> Callable[[], dict[str, int]]:
    """A function that tells which commands ran since it was asked before."""

    def since() -> dict[str, int]:
        stats = redis.info("commandstats")
        redis.config_resetstat()
        names = ("hgetall", "hget", "lrange")
        return {name: stats[f"cmdstat_{name}"]["calls"] for name in names if f"cmdstat_{name}" in stats}

    return since


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The reader's clock, to be moved by hand."""
    now = [1_000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def views(reader: Reader) -> int:
    names, array = reader.days([DAY])[DAY]["class"]
    return int(array[names.index("human")][0])


def test_days_are_cached_until_they_change(
    redis: redis_py.Redis, calls: Callable[[], dict[str, int]], clock: list[float]
) -> None:
    apply(redis, [event(1, START)])
    reader = Reader(redis, SITE.site)
    calls()
    assert views(reader) == 1
    assert calls() == {"hget": 1, "hgetall": 1}
    assert views(reader) == 1
    assert calls() == {}  # trusted for a second
    apply(redis, [event(2, START)])
    calls()
    assert views(reader) == 1
    clock[0] += 1
    assert views(reader) == 2
    assert calls() == {"hget": 1, "hgetall": 1}
    clock[0] += 1
    assert views(reader) == 2
    assert calls() == {"hget": 1}
    assert views(reader) == 2
    assert calls() == {}


def test_raw_events_are_cached_alike(
    redis: redis_py.Redis, calls: Callable[[], dict[str, int]], clock: list[float]
) -> None:
    apply(redis, [event(1, START)])
    reader = Reader(redis, SITE.site)
    assert [item.visitor for item in reader.events([DAY - 1, DAY])] == [1]
    calls()
    clock[0] += 1
    assert [item.visitor for item in reader.events([DAY])] == [1]
    assert "lrange" not in calls()
    apply(redis, [event(2, START)])
    clock[0] += 1
    assert [item.visitor for item in reader.events([DAY])] == [1, 2]


def test_many_days_are_asked_for_in_parts(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 4)
    monkeypatch.setattr(module, "_DAYS_AT_ONCE", 3)
    days = list(range(DAY, DAY + 10))
    apply(redis, [event(number, START + 86_400_000 * number) for number in range(0, 10, 3)])
    found = Reader(redis, SITE.site).days(days)
    assert [day - DAY for day in days if found[day]] == [0, 3, 6, 9]
    assert list(found) == days


def test_a_day_that_is_gone_is_empty(redis: redis_py.Redis, clock: list[float]) -> None:
    apply(redis, [event(1, START)])
    reader = Reader(redis, SITE.site)
    assert views(reader) == 1
    redis.delete(SITE.daily(DAY))
    clock[0] += 1
    assert reader.days([DAY]) == {DAY: {}}


def test_first_day_is_the_sites_own(redis: redis_py.Redis) -> None:
    assert Reader(redis, SITE.site).first_day() is None
    for shift, shard in ((3, SITE), (1, SITE), (0, Shard("xexample.com")), (0, Shard("example.com", 1))):
        apply(redis, [event(1, START + 86_400_000 * shift)], shard=shard)
    assert Reader(redis, SITE.site).first_day() == DAY + 1


def test_live_visitors(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, START), event(1, START + 200_000), event(2, START), event(3, START, class_="bot")])
    reader = Reader(redis, SITE.site)
    assert [reader.live(START + at) for at in (200_000, 300_000, 300_001, 500_000, 500_001)] == [2, 2, 1, 1, 0]


def test_decode() -> None:
    rows = decode(
        {
            b"page=/a=b": b"\x91\x07",
            b"page=/\xc3\xbc": b"\x92\x01\x02",
            b"page=/taken back": b"\x90",
            b"count=page": b"3",
            b"revision": b"12",
            b"raw": b"\x93\x00\x00\x00",
        }
    )
    assert list(rows) == ["page"]
    names, array = rows["page"]
    assert names == ["/a=b", "/ü"]
    assert array.tolist() == [[7] + [0] * (len(METRICS) - 1), [1, 2] + [0] * (len(METRICS) - 2)]
    assert decode({}) == {}


def test_raw_days_asked_for_longest_ago_are_let_go(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(redis, [event(ago, START - ago * 86_400_000) for ago in (2, 1, 0)])
    reader, days = Reader(redis, SITE.site), [ordinal(f"2026-05-0{day}") for day in (3, 4, 5)]
    monkeypatch.setattr("common.reader.MOST_RAW", 2)
    assert [len(reader.events([day])) for day in (*days, days[1])] == [1, 1, 1, 1]
    assert list(reader._raw) == [days[2], days[1]]
