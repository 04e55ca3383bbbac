"""Events by the days of another zone: wherever they are kept, each once, and none forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, tend
from made import SITE, event, ms

from collector.jobs.holding import look
from collector.jobs.lease import Lease
from collector.jobs.regroup import Regrouped, Regrouping, misplaced
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.keys import Shard
from common.manifest import EVENTS
from common.rows import unpack_blocks
from common.settings import Settings
from common.store import StoreError

EAST, WEST = "Pacific/Kiritimati", "Etc/GMT+12"  # 26 hours apart
FIRST = keys.ordinal("2026-03-01")
NOW = ms("2026-03-20 12:00")


def archive(data: Path) -> Archive:
    return Archive.open(Settings(data=data))


def test_days_of_the_same_moment_that_are_two_apart(redis: redis_py.Redis, tmp_path: Path) -> None:
    early = ms("2026-03-10 10:30")
    load(redis, EAST, [[event(1, early)]])
    history = History(redis, archive(tmp_path))
    assert [keys.iso(day) for day in look(redis, SITE).days] == ["2026-03-11"]
    ninth, tenth = keys.ordinal("2026-03-09"), keys.ordinal("2026-03-10")
    found = Regrouped(history, calendar(WEST)).events(SITE, [ninth, tenth])
    assert [[one.time for one in found[day]] for day in (ninth, tenth)] == [[early], []]
    assert misplaced(history, SITE, look(redis, SITE), calendar(EAST)) == 0
    assert misplaced(history, SITE, look(redis, SITE), calendar(WEST)) == 1


def test_what_is_prepared(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, EAST, random_traffic(EAST, FIRST, 20, seed=1, a_day=6))
    assert tend(redis, tmp_path, EAST, NOW, raw_days=5).faults == []
    seen, names = look(redis, SITE), set(archive(tmp_path).names(SITE.site))
    with Lease(redis, SITE) as lease:
        made = Regrouping(lease, History(redis, archive(tmp_path)), archive(tmp_path), calendar(WEST), lambda *_: None)
        made.prepare(seen)
        made.check()
        assert look(redis, SITE) == seen  # nothing that counts has changed
        local, found = calendar(WEST), dict[int, int]()
        for name, file in made.files.items():
            assert file.kind == EVENTS
            table = archive(tmp_path).read(name)
            assert {local.day(time) for time in table["time"].to_pylist()} == {day for day, _ in file.days}
            found |= dict(file.days)
        for day, lists in made.lists.items():
            events = unpack_blocks(block for shadow in lists.shadows for block in redis.lrange(shadow, 0, -1))
            assert {local.day(one.time) for one in events} == {day}
            found[day] = len(events)
        assert found == made.days()
        assert sum(found.values()) == sum(made.found().values()) > 100
        shadows = {shadow.encode() for lists in made.lists.values() for shadow in lists.shadows}
        made.prepare(seen)  # what is ready stays
        assert {shadow.encode() for lists in made.lists.values() for shadow in lists.shadows} == shadows
        assert set(redis.scan_iter("*shadow*")) == shadows
        made.discard()
    assert (list(redis.scan_iter("*shadow*")), set(archive(tmp_path).names(SITE.site))) == ([], names)


def test_an_event_that_no_day_would_have(redis: redis_py.Redis, tmp_path: Path) -> None:
    """One that is kept far from its day, as no Footfall does it, stops everything."""
    load(redis, "UTC", [[event(1, ms("2026-03-10 10:30"))]])
    redis.rename(SITE.raw(keys.ordinal("2026-03-10"), 0), SITE.raw(keys.ordinal("2026-03-15"), 0))
    with Lease(redis, Shard(SITE.site)) as lease:
        made = Regrouping(lease, History(redis, archive(tmp_path)), archive(tmp_path), calendar(EAST), lambda *_: None)
        made.prepare(look(redis, SITE))
        with pytest.raises(StoreError, match="1 events are kept, 0 were found; nothing was changed"):
            made.check()
