"""Days become files, once; late rows make a day again; a fault leaves everything where it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, tend
from made import SITE, apply, event, ms

from collector.jobs.archiving import Archiver, sweep, write_manifest
from collector.jobs.lease import Lease
from common import keys, manifest
from common.archive import Archive, ArchiveError
from common.calendars import calendar
from common.history import History
from common.raw import raw_days, read_day
from common.settings import Settings

FIRST = keys.ordinal("2026-03-01")
LAST = FIRST + 19
NOW = ms(f"{keys.iso(LAST + 1)} 12:00")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(Settings(data=tmp_path))


@pytest.fixture
def lease(redis: redis_py.Redis, tmp_path: Path) -> Iterator[Lease]:
    """Twenty folded days, nothing archived."""
    load(redis, "UTC", random_traffic("UTC", FIRST, 20, seed=6, a_day=8))
    assert tend(redis, tmp_path, "UTC", NOW).faults == []
    with Lease(redis, SITE) as held:
        yield held


def archiver(lease: Lease, archive: Archive) -> Archiver:
    return Archiver(lease, History(lease.client, archive), archive, calendar("UTC"))


def merge(lease: Lease, archive: Archive) -> None:
    """Make one file of each month, as if it were over."""
    assert archiver(lease, archive).parted(FIRST + 30) == []
    for month in archiver(lease, archive).parted(FIRST + 31):
        archiver(lease, archive).rewrite(month)


def held(lease: Lease) -> dict[int, int]:
    """Archived rows by day."""
    found: dict[int, int] = {}
    for file in manifest.files(lease.client, SITE).values():
        for day, rows in file.days:
            found[day] = found.get(day, 0) + rows
    return found


def test_days_move_to_one_file_of_their_month(lease: Lease, archive: Archive) -> None:
    counts = {day: len(read_day(lease.client, SITE, day)) for day in range(FIRST, FIRST + 3)}
    job = archiver(lease, archive)
    job.move(counts)
    assert held(lease) == counts
    assert job.events == sum(counts.values())
    assert list(manifest.files(lease.client, SITE)) == archive.names(SITE.site)
    assert not raw_days(lease.client, SITE) & counts.keys()
    assert not any(read_day(lease.client, SITE, day) for day in counts)


def test_a_day_a_night_and_one_file_when_the_month_is_over(lease: Lease, archive: Archive) -> None:
    for day in (FIRST, FIRST + 1):
        archiver(lease, archive).move([day])
    names = list(manifest.files(lease.client, SITE))
    assert [name.split("/")[2] for name in names] == ["day=2026-03-01", "day=2026-03-02"]
    rows = held(lease)
    merge(lease, archive)
    assert len(manifest.files(lease.client, SITE)) == 1
    assert held(lease) == rows
    assert len(archive.names(SITE.site)) == 3  # a reader may still be at the old ones
    assert sweep(lease, archive) == 2
    assert archive.names(SITE.site) == list(manifest.files(lease.client, SITE))


def test_late_rows_are_put_to_the_others(lease: Lease, archive: Archive) -> None:
    archiver(lease, archive).move(range(FIRST, FIRST + 3))
    before = held(lease)
    apply(lease.client, [event(77, ms("2026-03-02 12:00"), "/late")])
    archiver(lease, archive).move([FIRST + 1])
    assert held(lease) == before | {FIRST + 1: before[FIRST + 1] + 1}
    (name,) = manifest.files(lease.client, SITE)
    assert archive.read(name).column("page").to_pylist().count("/late") == 1


def test_a_neighbour_whose_visits_changed_is_written_again(lease: Lease, archive: Archive) -> None:
    """A visit that began before midnight goes on in a day that is archived later, with a late row."""
    client = lease.client
    apply(client, [event(88, ms("2026-03-01 23:55"), "/eve")])
    archiver(lease, archive).move([FIRST])
    apply(client, [event(88, ms("2026-03-02 00:05"), "/morning")])
    archiver(lease, archive).move([FIRST + 1])
    rows = [row for name in manifest.files(client, SITE) for row in archive.read(name).to_pylist()]
    eve, morning = (next(row for row in rows if row["page"] == page) for page in ("/eve", "/morning"))
    assert (eve["duration"], eve["visit_pageviews"], eve["exit_page"]) == (600_000, 2, "/morning")
    assert (morning["visit"], morning["first"], morning["entry_page"]) == (eve["visit"], False, "/eve")


def test_a_fault_of_the_store_leaves_the_day_in_redis(
    lease: Lease, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = len(read_day(lease.client, SITE, FIRST))

    def full(*_: object) -> None:
        raise ArchiveError("no space left")

    monkeypatch.setattr(archive, "write", full)
    with pytest.raises(ArchiveError, match="no space"):
        archiver(lease, archive).move([FIRST])
    assert len(read_day(lease.client, SITE, FIRST)) == rows
    assert held(lease) == {}
    monkeypatch.undo()
    archiver(lease, archive).move([FIRST])
    assert held(lease) == {FIRST: rows}


def test_a_row_that_comes_while_the_file_is_written_is_in_it(
    lease: Lease, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, late = archive.write, [event(5, ms("2026-03-01 12:00"), "/late")]

    def write(*given: object) -> object:
        if late:
            apply(lease.client, [late.pop()])
        return real(*given)  # type: ignore[arg-type]

    rows = len(read_day(lease.client, SITE, FIRST))
    monkeypatch.setattr(archive, "write", write)
    archiver(lease, archive).move([FIRST])
    assert held(lease) == {FIRST: rows + 1}
    assert len(archive.names(SITE.site)) == 1


def test_what_is_noted_beside_the_files(lease: Lease, archive: Archive) -> None:
    archiver(lease, archive).move([FIRST])
    write_manifest(lease, archive, "UTC")
    told = archive.read_text("site=example.com/manifest.json")
    (name,) = manifest.files(lease.client, SITE)
    assert '"zone":"UTC"' in told
    assert name in told


def test_days_between_that_are_not_due_stay_where_they_are(lease: Lease, archive: Archive) -> None:
    middle = len(read_day(lease.client, SITE, FIRST + 1))
    archiver(lease, archive).move([FIRST, FIRST + 2])
    assert set(held(lease)) == {FIRST, FIRST + 2}
    assert len(read_day(lease.client, SITE, FIRST + 1)) == middle > 0


def test_a_month_with_late_rows_waits_for_them(lease: Lease, archive: Archive) -> None:
    for day in (FIRST, FIRST + 1):
        archiver(lease, archive).move([day])
    apply(lease.client, [event(77, ms("2026-03-01 12:00"), "/late")])
    before = manifest.files(lease.client, SITE)
    merge(lease, archive)
    assert manifest.files(lease.client, SITE) == before
    archiver(lease, archive).move([FIRST])
    merge(lease, archive)
    assert len(manifest.files(lease.client, SITE)) == 1
    assert len(read_day(lease.client, SITE, FIRST)) == 0
