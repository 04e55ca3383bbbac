"""A closed month is one field and one file; opened again it is what it was, HyperLogLogs included."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, same, tend, told
from made import SITE, apply, event, ms

from collector.jobs.lease import Lease
from collector.jobs.months import close, closed_months, reopen, rows_file
from common import keys, manifest
from common.archive import Archive
from common.settings import Settings
from common.store import StoreError

MONTH = "2026-03"
FIRST = keys.ordinal("2026-03-01")
NOW = ms("2026-04-01 12:00")  # the last day of March is not closed yet


@pytest.fixture
def folded(redis: redis_py.Redis, tmp_path: Path) -> Archive:
    load(redis, "UTC", random_traffic("UTC", FIRST, 29, seed=4, a_day=10))
    assert tend(redis, tmp_path, "UTC", NOW).closed == []
    return Archive.open(Settings(data=tmp_path))


def dense(client: redis_py.Redis) -> dict[bytes, bytes]:
    return {name: value for name, value in client.hgetall(SITE.dense()).items() if name != b"version"}


def test_there_and_back(redis: redis_py.Redis, tmp_path: Path, folded: Archive) -> None:
    before, expected = dense(redis), told(redis, tmp_path, FIRST, FIRST + 30, deep=False)
    uniques = {day: redis.get(SITE.unique(day)) for day in range(FIRST, FIRST + 29)}
    with Lease(redis, SITE) as lease:
        close(lease, folded, MONTH)
    assert set(dense(redis)) == {MONTH.encode(), b"raw"}
    assert not redis.exists(*(SITE.unique(day) for day in uniques))
    same(told(redis, tmp_path, FIRST, FIRST + 30, deep=False), expected)
    assert closed_months(redis, SITE) == {MONTH}
    name = rows_file(redis, SITE, MONTH)
    with Lease(redis, SITE) as lease:
        assert reopen(lease, folded, [MONTH, "2026-04"]) == [MONTH]
        assert reopen(lease, folded, [MONTH]) == []
    assert dense(redis) == before
    assert {day: redis.get(SITE.unique(day)) for day in uniques} == uniques
    assert name not in manifest.files(redis, SITE)


def test_a_hyperloglog_that_grew_meanwhile_is_united(redis: redis_py.Redis, folded: Archive) -> None:
    with Lease(redis, SITE) as lease:
        close(lease, folded, MONTH)
        apply(redis, [event(4711, ms("2026-03-05 12:00"))])
        reopen(lease, folded, [MONTH])
    alone = redis.pfcount(SITE.unique(FIRST + 4))
    assert not redis.pfadd(SITE.unique(FIRST + 4), (4711).to_bytes(8))
    assert alone > 1


def test_without_its_file_a_month_stays_closed(redis: redis_py.Redis, folded: Archive) -> None:
    with Lease(redis, SITE) as lease:
        close(lease, folded, MONTH)
        stored = dense(redis)
        with pytest.raises(StoreError, match="FOOTFALL_ARCHIVE"):
            reopen(lease, None, [MONTH])
        folded.delete(rows_file(redis, SITE, MONTH))
        with pytest.raises(StoreError, match="rows-0"):
            reopen(lease, folded, [MONTH])
    assert dense(redis) == stored
