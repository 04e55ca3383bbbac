"""Each event lies in exactly one place, whatever days are archived around others, and the archive says so, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from lives import load, random_traffic, tend
from made import SITE, apply, event, ms

from collector.jobs import tend as module
from collector.jobs.adopt import is_told, noted
from collector.jobs.tend import Tender
from collector.verify import verify
from collector.verify_shard import days_of, verify_shard
from common import keys, manifest
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.settings import Settings

FIRST = keys.ordinal("2026-03-05")
NOW = ms("2026-03-25 12:00")


@pytest.fixture
def archive(redis: redis_py.Redis, tmp_path: Path) -> Archive:
    load(redis, "UTC", random_traffic("UTC", FIRST, 5, seed=1, a_day=8))
    return Archive.open(Settings(data=tmp_path))


def faults(client: redis_py.Redis, archive: Archive) -> list[str]:
    found = verify(History(client, archive), SITE, sorted(days_of(client, SITE)), calendar("UTC"))
    return [*map(str, found), *verify_shard(client, SITE, archive)]


def test_days_on_both_sides_of_archived_ones(redis: redis_py.Redis, archive: Archive, tmp_path: Path) -> None:
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults == []
    apply(redis, [event(1, ms("2026-03-03 12:00")), event(1, ms("2026-03-12 12:00"))])
    done = tend(redis, tmp_path, "UTC", NOW, raw_days=3)
    assert (done.archived, done.faults) == (2, [])
    assert faults(redis, archive) == []


def test_a_day_that_opens_while_its_neighbours_are_archived(
    redis: redis_py.Redis, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tend(redis, tmp_path, "UTC", NOW).faults == []
    real = Tender._archive_days

    def late(self: Tender, *given: Any) -> None:
        apply(redis, [event(1, ms("2026-03-07 12:00"))])
        real(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Tender, "_archive_days", late)
        tend(redis, tmp_path, "UTC", NOW, raw_days=3)
    assert faults(redis, archive) == []
    with monkeypatch.context() as patch:  # now it is archived, and gets another
        patch.setattr(Tender, "_archive_days", late)
        tend(redis, tmp_path, "UTC", NOW, raw_days=3)
    assert faults(redis, archive) == []
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults == []
    assert faults(redis, archive) == []


def test_a_job_that_was_killed_before_it_told_the_archive(
    redis: redis_py.Redis, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            tend(redis, tmp_path, "UTC", NOW, raw_days=3)
    assert not is_told(redis, SITE, archive, "UTC")
    tend(redis, tmp_path, "UTC", NOW, raw_days=3)
    assert noted(archive, SITE).files == manifest.files(redis, SITE)
    assert is_told(redis, SITE, archive, "UTC")
    assert not is_told(redis, SITE, archive, "Europe/Berlin")
    assert faults(redis, archive) == []
