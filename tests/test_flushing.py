"""What the flusher does: one refused site stops no other, nothing is passed over, ownerless journals are drained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from collectors import Filled
from made import event, ms

from collector import draining
from collector import journal as journal_module
from collector.batches import Batch, encode
from collector.draining import Drain, cut
from collector.flush import Flusher, Numbered
from collector.flushing import drain_orphans
from collector.journal import Record, segments
from common import keys
from common.frames import Traffic
from common.keys import Shard
from common.settings import Settings

DAY = "2026-05-05"
NOON = ms(f"{DAY} 12:00")
A, B, C = "a.example", "b.example", "c.example"


@pytest.fixture
def filled(tmp_path: Path, redis: redis_py.Redis) -> Iterator[Filled]:
    made = Filled(tmp_path / "journal" / "0", redis)
    yield made
    made.close()


def views(client: redis_py.Redis, *sites: str) -> list[int]:
    return [
        int(Traffic(site=s, client=client, settings=Settings()).totals(DAY, DAY)["pageviews"]) for s in sites or (A,)
    ]


def block(client: redis_py.Redis, site: str) -> Callable[[], object]:
    """Make Redis refuse a site; what it returns makes it take it again."""
    name = Shard(site).daily(keys.ordinal(DAY))
    known = client.hget(name, keys.RAW_EXTENT)
    client.hset(name, keys.RAW_EXTENT, b"\xc1 no msgpack")

    def mend() -> None:
        if known is None:
            client.hdel(name, keys.RAW_EXTENT)
        else:
            client.hset(name, keys.RAW_EXTENT, known)

    return mend


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_AGAIN", 0.0)


def test_only_what_is_durable_is_applied(filled: Filled, redis: redis_py.Redis) -> None:
    filled.add(A, A)
    filled.progress.durable = 1
    assert not filled.drain.run()
    assert (views(redis), filled.progress.applied) == ([1], 1)
    filled.progress.durable = 2
    filled.drain.run()
    assert (views(redis), filled.progress.applied) == ([2], 2)


def test_segments_are_forgotten_once_applied(
    filled: Filled, redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1)
    for _ in range(5):
        filled.add(A)
    assert len(segments(filled.journal.folder)) == 6
    filled.drain.run()
    assert [int(path.stem) for path in segments(filled.journal.folder)] == [6]
    assert views(redis) == [5]


def test_a_large_backlog_is_taken_in_chunks(
    filled: Filled, redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "_READ_EVENTS", 3)
    filled.add(*[A] * 7)
    for number in range(8, 12):  # batches of which everything was dropped fill memory as well
        filled.journal.append(encode(Batch(A, "UTC", NOON, number, [], {"old": 1})))
    filled.progress.durable = filled.journal.sync()
    assert [filled.drain.run() for _ in range(4)] == [True, True, True, False]
    assert (views(redis), filled.progress.applied) == ([7], 11)


@pytest.mark.usefixtures("at_once")
def test_one_refused_site_does_not_stop_the_others(filled: Filled, redis: redis_py.Redis) -> None:
    filled.add(A, B)
    filled.drain.run()
    mend = block(redis, B)
    filled.add(A, B, C)
    filled.drain.run()
    filled.add(B, A)
    filled.drain.run()
    assert (views(redis, A, B, C), filled.drain.blocked) == ([3, 1, 1], True)
    assert filled.progress.applied == 3  # the first that waits is 4
    mend()
    filled.drain.run()
    assert (views(redis, A, B, C), filled.drain.blocked, filled.progress.applied) == ([3, 3, 1], False, 7)


@pytest.mark.usefixtures("at_once")
def test_a_refused_site_survives_a_restart_and_its_segments_stay(
    filled: Filled, redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1)
    mend = block(redis, B)
    for site in (A, B, A, B):
        filled.add(site)
    filled.drain.run()
    mend()
    again = Drain(filled.journal.folder, Flusher(redis, filled.journal.id), filled.progress, 1_000)
    again.run()
    assert views(redis, A, B) == [2, 2]


@pytest.mark.usefixtures("at_once")
def test_redis_going_away_while_a_refused_site_is_tried_again_loses_nothing(
    filled: Filled, redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend = block(redis, B)
    filled.add(B, A)
    filled.drain.run()
    mend()
    with monkeypatch.context() as patch:
        patch.setattr(filled.flusher, "apply", lambda *_: (_ for _ in ()).throw(redis_py.ConnectionError("gone")))
        with pytest.raises(redis_py.ConnectionError):
            filled.drain.run()
    filled.add(B, A)
    filled.drain.run()
    assert (views(redis, A, B), filled.progress.applied) == ([2, 2], 4)


@pytest.mark.usefixtures("at_once")
def test_what_another_version_stored_stops_that_site_alone(filled: Filled, redis: redis_py.Redis) -> None:
    redis.hset(Shard(B).state(), keys.visitor_field(2), b"0000" + b"\xc1 of a newer version")
    filled.add(A, B, C)
    filled.drain.run()
    assert (views(redis, A, B, C), filled.drain.blocked) == ([1, 0, 1], True)
    redis.hdel(Shard(B).state(), keys.visitor_field(2))
    filled.drain.run()
    assert views(redis, A, B, C) == [1, 1, 1]


@pytest.mark.usefixtures("at_once")
def test_a_refused_site_catches_up_in_chunks(
    filled: Filled, redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "_READ_EVENTS", 2)
    mend = block(redis, B)
    filled.add(*[B, A] * 5)
    while filled.drain.run():
        pass
    mend()
    seen = []
    while filled.drain.blocked:
        filled.drain.run()
        seen.append(views(redis, A, B))
    assert seen == [[5, 1], [5, 2], [5, 3], [5, 4], [5, 5]]


@pytest.mark.usefixtures("at_once")
def test_the_log_names_a_cause_once_and_the_next_one_too(
    filled: Filled, redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    causes = iter(["OOM", "OOM", "BUSY", "BUSY"])

    def refuse(*_: object) -> int:
        raise redis_py.ResponseError(next(causes))

    with monkeypatch.context() as patched:
        patched.setattr(filled.flusher, "apply", refuse)
        filled.add(A)
        filled.drain.run()
        filled.drain.run()
        assert [record.args[1] for record in caplog.records] == ["OOM", "BUSY"]
        filled.drain.run()
    filled.drain.run()
    assert (views(redis), [record.args[1] for record in caplog.records[:-1]]) == ([1], ["OOM", "BUSY"])


def test_a_refused_site_with_a_long_backlog_keeps_nobody_waiting(
    filled: Filled, redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others sent meanwhile is read on in chunks, too."""
    mend = block(redis, A)
    monkeypatch.setattr(draining, "_AGAIN", 0.0)
    filled.add(A, *[B] * 20, A, *[B] * 20, A)
    filled.drain.run()
    read, counted = draining.read, []

    def counting(*given: Any) -> Iterator[Record]:
        for record in read(*given):
            counted.append(record.number)
            yield record

    monkeypatch.setattr(draining, "_READ_EVENTS", 10)
    monkeypatch.setattr(draining, "read", counting)
    filled.drain.run()
    assert counted == list(range(1, 11))
    mend()
    seen = []
    while filled.drain.blocked:
        filled.drain.run()
        seen += views(redis)
    assert seen == [1, 1, 2, 2, 3]
    assert (counted[10:], filled.progress.applied) == (list(range(1, 44)), 43)


def test_a_journal_that_is_damaged_in_the_middle_is_no_busy_loop(filled: Filled, redis: redis_py.Redis) -> None:
    filled.add(A, A, A)
    path = segments(filled.journal.folder)[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert not filled.drain.run()
    assert (views(redis), filled.progress.applied) == ([1], 1)


def test_parts_are_of_about_a_size_and_in_order() -> None:
    sizes = [1, 2, 3, 4, 0, 0, 9, 1]
    records = [Numbered(n, Batch(A, "UTC", 0, 0, [event(1, 0)] * size)) for n, size in enumerate(sizes)]
    assert [[len(item.batch.events) for item in part] for part in cut(records, 4)] == [
        [1, 2],
        [3],
        [4, 0],
        [0],
        [9],
        [1],
    ]
    assert [item.number for part in cut(records, 4) for item in part] == list(range(8))


def test_journals_without_an_owner_are_drained(tmp_path: Path, redis: redis_py.Redis) -> None:
    own, orphan, owned = (Filled(tmp_path / name, redis) for name in "012")
    for made in (own, orphan, owned):
        made.add(A, A)
    orphan.close()
    assert drain_orphans(own.journal.folder, redis, 1_000) == 2
    assert views(redis) == [2]
    redis.config_resetstat()
    assert drain_orphans(own.journal.folder, redis, 1_000) == 0
    assert "cmdstat_evalsha" not in redis.info("commandstats")
    assert "cmdstat_hmget" not in redis.info("commandstats")
    for made in (own, owned):
        made.drain.run()
        made.close()
    assert views(redis) == [6]
