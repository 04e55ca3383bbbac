"""Where ids of batches lie: every id is found again, however much its day has grown, and buckets stay small."""

from __future__ import annotations

import random

import pytest
import redis as redis_py
from made import SITE

from collector.batch_ids import PER_BUCKET, bits, days_around, placed
from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common import keys

DAY = 86_400_000


def batch(number: int, day: int = 100) -> Batch:
    return Batch(SITE.site, "UTC", day * DAY, number, [])


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (48, 0), (49, 2), (192, 2), (193, 4), (768, 4), (769, 6)])
def test_bits(count: int, expected: int) -> None:
    assert bits(count) == expected
    assert count <= PER_BUCKET << bits(count)


def test_days_around() -> None:
    assert days_around([batch(1, 100), batch(2, 101), batch(0, 200)]) == [99, 100, 101, 102]


def test_a_new_day_has_one_bucket() -> None:
    assert placed([batch(5), batch(6)], {99: 0, 100: 0, 101: 0}) == {
        "counts": [["ids:99", 0, 0], ["ids:100", 48, 2], ["ids:101", 0, 0]],
        "look": ["ids:100:0"],
        "ids": [[1, [1], (5).to_bytes(8) + (6).to_bytes(8)]],
    }


def test_an_id_is_looked_for_under_every_number_of_bits() -> None:
    found = placed([batch(0b110)], {99: 97, 100: 200, 101: 0})
    assert found["look"] == ["ids:100:6", "ids:100:2", "ids:100:0", "ids:99:2", "ids:99:0"]
    assert found["counts"] == [["ids:99", 192, 0], ["ids:100", 768, 1], ["ids:101", 0, 0]]


def test_ids_that_share_a_bucket_today_and_did_not_yesterday() -> None:
    found = placed([batch(0b01), batch(0b11)], {99: 100, 100: 0, 101: 0})
    assert found["look"] == ["ids:100:0", "ids:99:1", "ids:99:0", "ids:99:3"]


def test_every_id_is_found_again_while_the_day_grows(redis: redis_py.Redis) -> None:
    """Two collectors in turn; at each size some earlier batches come again, at the other collector, a day later too."""
    draw = random.Random(3)
    flushers, numbers = [Flusher(redis, "a"), Flusher(redis, "b")], [0, 0]
    known: list[int] = []

    def send(who: int, sent: list[int], day: int) -> None:
        records = [Numbered(numbers[who] + n, batch(id_, day)) for n, id_ in enumerate(sent, 1)]
        numbers[who] += len(sent)
        flushers[who].apply(SITE, records, day * DAY)

    for turn, size in enumerate((1, 40, 30, 200, 500, 2_000, 1_500)):
        fresh = [draw.getrandbits(64) for _ in range(size)]
        send(turn % 2, fresh, 100)
        known += fresh
        send((turn + 1) % 2, draw.sample(known, min(len(known), 300)), 100 + turn % 2)
    stored = {name: value for name, value in redis.hgetall(SITE.state()).items() if name.startswith(b"ids:100:")}
    packed = [value[at : at + 8] for value in stored.values() for at in range(0, len(value), 8)]
    assert sorted(packed) == sorted(number.to_bytes(8) for number in known)
    assert redis.hget(SITE.state(), keys.ids_count(100)) == str(len(known)).encode()
    assert redis.hget(SITE.state(), keys.ids_count(101)) is None
    assert len(stored) > len(known) / PER_BUCKET / 2


def test_a_day_that_outgrew_what_was_read_refuses(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its reading and its script another collector makes the buckets of the day before more."""
    one, two = Flusher(redis, "one"), Flusher(redis, "two")
    real, replies = one._run, []

    def late(call: tuple[list[str], bytes]) -> list[object]:
        if not replies:
            two.apply(SITE, [Numbered(n, batch(n, 99)) for n in range(1, 101)], 99 * DAY)
        replies.append(real(call))
        return replies[-1]

    monkeypatch.setattr(one, "_run", late)
    one.apply(SITE, [Numbered(1, batch(77))], 100 * DAY)
    assert [reply[0] for reply in replies] == [b"changed", b"seen", b"ok"]


def test_memory_of_an_id(redis: redis_py.Redis) -> None:
    """At most 12 B an id at any size but the smallest."""
    draw, flusher, sent = random.Random(1), Flusher(redis, "c"), 0
    for size in (1_000, 5_000, 20_000):
        while sent < size:
            records = [Numbered(sent + n, batch(draw.getrandbits(64))) for n in range(1, 501)]
            sent += flusher.apply(SITE, records, 100 * DAY)
        assert redis.memory_usage(SITE.state(), samples=0) <= 12 * size
