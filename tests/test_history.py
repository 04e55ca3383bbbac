"""All events of a day, wherever they lie; a job that moves them meanwhile is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, tend
from made import SITE, apply, event, ms

from common import keys, manifest
from common.archive import Archive
from common.columns import events_of
from common.events import Event
from common.history import Altered, History
from common.keys import Shard
from common.settings import Settings
from common.store import StoreError

FIRST = keys.ordinal("2026-03-01")
NOW = ms("2026-03-20 12:00")


class OnlyPageviews(Altered):
    """A history of some events."""

    def events(self, shard: Shard, days: Iterable[int]) -> dict[int, list[Event]]:
        found = super().events(shard, days)
        return {day: [item for item in events if item.type == "pageview"] for day, events in found.items()}


def test_what_was_just_written_is_not_read_again(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 19, seed=9, a_day=12))
    tend(redis, tmp_path, "UTC", NOW, raw_days=5)
    archive = Archive.open(Settings(data=tmp_path))
    history, other = History(redis, archive), History(redis, archive)
    for name in manifest.files(redis, SITE):
        history.remember(name, archive.read(name), range(FIRST, FIRST + 3))
        archive.delete(name)
    found = history.archived_tables(SITE, [FIRST + 1])
    assert sum(map(len, found[FIRST + 1])) > 0
    for one, days in ((history, [FIRST + 1, FIRST + 5]), (other, [FIRST + 1])):
        with pytest.raises(StoreError, match="there is no such file"):
            one.archived_tables(SITE, days)


def test_events_of_both_places(redis: redis_py.Redis, tmp_path: Path) -> None:
    parts = random_traffic("UTC", FIRST, 19, seed=9, a_day=12)
    load(redis, "UTC", parts)
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=5).archived > 0
    apply(redis, [event(7, ms("2026-03-02 12:00"), "/late")])
    history = History(redis, Archive.open(Settings(data=tmp_path)))
    found = history.events(SITE, range(FIRST, FIRST + 20))
    made = sorted((item.time, item.seq, item.page) for part in parts for item in part)
    late = (ms("2026-03-02 12:00"), 0, "/late")
    assert sorted((e.time, e.seq, e.page) for events in found.values() for e in events) == sorted([*made, late])
    assert late not in [(e.time, e.seq, e.page) for e in history.archived(SITE, [FIRST + 1])[FIRST + 1]]
    tables = history.tables(SITE, found)
    assert {day: events_of(table) for day, table in tables.items()} == found
    assert {day: events_of(t) for day, t in OnlyPageviews(redis, history.archive).tables(SITE, found).items()} == {
        day: [item for item in events if item.type == "pageview"] for day, events in found.items()
    }
    with pytest.raises(StoreError, match="FOOTFALL_ARCHIVE"):
        History(redis, None).tables(SITE, [FIRST])
    with pytest.raises(StoreError, match="FOOTFALL_ARCHIVE"):
        History(redis, None).events(SITE, [FIRST])
    assert History(redis, None).events(SITE, [FIRST + 18])[FIRST + 18]


def test_read_again_when_a_job_was_at_work(redis: redis_py.Redis) -> None:
    history, looks = History(redis, None), []

    def read() -> int:
        looks.append(1)
        if len(looks) < 3:
            redis.hincrby(SITE.dense(), keys.VERSION)
            raise StoreError("a file that has just gone")
        return len(looks)

    assert history.steady(SITE, read) == 3
    with pytest.raises(StoreError, match="faster than"):
        history.steady(SITE, lambda: redis.hincrby(SITE.dense(), keys.VERSION))


def test_a_fault_of_the_store_itself_is_told(redis: redis_py.Redis) -> None:
    def read() -> None:
        raise StoreError("out of reach")

    with pytest.raises(StoreError, match="out of reach"):
        History(redis, None).steady(SITE, read)
