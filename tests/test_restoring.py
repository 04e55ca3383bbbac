"""Exports added one after the other: what is said, and what is refused before anything is added."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from lives import load
from made import SITE, event, ms
from test_restore import exported

from collector.export_manifest import ExportError
from collector.restoring import restore_all
from common import keys
from common.keys import Shard
from common.known import Known, encode, one_site
from common.raw import read_day
from common.settings import Settings

DAY = keys.ordinal("2026-05-05")
NOW = ms("2026-05-06 12:00")


def test_under_another_name_and_zone(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    load(redis, "America/New_York", [[event(1, ms("2026-05-05 23:00")), event(2, ms("2026-05-05 12:00"))]])
    given = exported(redis, settings.data, tmp_path / "out", [DAY])
    assert restore_all(redis, settings, [given], "b.example", lambda: NOW) == [
        f"b.example: export of {tmp_path / 'out'}: events added: 2, there already: 0, days added to: 1"
    ]
    assert len(read_day(redis, Shard("b.example"), DAY)) == 2
    redis.hset(keys.sites(), "c.example", encode(Known("Asia/Kathmandu")))
    (said,) = restore_all(redis, settings, [given], "c.example", lambda: NOW)
    assert (
        "(in Asia/Kathmandu, it was of America/New_York): events added: 2, there already: 0, days added to: 2" in said
    )
    assert [len(read_day(redis, Shard("c.example"), DAY + shift)) for shift in (0, 1)] == [1, 1]
    known = one_site(redis, "c.example")
    assert known == Known("Asia/Kathmandu", ms("2026-05-05 12:00"))


def test_all_are_checked_first(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    load(redis, "UTC", [[event(1, ms("2026-05-05 12:00"))]])
    good = exported(redis, settings.data, tmp_path / "good", [DAY])
    bad = exported(redis, settings.data, tmp_path / "bad", [DAY])
    bad.files[0].write_bytes(b"x")
    redis.flushall()
    with pytest.raises(ExportError, match="not as it was written"):
        restore_all(redis, settings, [good, bad], None, lambda: NOW)
    assert redis.dbsize() == 0
    assert SITE.site == "example.com"
