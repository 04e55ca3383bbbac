"""The life of the data, whole: whatever the daily job moves, folds and closes, what is told stays the same."""

from __future__ import annotations

from pathlib import Path

import lives
import pytest
import redis as redis_py
from lives import load, random_traffic, same, tend, told
from made import SITE, apply, event, ms

from collector.jobs.fold import open_days
from collector.jobs.months import closed_months
from collector.verify import verify
from common import keys, manifest
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.raw import raw_days
from common.settings import Settings

ZONES = ["UTC", "Asia/Kathmandu", "America/New_York"]
FIRST = keys.ordinal("2026-02-20")
DAYS = 50  # to 2026-04-10: a whole month between two cut ones, and a change of clocks
NOW = ms("2026-04-10 16:00")


def faults(client: redis_py.Redis, data: Path, zone: str) -> list[str]:
    history = History(client, Archive.open(Settings(data=data)))
    return [str(fault) for fault in verify(history, SITE, list(range(FIRST, FIRST + DAYS)), calendar(zone))]


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_told_stays(redis: redis_py.Redis, tmp_path: Path, zone: str) -> None:
    load(redis, zone, random_traffic(zone, FIRST, DAYS, seed=ZONES.index(zone)))
    before = told(redis, tmp_path, FIRST, FIRST + DAYS)
    done = tend(redis, tmp_path, zone, NOW, raw_days=5)
    assert done.faults == []
    today = calendar(zone).day(NOW)
    assert open_days(redis, SITE) == [today - 1, today]
    assert closed_months(redis, SITE) == {"2026-02", "2026-03"}
    assert raw_days(redis, SITE) == set(range(today - 5, today - 1))
    settled = told(redis, tmp_path, FIRST, FIRST + DAYS)
    same(settled, before, ids=False)
    assert faults(redis, tmp_path, zone) == []
    again = tend(redis, tmp_path, zone, NOW, raw_days=5)
    assert (again.folded, again.archived, again.closed, again.faults) == (0, 0, [], [])
    same(told(redis, tmp_path, FIRST, FIRST + DAYS), settled)


@pytest.mark.parametrize("cut", [(0, 10), (9, 30), (40, 49)])
def test_ranges_that_cut_months(redis: redis_py.Redis, tmp_path: Path, cut: tuple[int, int]) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, DAYS, seed=7))
    before = told(redis, tmp_path, FIRST + cut[0], FIRST + cut[1])
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=5).faults == []
    same(told(redis, tmp_path, FIRST + cut[0], FIRST + cut[1]), before, ids=False)


def test_day_by_day_is_as_all_at_once(redis: redis_py.Redis, tmp_path: Path) -> None:
    parts = random_traffic("UTC", FIRST, DAYS, seed=3)
    load(redis, "UTC", parts)
    assert tend(redis, tmp_path / "once", "UTC", NOW, raw_days=3).faults == []
    expected = told(redis, tmp_path / "once", FIRST, FIRST + DAYS)
    redis.flushall()
    for number, part in enumerate(parts):
        load(redis, "UTC", [part])
        evening = ms(f"{keys.iso(FIRST + number)} 23:59")
        assert tend(redis, tmp_path / "daily", "UTC", evening, raw_days=3).faults == []
    assert tend(redis, tmp_path / "daily", "UTC", NOW, raw_days=3).faults == []
    same(told(redis, tmp_path / "daily", FIRST, FIRST + DAYS), expected)
    files = manifest.files(redis, SITE)
    assert sorted(min(file.months) for file in files.values()) == [
        "2026-02",
        "2026-02",
        "2026-03",
        "2026-03",
        *["2026-04"] * 6,
    ]
    assert sorted(Archive.open(Settings(data=tmp_path / "daily")).names(SITE.site)) == sorted(files)


@pytest.mark.parametrize("ago", [3, 8, 20, 45])
def test_a_late_event_of_any_closed_day(redis: redis_py.Redis, tmp_path: Path, ago: int) -> None:
    """Of a folded day, an archived one, and of closed months: counted at once, and whole after the next job."""
    lives.tended(redis, tmp_path, "UTC", FIRST, DAYS, seed=5, a_day=25, now=NOW, raw_days=5)
    day = calendar("UTC").day(NOW) - ago
    late = event(99, ms(f"{keys.iso(day)} 12:00"), "/late", country="DE")
    before = told(redis, tmp_path, day, day)
    apply(redis, [late])
    after = told(redis, tmp_path, day, day)
    assert after["totals"]["pageviews"].item() == before["totals"]["pageviews"].item() + 1
    assert after["where totals"]["pageviews"].item() == before["where totals"]["pageviews"].item()
    assert "/late" in set(after["page"]["page"])
    done = tend(redis, tmp_path, "UTC", NOW, raw_days=5)
    assert done.faults == []
    same(told(redis, tmp_path, day, day), after)
    assert faults(redis, tmp_path, "UTC") == []
    assert day not in open_days(redis, SITE)


def test_a_cap_in_bytes(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 20, seed=1))
    now = ms(f"{keys.iso(FIRST + 19)} 12:00")
    size = sum(redis.memory_usage(SITE.raw(day, 0)) for day in range(FIRST + 10, FIRST + 18))
    assert tend(redis, tmp_path, "UTC", now, raw_bytes=size).faults == []
    assert raw_days(redis, SITE) <= set(range(FIRST + 6, FIRST + 18))
    assert raw_days(redis, SITE) >= set(range(FIRST + 12, FIRST + 18))


def test_an_archive_that_cannot_be_written_to_stops_only_what_needs_it(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, DAYS, seed=2))
    before = told(redis, tmp_path, FIRST, FIRST + DAYS, deep=False)
    (tmp_path / "archive").write_text("in the way")
    done = tend(redis, tmp_path, "UTC", NOW)
    assert done.folded == DAYS - 2
    assert len(done.faults) == 1
    assert "archive" in done.faults[0]
    same(told(redis, tmp_path, FIRST, FIRST + DAYS, deep=False), before, ids=False)
    (tmp_path / "archive").unlink()
    done = tend(redis, tmp_path, "UTC", NOW)
    assert (done.faults, done.closed) == ([], ["2026-02", "2026-03"])
    same(told(redis, tmp_path, FIRST, FIRST + DAYS, deep=False), before, ids=False)
