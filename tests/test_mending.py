"""Keys of no site: those of a wrong type go aside, and sites are known again."""

from __future__ import annotations

from pathlib import Path

import redis as redis_py
from lives import load, random_traffic, tend
from made import SITE, apply, event, ms

from collector.mending import known_again, mend_whole
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.keys import Shard
from common.known import Known, all_sites
from common.settings import Settings

FIRST = keys.ordinal("2026-03-01")
ZONE = "Asia/Kathmandu"


def test_nothing_is_wrong(redis: redis_py.Redis, tmp_path: Path) -> None:
    apply(redis, [event(1, ms("2026-03-01 12:00"))])
    redis.hset(keys.sites(), SITE.site, b"{}")
    settings = Settings(data=tmp_path)
    assert mend_whole(redis, settings, Archive.open(settings)) == []
    assert redis.hgetall(keys.sites()) == {SITE.site.encode(): b"{}"}


def test_all_of_them_are_wrong(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, ZONE, random_traffic(ZONE, FIRST, 20, seed=1, a_day=3))
    assert tend(redis, tmp_path, ZONE, ms("2026-03-20 12:00"), raw_days=3).faults == []
    apply(redis, [event(1, ms("2026-03-05 12:00"))], shard=Shard("a.example"))
    apply(redis, [event(1, ms("2026-03-06 12:00"))], shard=Shard("b.example"))
    names = [keys.sites(), keys.file_imports(), keys.forgotten(), keys.import_expiries(), keys.commands("2026-03")]
    for name in names:
        redis.delete(name)
        redis.sadd(name, "not ours")
    settings = Settings(data=tmp_path, sites={"a.example": "Europe/Berlin"})
    assert mend_whole(redis, settings, Archive.open(settings)) == names
    assert all_sites(redis) == {
        "a.example": Known("UTC", ms("2026-03-05")),  # as its days are, whatever settings say
        "b.example": Known("UTC", ms("2026-03-06")),
        SITE.site: Known(ZONE, calendar(ZONE).start(FIRST)),  # as the archive says
    }
    aside = [name.decode() for name in redis.scan_iter("*quarantine*")]
    assert sorted(name.rpartition(":")[2] for name in aside) == [
        "2026-03",
        "files",
        "forgotten",
        "import-salts",
        "known",
    ]
    assert all(redis.smembers(name) == {b"not ours"} for name in aside)
    assert mend_whole(redis, settings, Archive.open(settings)) == []


def test_an_archive_that_cannot_be_read_is_done_without(redis: redis_py.Redis, tmp_path: Path) -> None:
    apply(redis, [event(1, ms("2026-03-05 12:00"))])
    settings = Settings(data=tmp_path)
    archive = Archive.open(settings)
    archive.write_text(f"site={SITE.site}/manifest.json", "no JSON")
    assert known_again(redis, settings, archive) == {SITE.site: Known("UTC", ms("2026-03-05"))}
