"""What is noted of days, files and keys is what there is; every difference is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import lives
import pytest
import redis as redis_py
from made import SITE, ms

from collector.verify_shard import days_of, verify_keys, verify_shard
from common import dense, keys, manifest
from common.archive import Archive
from common.manifest import EVENTS, ROWS, File
from common.raw import packed_days
from common.settings import Settings

FIRST = keys.ordinal("2026-03-25")
DAYS = 40  # to 2026-05-03: a closed April
NOW = ms("2026-05-03 12:00")
DENSE, FILES = SITE.dense(), SITE.archive()


@pytest.fixture
def tended(redis: redis_py.Redis, tmp_path: Path) -> Archive:
    lives.tended(redis, tmp_path, "UTC", FIRST, DAYS, seed=8, a_day=5, now=NOW, raw_days=3)
    return Archive.open(Settings(data=tmp_path))


def file_of(client: redis_py.Redis, kind: str) -> tuple[str, File]:
    return next((name, file) for name, file in manifest.files(client, SITE).items() if file.kind == kind)


def renote(client: redis_py.Redis, kind: str, rows: int, days: list[tuple[int, int]] | None = None) -> None:
    name, file = file_of(client, kind)
    other = File(kind, file.rows + rows, file.size, file.days if days is None else days)
    client.hset(FILES, name, manifest.encoded(other))


def twice(client: redis_py.Redis, archive: Archive) -> None:
    name, file = file_of(client, EVENTS)
    other = archive.write(manifest.new_name(SITE, EVENTS, "2026-04"), archive.read(name), EVENTS)
    client.hset(FILES, other.name, manifest.encoded(file))


def cut(archive: Archive, name: str, folder: Path) -> None:
    path = folder / "archive" / name
    path.write_bytes(path.read_bytes()[:-9])


Damage = Callable[[redis_py.Redis, Archive, Path], object]
OPEN_DAY, FOLDED = "2026-05-02", "2026-05-01"
DAMAGE: list[tuple[Damage, str]] = [
    (lambda r, a, p: r.srem(SITE.open(), OPEN_DAY), f"not noted as open: {OPEN_DAY}"),
    (lambda r, a, p: r.sadd(SITE.open(), "2026-01-01"), "have no daily hash: 2026-01-01"),
    (lambda r, a, p: r.hset(DENSE, "raw", packed_days([])), f"noted nowhere: 2026-04-30, {FOLDED}"),
    (lambda r, a, p: r.hset(DENSE, "raw", packed_days(range(FIRST, FIRST + DAYS))), "and have none: 2026-03-25"),
    (lambda r, a, p: r.rpush(SITE.raw(FIRST, 0), "x"), "noted nowhere: 2026-03-25"),
    (lambda r, a, p: r.set(SITE.daily(1).replace("0001-01-01", "today"), "x"), "visits:daily:today is of no day"),
    (lambda r, a, p: r.set(SITE.open(), "x"), "wrong type"),
    (lambda r, a, p: r.set(FILES, "x"), "wrong type"),
    (lambda r, a, p: r.hset(DENSE, FOLDED, "x"), f"{FOLDED}: rollups of closed days cannot be read"),
    (lambda r, a, p: r.hset(DENSE, "2026-04", b"ffm\x63" + bytes(20)), "written by a newer Footfall"),
    (lambda r, a, p: r.hset(DENSE, "thing", "x"), "thing: neither a day nor a month"),
    (
        lambda r, a, p: r.hset(DENSE, "2026-04-07", r.hget(DENSE, FOLDED)),
        "2026-04-07 is folded, and its month is closed",
    ),
    (lambda r, a, p: r.hset(DENSE, "2026-04", dense.encode_month({})), "tell different sums"),
    (lambda r, a, p: r.hdel(DENSE, "2026-04"), "of a month that is not closed"),
    (lambda r, a, p: r.hdel(FILES, file_of(r, ROWS)[0]), "the archive has no rollups of 2026-"),
    (lambda r, a, p: renote(r, EVENTS, 1), "rows are noted"),
    (lambda r, a, p: renote(r, EVENTS, 0, [(FIRST, 3)]), "it holds other days"),
    (lambda r, a, p: renote(r, ROWS, 0, [(FIRST, 1)]), "it holds other days than are noted"),
    (lambda r, a, p: a.delete(file_of(r, EVENTS)[0]), "events-0-"),
    (lambda r, a, p: cut(a, file_of(r, EVENTS)[0], p), "events-0-"),
    (lambda r, a, p: twice(r, a), "is in two files"),
    (lambda r, a, p: a.delete("site=example.com/manifest.json"), "manifest.json"),
    (lambda r, a, p: a.write_text("site=example.com/manifest.json", "{"), "manifest.json cannot be read"),
    (lambda r, a, p: renote(r, EVENTS, 1), "does not say what Redis says"),
]


@pytest.mark.parametrize("number", range(len(DAMAGE)))
def test_every_difference_is_named(redis: redis_py.Redis, tended: Archive, tmp_path: Path, number: int) -> None:
    damage, told = DAMAGE[number]
    assert list(verify_shard(redis, SITE, tended)) == []
    damage(redis, tended, tmp_path)
    found = list(verify_shard(redis, SITE, tended))
    assert any(told in fault for fault in found), found


def test_all_days(redis: redis_py.Redis, tended: Archive) -> None:
    assert days_of(redis, SITE) >= set(range(FIRST, FIRST + DAYS))


def test_keys(redis: redis_py.Redis, tended: Archive) -> None:
    assert list(verify_keys(redis)) == []
    redis.set(SITE.quarantine(SITE.live(), 5), "for people to look at")
    redis.set("session:1", "of somebody else")
    assert list(verify_keys(redis)) == []
    redis.set("ff1:{example.com.0}:visits:state", "x")
    redis.expire(SITE.dense(), 100)
    redis.set(SITE.live(), "x")
    assert sorted(text.rpartition("}:")[2][:34] for text in verify_keys(redis)) == [
        "visits:dense expires in 100 s, but",
        "visits:live is a string, expected ",
        "visits:state is of another version",
    ]
