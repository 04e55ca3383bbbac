"""What must not cost an event: an older backup, another's archive, a job that slept, a day that is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, same, tend, told
from made import SITE, event, ms

from collector.batches import Batch
from collector.delete_site import delete_site
from collector.flush import Flusher, Numbered
from collector.jobs.adopt import adopt, noted
from collector.jobs.archiving import sweep
from collector.jobs.fold import open_days
from collector.jobs.lease import Lease, Lost
from collector.jobs.months import rows_file
from collector.jobs.rebuild import marked_days, rebuild
from collector.jobs.tend import Tender
from common import keys, manifest
from common.archive import Archive
from common.history import History
from common.raw import read_day
from common.rows import pack_events
from common.settings import Settings
from common.store import StoreError

FIRST = keys.ordinal("2026-03-01")
NOW = ms("2026-04-04 12:00")


def archive(data: Path) -> Archive:
    return Archive.open(Settings(data=data))


def snapshot(client: redis_py.Redis) -> dict[bytes, bytes]:
    return {key: client.dump(key) for key in client.scan_iter(count=1_000)}


def restore(client: redis_py.Redis, kept: dict[bytes, bytes]) -> None:
    client.flushall()
    for key, value in kept.items():
        client.restore(key, 0, value)


def test_an_older_backup_leaves_newer_files_alone(redis: redis_py.Redis, tmp_path: Path) -> None:
    parts = random_traffic("UTC", FIRST, 34, seed=9, a_day=5)
    load(redis, "UTC", parts[:12])
    assert tend(redis, tmp_path, "UTC", ms("2026-03-13 12:00"), raw_days=3).faults == []
    backup = snapshot(redis)
    load(redis, "UTC", parts[12:])
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults == []
    files, told = archive(tmp_path).names(SITE.site), noted(archive(tmp_path), SITE)
    restore(redis, backup)
    (fault,) = tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults
    assert "newer than this Redis" in fault
    assert set(archive(tmp_path).names(SITE.site)) >= set(files)
    assert noted(archive(tmp_path), SITE) == told


def test_another_installations_archive_is_left_alone(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 30, seed=9, a_day=5))
    assert tend(redis, tmp_path / "one", "UTC", NOW, raw_days=3).faults == []
    files = archive(tmp_path / "one").names(SITE.site)
    redis.flushall()
    load(redis, "UTC", random_traffic("UTC", FIRST + 3, 10, seed=8, a_day=5))
    assert tend(redis, tmp_path / "two", "UTC", NOW, raw_days=3).faults == []
    faults = tend(redis, tmp_path / "one", "UTC", NOW, raw_days=3).faults
    assert any("another's" in fault for fault in faults)
    assert archive(tmp_path / "one").names(SITE.site) == files
    with Lease(redis, SITE) as lease, pytest.raises(StoreError, match="is FOOTFALL_ARCHIVE right"):
        delete_site([lease], archive(tmp_path / "one"))


def test_who_lost_the_lease_sweeps_nothing(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 20, seed=9, a_day=5))
    asleep, real = archive(tmp_path), Archive.names
    with Lease(redis, SITE) as lease:

        def names(self: Archive, site: str) -> list[str]:
            redis.delete(SITE.job())  # it ended meanwhile, and another one does its work
            assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).archived > 0
            return real(self, site)

        monkeypatch.setattr(asleep, "names", names.__get__(asleep))
        with pytest.raises(Lost):
            sweep(lease, asleep)
    assert set(archive(tmp_path).names(SITE.site)) >= set(manifest.files(redis, SITE))
    assert History(redis, archive(tmp_path)).events(SITE, [FIRST])[FIRST]


def test_an_event_under_a_day_that_is_not_its_own_is_not_lost(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 3, seed=9, a_day=5))
    stray = event(4711, ms("2026-03-09 00:20"), "/stray")
    redis.rpush(SITE.raw(FIRST, 0), pack_events([stray]))
    faults = tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults
    assert any("on its own days" in fault or "events" in fault for fault in faults)
    found = History(redis, archive(tmp_path)).events(SITE, range(FIRST, FIRST + 12))
    assert [item.page for events in found.values() for item in events].count("/stray") == 1


def test_a_salt_that_ends_between_two_steps_leaves_no_link(redis: redis_py.Redis, tmp_path: Path) -> None:
    """A day that was not settled, since its import's salt lived, is not folded by the same job."""
    eve, morning = ms("2026-03-05 23:55"), ms("2026-03-06 00:05")
    load(redis, "UTC", [[event(1, eve), event(2, morning, before=1)]])
    day = keys.ordinal("2026-03-06")
    redis.set(SITE.import_salt(day), "salt")

    class Slow(Tender):
        def _fold(self) -> None:
            redis.delete(SITE.import_salt(day))
            super()._fold()

    with Lease(redis, SITE) as lease:
        assert Slow(lease, "UTC", archive(tmp_path), NOW).run(30).faults == []
    assert day in open_days(redis, SITE)
    assert tend(redis, tmp_path, "UTC", NOW).faults == []
    assert [(item.visitor, item.before) for item in read_day(redis, SITE, day)] == [(1, 0)]
    assert open_days(redis, SITE) == []


def test_a_day_of_nothing_but_drops_holds_nothing_up(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 3, seed=9, a_day=5))
    drops = Batch(SITE.site, "UTC", ms("2026-03-20 12:00"), 0, [], {"spam": 2})
    Flusher(redis, "c").apply(SITE, [Numbered(1, drops)], NOW)
    load(redis, "UTC", random_traffic("UTC", FIRST + 23, 3, seed=8, a_day=5))
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults == []
    redis.flushall()
    with Lease(redis, SITE) as lease:
        adopt(lease, archive(tmp_path), noted(archive(tmp_path), SITE))
    rebuild(redis, SITE, marked_days(redis, SITE), "UTC", NOW, archive=archive(tmp_path))
    done = tend(redis, tmp_path, "UTC", NOW, raw_days=3)
    assert (done.faults, open_days(redis, SITE), done.closed) == ([], [], ["2026-03"])


@pytest.mark.parametrize("how", ["gone", "damaged", "not named"])
def test_a_closed_month_without_its_rows_file_is_made_again(redis: redis_py.Redis, tmp_path: Path, how: str) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 31, seed=9, a_day=5))
    drops = Batch(SITE.site, "UTC", ms("2026-03-20 12:00"), 0, [], {"spam": 2})
    Flusher(redis, "c").apply(SITE, [Numbered(1, drops)], NOW)
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).closed == ["2026-03"]
    settled = told(redis, tmp_path, FIRST, FIRST + 30)
    name, days = rows_file(redis, SITE, "2026-03"), range(FIRST, FIRST + 31)
    if how == "damaged":
        (tmp_path / "archive" / name).write_bytes(b"PAR1")
    elif how == "gone":
        archive(tmp_path).delete(name)
    else:
        redis.hdel(SITE.archive(), name)
    with pytest.raises(StoreError):
        rebuild(redis, SITE, [FIRST + 5], "UTC", NOW, archive=archive(tmp_path))
    rebuild(redis, SITE, days, "UTC", NOW, archive=archive(tmp_path), lossy=True)
    assert marked_days(redis, SITE) == []
    same(told(redis, tmp_path, FIRST, FIRST + 30), settled)
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).closed == ["2026-03"]
    same(told(redis, tmp_path, FIRST, FIRST + 30), settled)


def test_a_script_whose_answer_was_lost_costs_no_file(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collector.jobs import archiving
    from collector.jobs.calls import Changed

    load(redis, "UTC", random_traffic("UTC", FIRST, 20, seed=9, a_day=5))
    real = archiving.call

    def twice(lease: Lease, name: str, *given: object) -> None:
        real(lease, name, *given)  # type: ignore[arg-type]
        raise Changed

    monkeypatch.setattr(archiving, "call", twice)
    tend(redis, tmp_path, "UTC", NOW, raw_days=3)
    monkeypatch.undo()
    assert History(redis, archive(tmp_path)).events(SITE, [FIRST])[FIRST]
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults == []
