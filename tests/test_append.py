"""Pieces appended to Redis, and what stands there afterwards."""

from __future__ import annotations

import pytest
import redis as redis_py

from collector import append as module
from collector.append import Appender, Registry
from collector.pieces import START, Entry
from common import keys
from common.columns import table_of
from common.events import Event
from common.keys import Shard
from common.raw import extent, read_day
from common.rows import COLUMNAR
from common.store import StoreError

SHARD = Shard("a.example")
DAY = keys.ordinal("2026-03-01")
NOW = 1_772_400_000_000


def events(*seqs: int) -> list[Event]:
    rest = dict.fromkeys(Event.__struct_fields__[7:24], "")
    return [Event(NOW, seq, 1, 0, "pageview", "human", "/", **rest) for seq in seqs]


def seqs(client: redis_py.Redis, day: int = DAY) -> list[int]:
    return [event.seq for event in read_day(client, SHARD, day)]


def test_a_piece_is_written_once(redis: redis_py.Redis) -> None:
    appender = Appender(redis)
    days = {DAY: events(1, 2), DAY + 1: events(3)}
    assert appender.append(SHARD, "one", days, NOW, "UTC") == {DAY: 0, DAY + 1: 0}
    before = {key: redis.dump(key) for key in redis.scan_iter()}
    assert appender.append(SHARD, "one", days, NOW + 1, "UTC") is None
    assert {key: redis.dump(key) for key in redis.scan_iter()} == before
    assert appender.append(SHARD, "two", {DAY: events(4)}, NOW, "UTC") == {DAY: 2}
    assert (seqs(redis), seqs(redis, DAY + 1)) == ([1, 2, 4], [3])
    assert redis.hgetall(SHARD.marked()) == {b"2026-03-01": str(NOW).encode(), b"2026-03-02": str(NOW).encode()}
    assert set(redis.hkeys(SHARD.imports())) == {b"one", b"two"}


def test_events_in_columns_stay_in_columns(redis: redis_py.Redis) -> None:
    many = list(range(1_000))
    days = {DAY: table_of(events(*many)), DAY + 1: table_of(events(3))}
    assert Appender(redis).append(SHARD, "one", days, NOW, "UTC") == {DAY: 0, DAY + 1: 0}
    assert (seqs(redis), seqs(redis, DAY + 1)) == (many, [3])
    assert redis.lrange(SHARD.raw(DAY, 0), 0, 0)[0][:1] == COLUMNAR
    assert extent(redis, SHARD, DAY).rows == 1_000


def test_revision_and_extent_go_on_as_the_flush_counts_them(redis: redis_py.Redis) -> None:
    Appender(redis).append(SHARD, "one", {DAY: events(1, 2)}, NOW, "UTC")
    first = extent(redis, SHARD, DAY)
    Appender(redis).append(SHARD, "two", {DAY: events(3)}, NOW, "UTC")
    second = extent(redis, SHARD, DAY)
    assert (first.revision, first.rows, second.revision, second.rows) == (b"1", 2, b"2", 3)
    stored = sum(map(len, redis.lrange(SHARD.raw(DAY, 0), 0, -1)))
    assert (second.list, second.size) == (0, stored)


def test_lists_are_cut_and_a_newcomer_finds_the_last_one(
    redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "RAW_LIST_BYTES", 1)
    for seq in range(4):
        Appender(redis).append(SHARD, f"piece {seq}", {DAY: events(seq)}, NOW, "UTC")
    assert [redis.llen(SHARD.raw(DAY, number)) for number in range(5)] == [1, 1, 1, 1, 0]
    assert seqs(redis) == [0, 1, 2, 3]
    assert extent(redis, SHARD, DAY).rows == 4


@pytest.mark.parametrize("key", [SHARD.raw(DAY + 1, 0), SHARD.marked(), SHARD.open()])
def test_a_key_of_a_wrong_type_is_set_aside(redis: redis_py.Redis, key: str) -> None:
    redis.set(key, "x")
    two = {DAY: events(1), DAY + 1: events(2)}
    assert Appender(redis).append(SHARD, "one", two, NOW, "UTC") == {DAY: 0, DAY + 1: 0}
    assert redis.get(SHARD.quarantine(key, NOW)) == b"x"
    assert redis.hkeys(SHARD.marked()) == [b"2026-03-01", b"2026-03-02"]
    assert [len(read_day(redis, SHARD, day)) for day in two] == [1, 1]


def test_a_script_that_fails_writes_nothing(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "set_aside", lambda *_: [])
    redis.set(SHARD.raw(DAY + 1, 0), "x")
    with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
        Appender(redis).append(SHARD, "one", {DAY: events(1), DAY + 1: events(2)}, NOW, "UTC")
    assert list(redis.scan_iter()) == [SHARD.raw(DAY + 1, 0).encode()]


def test_without_its_register_nothing_is_imported(redis: redis_py.Redis) -> None:
    """What is in already is not known, so that files could count twice."""
    redis.set(SHARD.imports(), "x")
    with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
        Appender(redis).append(SHARD, "one", {DAY: events(1)}, NOW, "UTC")
    assert list(redis.scan_iter()) == [SHARD.imports().encode()]


def test_a_daily_hash_of_a_wrong_type_costs_no_event(redis: redis_py.Redis) -> None:
    redis.set(SHARD.daily(DAY), "x")
    assert Appender(redis).append(SHARD, "one", {DAY: events(1)}, NOW, "UTC") == {DAY: 0}
    assert seqs(redis) == [1]
    assert redis.hkeys(SHARD.marked()) == [b"2026-03-01"]


def test_the_registry_keeps_scopes_and_files_apart(redis: redis_py.Redis) -> None:
    of_site, of_lines = Registry(redis, "a.example"), Registry(redis, None)
    one, two = Entry(5, b"1" * 16, False), Entry(7, b"2" * 16, True)
    of_site.note(START, one)
    of_site.note(START, two)
    assert of_site.after(START) == [one, two]
    assert of_lines.after(START) == of_site.after(one.after) == []
    of_site.note(START, one._replace(done=True))
    assert sorted(of_site.after(START)) == [one._replace(done=True), two]
    assert of_site.name(START) != of_lines.name(START)


def test_days_of_another_zone_are_refused(redis: redis_py.Redis) -> None:
    assert Appender(redis).append(SHARD, "one", {DAY: events(1)}, NOW, "UTC") == {DAY: 0}
    with pytest.raises(StoreError, match="its zone is UTC, no longer Asia/Tokyo; do it again"):
        Appender(redis).append(SHARD, "two", {DAY: events(2)}, NOW, "Asia/Tokyo")
    assert seqs(redis) == [1]
    assert redis.hkeys(SHARD.imports()) == [b"one"]
