"""Batches that came and did not, in Redis: figures while days are young, figures that stay, and what they cost."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
import redis as redis_py
from made import event

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.trim import trim
from common import keys, lost
from common.frames import Traffic
from common.keys import Shard
from common.loss import Counts
from common.run_ids import batch_id
from common.settings import Settings

SHARD = Shard("example.com")
DAY_MS = 86_400_000
TODAY = 20_700
NOON = TODAY * DAY_MS + DAY_MS // 2


class Collector:
    """One of several, with records of its own."""

    def __init__(self, client: redis_py.Redis, name: str = "a") -> None:
        self._flusher, self._records = Flusher(client, name), 0

    def take(self, time: int, *came: str, events: int = 1) -> None:
        """Flush batches `PAGE.NUMBER` that came at a time; pages are opened on that day."""
        items = []
        for text in came:
            page, _, number = text.partition(".")
            id_ = batch_id(f"{time // DAY_MS * DAY_MS + ord(page)}-0.5-{number}")
            self._records += 1
            batch = Batch(SHARD.site, "UTC", time, id_, [event(ord(page), time)] * events)
            items.append(Numbered(self._records, batch))
        self._flusher.apply(SHARD, items, time)


def read(client: redis_py.Redis, *days: int, now: int = NOON) -> dict[int, tuple[Counts, bool]]:
    return lost.read(client, SHARD, days, now)


def test_young_days_are_told_and_a_late_batch_takes_its_gap_back(redis: redis_py.Redis) -> None:
    first, second = Collector(redis), Collector(redis, "b")
    first.take(NOON, "a.0", "a.3")
    assert read(redis, TODAY) == {TODAY: ((2, 1, 2), False)}
    second.take(NOON + 5, "a.1", "a.3")  # another collector has one of them again
    first.take(NOON + 9, "a.2")
    assert read(redis, TODAY) == {TODAY: ((4, 3, 0), False)}
    assert read(redis, TODAY - 1) == {}


def test_a_day_is_settled_once_nothing_can_come_any_more(redis: redis_py.Redis) -> None:
    taker = Collector(redis)
    for ago in (3, 2, 1, 0):
        taker.take(NOON - ago * DAY_MS, "a.0", "a.2", "b.1")
    settled = {TODAY - 3: ((3, 1, 2), True), TODAY - 2: ((3, 1, 2), True)}
    young = {TODAY - 1: ((3, 1, 2), False), TODAY: ((3, 1, 2), False)}
    days = range(TODAY - 3, TODAY + 1)
    assert read(redis, *days) == {day: (some, False) for day, (some, _) in (settled | young).items()}
    trim(redis, SHARD, "UTC", NOON)
    assert read(redis, *days) == settled | young
    trim(redis, SHARD, "UTC", NOON)  # again, when the ids of the day before are gone
    assert read(redis, *days) == settled | young
    trim(redis, SHARD, "UTC", NOON + 30 * DAY_MS)
    assert read(redis, *days, now=NOON + 30 * DAY_MS) == {
        day: (some, True) for day, (some, _) in (settled | young).items()
    }
    assert not [name for name in map(bytes, redis.hkeys(SHARD.state())) if name.startswith(b"ids:")]


def test_ids_of_an_older_form_are_not_read(redis: redis_py.Redis) -> None:
    """A shard that was there before: its ids are believed from the next day on."""
    redis.hset(SHARD.state(), mapping={keys.ZONE: "UTC", "ids:20700": 1, "ids:20700:0": (5 << 52 | 9).to_bytes(8)})
    taker = Collector(redis)
    taker.take(NOON, "a.0", "a.2")
    assert read(redis, TODAY) == {}
    taker.take(NOON + DAY_MS, "b.0", "b.2")
    assert read(redis, TODAY, TODAY + 1, now=NOON + DAY_MS) == {TODAY + 1: ((2, 1, 1), False)}


def test_ids_with_owners_are_read_too(redis: redis_py.Redis) -> None:
    packed = b"".join(batch_id(f"{TODAY * DAY_MS}-0.5-{number}").to_bytes(8) + b"ownr" for number in (0, 1, 4))
    redis.hset(SHARD.state(), mapping={keys.NUMBERED: 0, f"claims:{TODAY}": 3, f"claims:{TODAY}:0": packed})
    assert read(redis, TODAY) == {TODAY: ((3, 2, 2), False)}
    assert lost.added([read(redis, TODAY), {TODAY: (Counts(1, 0, 0), True)}]) == {TODAY: ((4, 2, 2), False)}


@pytest.mark.parametrize("most", [10**6, 20])
def test_of_a_large_day_a_sample_of_pages_is_read(
    redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """6,000 pages of four batches, a tenth of them lost: a sample of the pages says nearly what all of them say."""
    draw, taker, number = random.Random(5), Flusher(redis, "a"), 0
    monkeypatch.setattr(lost, "MOST_BUCKETS", most)
    made = [batch_id(f"{TODAY * DAY_MS + page}-0.5-{n}") for page in range(6_000) for n in range(4)]
    came = [id_ for id_ in made if draw.random() > 0.1]
    draw.shuffle(came)
    for begin in range(0, len(came), 1_000):
        items = [
            Numbered(number + n, Batch(SHARD.site, "UTC", NOON, id_, []))
            for n, id_ in enumerate(came[begin : begin + 1_000], 1)
        ]
        taker.apply(SHARD, items, NOON)
        number = items[-1].number
    redis.config_resetstat()
    ((some, _),) = read(redis, TODAY).values()
    assert redis.info("commandstats")["cmdstat_hmget"]["calls"] == 2
    assert some.rate == pytest.approx(0.1, abs=0.01 if most > 20 else 0.03)
    assert some.batches == (len(came) if most > 20 else pytest.approx(len(came), rel=0.2))
    assert redis.info("commandstats")["cmdstat_hmget"]["usec"] < 50_000


def test_a_frame_by_day(redis: redis_py.Redis, redis_url: str, tmp_path: Path) -> None:
    taker = Collector(redis)
    redis.hset("ff2:{sites}:known", "example.com", '{"zone": "UTC", "since": 1}')
    taker.take(NOON, "a.0", "a.1", "a.3", "b.0", events=3)
    traffic = Traffic(site="example.com", client=redis, settings=Settings(redis_url=redis_url, data=tmp_path))
    today = date(1970, 1, 1).fromordinal(TODAY + 719_163)
    frame = traffic.loss(today, today, now=NOON / 1000)
    (row,) = frame.to_dict("records")
    assert (row["day"], row["batches"], row["missing"], row["settled"]) == (today, 4, 1, False)
    assert row["rate"] == pytest.approx(1 / 3)
    assert row["lost"] == pytest.approx(2)  # of six, since one of three that could be seen to lack did
    assert row["events"] == pytest.approx(6)  # three in each batch that came
    assert frame.attrs["rate"] == pytest.approx(1 / 3)
    assert frame.attrs["dropped"] == {}
    assert set(frame.attrs["reasons"]) == {"network", "outage", "overflow", "refused", "blocked"}
