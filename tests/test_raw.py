"""Raw events of a day come back in order, over several lists, and their extent also without the day's hash."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common import keys, raw
from common.blocks import pack_table
from common.columns import table_of
from common.keys import ordinal
from common.raw import about_rows, extent, read_day, revision

DAY = ordinal("2026-05-05")
START = ms("2026-05-05")


@pytest.fixture
def four_lists(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    """Four flushes, after each of which the list is full; a batch that lost one event came with the last."""
    monkeypatch.setattr(keys, "RAW_LIST_BYTES", 10)
    for number in range(4):
        apply(redis, [event(number, START + number), event(9, START + 10 * number)])
    redis.hset(SITE.daily(DAY), "dropped=old", b"\x92\x00\x01")
    return redis


def test_lists_are_cut_and_read_in_order(four_lists: redis_py.Redis) -> None:
    assert [four_lists.llen(SITE.raw(DAY, number)) for number in range(5)] == [1, 1, 1, 1, 0]
    assert [item.visitor for item in read_day(four_lists, SITE, DAY)] == [0, 9, 1, 9, 2, 9, 3, 9]


def test_a_list_that_was_put_aside_hides_no_other(four_lists: redis_py.Redis) -> None:
    four_lists.delete(SITE.raw(DAY, 0), SITE.raw(DAY, 2))
    assert [item.visitor for item in read_day(four_lists, SITE, DAY)] == [1, 9, 3, 9]


def test_more_blocks_than_one_call_reads(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "_CHUNK", 2)
    for number in range(4):
        apply(redis, [event(number, START + number)])
    assert [item.visitor for item in read_day(redis, SITE, DAY)] == [0, 1, 2, 3]


def test_extent(four_lists: redis_py.Redis) -> None:
    found = extent(four_lists, SITE, DAY)
    assert (found.revision, found.list, found.rows) == (b"4", 4, 8)
    assert found.dropped == {"dropped=old": b"\x92\x00\x01"}


@pytest.mark.parametrize("broken", [False, True])
def test_extent_without_its_hash_is_counted(four_lists: redis_py.Redis, broken: bool) -> None:
    four_lists.delete(SITE.daily(DAY))
    if broken:
        four_lists.set(SITE.daily(DAY), "not a hash")
    found = extent(four_lists, SITE, DAY)
    assert (found.revision, found.list, found.rows, found.dropped) == (b"", 3, 8, {})


def test_an_extent_that_cannot_be_read_is_counted(four_lists: redis_py.Redis) -> None:
    four_lists.hset(SITE.daily(DAY), "raw", b"\xc1 no msgpack")
    found = extent(four_lists, SITE, DAY)
    assert (found.revision, found.list, found.rows) == (b"4", 3, 8)
    assert found.dropped == {"dropped=old": b"\x92\x00\x01"}


def test_revisions(four_lists: redis_py.Redis) -> None:
    assert revision(four_lists, SITE, DAY) == b"4"
    assert revision(four_lists, SITE, DAY + 1) == b""
    four_lists.set(SITE.daily(DAY + 2), "not a hash")
    assert revision(four_lists, SITE, DAY + 2) == b""


def test_about_how_many_events(four_lists: redis_py.Redis) -> None:
    """Known where the hash is there; else a guess that is not too small for long lists."""
    four_lists.rpush(SITE.raw(DAY + 1, 0), pack_table(table_of([event(at % 99, START + at) for at in range(5_000)])))
    four_lists.set(SITE.raw(DAY + 2, 0), "not a list")
    four_lists.set(SITE.daily(DAY + 3), "not a hash")
    found = about_rows(four_lists, SITE, range(DAY - 1, DAY + 4))
    assert (found[DAY - 1], found[DAY], found[DAY + 3]) == (0, 8, 0)
    assert 500 < found[DAY + 1] < 50_000
    assert found[DAY + 2] < 50


def test_a_day_of_nothing(redis: redis_py.Redis) -> None:
    assert read_day(redis, SITE, DAY) == []
    assert extent(redis, SITE, DAY)[:4] == (b"", 0, 0, 0)


def test_other_errors_are_not_hidden(redis: redis_py.Redis) -> None:
    redis.set(SITE.raw(DAY, 0), "not a list")
    with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
        read_day(redis, SITE, DAY)
