"""Exported events and what was not counted, added to a Redis: whatever it held before, each once and as it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import redis as redis_py
from exported import DAYS, FIRST, LAST, NOW, ZONE, drop, everything, whole
from lives import load, random_traffic, same, tend
from made import SITE, event, ms
from msgspec.structs import replace
from test_export import source

from collector import restore as restore_module
from collector.choosing import Filter
from collector.delete import Deletion
from collector.export import export
from collector.export_folders import Export, sorted_out
from collector.export_manifest import ExportError
from collector.jobs.lease import Lease
from collector.jobs.rebuild import marked_days, rebuild
from collector.jobs.settle import settled_events
from collector.restore import Added, missing, register, restore
from collector.verify import verify
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.events import Event
from common.history import History
from common.known import Known, one_site
from common.settings import Settings

EVERY = list(range(FIRST, LAST + 1))


def exported(client: redis_py.Redis, data: Path, out: Path, days: list[int], wanted: str = "parquet") -> Export:
    export(source(client, data), out, days, "all", wanted, Filter({}))
    return sorted_out([out])[0][0]


def restored(client: redis_py.Redis, data: Path, given: Export) -> Added:
    """Add it and make the figures again, without what the daily job does besides."""
    register(client, Settings(), given.site, given.zone)
    with Lease(client, SITE) as lease:
        done = restore([lease], source(client, data), given, NOW)
        rebuild(
            client, SITE, marked_days(client, SITE), ZONE, NOW, archive=Archive.open(Settings(data=data)), lease=lease
        )
    return done


def kept(client: redis_py.Redis, data: Path) -> Counter[str]:
    found = History(client, Archive.open(Settings(data=data))).events(SITE, EVERY)
    return Counter(repr(each) for some in found.values() for each in some)


def test_events_are_as_they_were(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Those of the latest days carry `before`; all frames tell what they told, the ids of visitors too."""
    whole(redis, tmp_path / "old")
    expected, events = everything(redis, tmp_path / "old"), kept(redis, tmp_path / "old")
    assert any("before=" in one and "before=0" not in one for one in events)
    given = exported(redis, tmp_path / "old", tmp_path / "out", EVERY)
    redis.flushall()
    assert restored(redis, tmp_path / "new", given)[:2] == (events.total(), 0)
    assert kept(redis, tmp_path / "new") == events
    same(everything(redis, tmp_path / "new"), expected)
    assert one_site(redis, SITE.site) == Known(ZONE, min(each.time for each in _all(given)))
    assert restored(redis, tmp_path / "new", given) == Added(0, events.total(), set())
    same(everything(redis, tmp_path / "new"), expected)


def _all(given: Export) -> list[Event]:
    from collector.export_files import read_events

    return [each for path in given.files for each in read_events(path)]


def test_overlaps_and_what_was_settled_since(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Two exports that overlap, into a Redis that has some days; and again after the daily job has moved everything."""
    load(redis, ZONE, random_traffic(ZONE, FIRST, DAYS, seed=9))
    whole_time, expected = exported(redis, tmp_path, tmp_path / "all", EVERY), kept(redis, tmp_path)
    begin = exported(redis, tmp_path, tmp_path / "begin", EVERY[:25], "csv")
    redis.flushall()
    assert restored(redis, tmp_path / "new", begin).events > 0
    again = restored(redis, tmp_path / "new", whole_time)
    assert 0 < again.events < again.known
    assert kept(redis, tmp_path / "new") == expected
    assert tend(redis, tmp_path / "new", ZONE, NOW, raw_days=5).faults == []
    assert kept(redis, tmp_path / "new") != expected
    figures = everything(redis, tmp_path / "new")
    for given in (whole_time, begin):
        assert restored(redis, tmp_path / "new", given).events == 0
    same(everything(redis, tmp_path / "new"), figures)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("calls", [0, 1, 7, 30])
def test_killed_and_run_again(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    load(redis, ZONE, random_traffic(ZONE, FIRST, 20, seed=2, a_day=60))
    for day in range(FIRST, FIRST + 9):
        drop(redis, day, {"old": 2})
    monkeypatch.setattr(restore_module, "_A_BLOCK", 50)
    given, expected = exported(redis, tmp_path, tmp_path / "out", EVERY), everything(redis, tmp_path)
    events = kept(redis, tmp_path)
    redis.flushall()
    real, done = restore_module.call, 0

    def call(lease: Lease, name: str, *rest: object) -> None:
        nonlocal done
        if done == calls:
            raise Killed
        done += 1
        real(lease, name, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(restore_module, "call", call)
        with pytest.raises(Killed):
            restored(redis, tmp_path / "new", given)
    restored(redis, tmp_path / "new", given)
    assert kept(redis, tmp_path / "new") == events
    same(everything(redis, tmp_path / "new"), expected)


def test_what_was_deleted_comes_back(redis: redis_py.Redis, tmp_path: Path) -> None:
    whole(redis, tmp_path)
    expected, events = everything(redis, tmp_path), kept(redis, tmp_path)
    given = exported(redis, tmp_path, tmp_path / "out", EVERY)
    with Lease(redis, SITE) as lease:
        went = Deletion(lease, Archive.open(Settings(data=tmp_path)), calendar(ZONE), NOW).run(EVERY[:-1], Filter({}))
    assert restored(redis, tmp_path, given).events == went.events.total() > 500
    assert kept(redis, tmp_path) == events
    same(everything(redis, tmp_path), expected)
    history = History(redis, Archive.open(Settings(data=tmp_path)))
    assert list(verify(history, SITE, EVERY, calendar(ZONE))) == []


NOON = ms("2026-05-05 00:10")
ONE, TWO = event(1, NOON, "/a", before=9), event(1, NOON + 60_000, "/b")


@pytest.mark.parametrize(
    ("wanted", "there", "lacking"),
    [
        ([ONE, TWO], [], [ONE, TWO]),
        ([ONE, TWO], [TWO], [ONE]),
        ([TWO, TWO], [TWO], [TWO]),
        ([TWO], [TWO, TWO], []),
        ([TWO], [replace(TWO, visitor=2)], [TWO]),
        ([ONE], [replace(ONE, engaged=8)], [ONE]),
        ([ONE, TWO], [replace(ONE, visitor=9, before=0), replace(TWO, visitor=9)], []),
        ([replace(ONE, visitor=9, before=0), replace(TWO, visitor=9)], [ONE, TWO], []),
        ([ONE, TWO], [replace(ONE, before=0), TWO], []),
    ],
)
def test_missing(wanted: list[Event], there: list[Event], lacking: list[Event]) -> None:
    assert missing(wanted, there) == lacking


def test_what_settling_makes_is_known(redis: redis_py.Redis) -> None:
    before = event(9, NOON - 15 * 60_000, "/evening")
    assert missing([ONE, TWO], settled_events([ONE, TWO], [before])) == []
    assert missing(settled_events([ONE, TWO], [before]), [ONE, TWO]) == []


@pytest.mark.parametrize(
    ("site", "sites", "says"),
    [("b.example", {"a.example": "UTC"}, "FOOTFALL_SITES"), ("no site!", None, "no site")],
)
def test_sites_that_are_not_wanted(redis: redis_py.Redis, site: str, sites: dict[str, str] | None, says: str) -> None:
    with pytest.raises(ExportError, match=says):
        register(redis, Settings(sites=sites), site, "UTC")
    assert not redis.exists(keys.sites())


def test_what_was_not_counted_is_not_added_up(redis: redis_py.Redis, tmp_path: Path) -> None:
    """As many as the export says, or as many as there are."""
    load(redis, ZONE, [[event(1, ms("2026-03-01 12:00"))]])
    day = keys.ordinal("2026-03-01")
    drop(redis, day, {"spam": 5, "old": 1})
    given = exported(redis, tmp_path, tmp_path / "out", [day])
    drop(redis, day, {"old": 7})
    redis.hdel(SITE.daily(day), "dropped=spam")
    restored(redis, tmp_path, given)
    assert source(redis, tmp_path).dropped(day) == {"spam": 5, "old": 8}
