"""A planted fault of every kind is named with its cure; a healthy Redis has none."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.doctor import examine, report
from collector.doctor_data import backlog
from common import keys, manifest
from common.known import Known, encode
from common.manifest import File
from common.settings import Settings

NOON = ms("2026-05-05 12:00")
DAY = keys.ordinal("2026-05-05")


@pytest.fixture
def healthy(redis: redis_py.Redis) -> redis_py.Redis:
    """A site with an event, a salt and an entry in the list."""
    apply(redis, [event(1, NOON)])
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", NOON)))
    redis.set(SITE.salt("2026-05-05"), b"x" * 32, ex=100)
    redis.set(keys.forgotten(), NOON)
    redis.hset(keys.file_imports(), "x", "y")
    redis.hset(keys.commands("2026-05"), "05:flush", 7)
    redis.expire(keys.commands("2026-05"), 100)
    redis.expire(keys.commands("2026-05"), 1_000)
    return redis


def test_nothing_is_wrong(healthy: redis_py.Redis) -> None:
    assert list(examine(healthy)) == []


FILE = manifest.encoded(File("events", 1, 1, [(DAY, 1)]))
FAULTS: list[tuple[Callable[[redis_py.Redis], object], str, str]] = [
    (
        lambda r: r.set(SITE.daily(DAY), "x"),
        "visits:daily:2026-05-05 is a string, expected a hash",
        "rebuild --site example.com",
    ),
    (lambda r: r.set(SITE.raw(DAY, 0), "x"), "visits:events:2026-05-05:0 is a string", "rebuild --site example.com"),
    (lambda r: r.set(SITE.quarantine(SITE.live(), 5), "x"), "was set aside", "redis-cli DEL"),
    (lambda r: r.set("ff2:{odd}:thing", "x"), "no key of ours", "redis-cli DEL"),
    (lambda r: r.persist(SITE.salt("2026-05-05")), "never expires", "EXPIRE"),
    (lambda r: r.hset(SITE.marked(), "2026-05-05", NOON), "wait to be made again", "rebuild --marked"),
    (lambda r: r.set(SITE.unique(DAY), "x"), "expected a HyperLogLog", "rebuild --site example.com"),
    (lambda r: r.expire(SITE.daily(DAY), 50), "should stay", "PERSIST"),
    (lambda r: r.set(keys.sites(), "x"), "known is a string, expected a hash", "python -m collector rebuild"),
    (lambda r: r.set(SITE.open(), "x"), "visits:open is a string, expected a set", "rebuild --site example.com"),
    (lambda r: r.set("ff1:{example.com.0}:visits:live", "x"), "1 keys are of schema ff1", "collector migrate"),
    (lambda r: r.set("ff9:{example.com.0}:visits:live", "x"), "1 keys are of schema ff9", "update this one"),
    (lambda r: r.rpush("visits:events", "{}"), "1 keys are of the original design", "migrate --site"),
    (
        lambda r: r.hset(SITE.dense(), "2026-05-01", b"ffd\x63" + bytes(20)),
        "2026-05-01: rollups",
        "update this Footfall",
    ),
    (lambda r: r.hset(SITE.dense(), "2026-04", b"x"), "2026-04: rollups", "--days 2026-04-01:2026-04-30"),
    (lambda r: r.rpush(SITE.raw(DAY, 0), b"\x63x"), "raw events of 2026-05-05 cannot be read", "update this Footfall"),
    (
        lambda r: r.hset(SITE.archive(), "site=example.com/a.parquet", FILE),
        "1 of 1 files are not in",
        "FOOTFALL_ARCHIVE",
    ),
    (lambda r: r.config_set("maxmemory-policy", "allkeys-lru"), "allkeys-lru", "noeviction"),
    (lambda r: r.config_set("maxmemory", r.info("memory")["used_memory"] + 1_000), "of maxmemory", "raise maxmemory"),
]


@pytest.mark.parametrize(("plant", "problem", "cure"), FAULTS)
def test_a_fault_is_named_with_its_cure(
    healthy: redis_py.Redis, plant: Callable[[redis_py.Redis], object], problem: str, cure: str
) -> None:
    try:
        plant(healthy)
        said: list[str] = []
        assert report(examine(healthy), said.append) == 1
    finally:
        healthy.config_set("maxmemory-policy", "noeviction")
        healthy.config_set("maxmemory", 0)
    assert problem in said[0]
    assert cure in said[0]


def test_a_clock_that_is_off(healthy: redis_py.Redis) -> None:
    seconds = healthy.time()[0]
    assert [f.problem[:10] for f in examine(healthy, seconds - 60)] == ["the clocks"]
    assert list(examine(healthy, seconds + 1)) == []


def test_keys_of_somebody_else_are_a_note(healthy: redis_py.Redis) -> None:
    healthy.mset({"session:1": "x", "session:2": "x"})
    said: list[str] = []
    assert report(examine(healthy), said.append) == 0
    assert said == [
        "Besides: 2 keys here are not Footfall's: they share its memory; nothing of Footfall's touches them"
    ]


def test_many_keys_of_one_kind_are_not_all_named(healthy: redis_py.Redis) -> None:
    healthy.mset({SITE.quarantine(SITE.live(), number): "x" for number in range(25)})
    found = list(examine(healthy))
    assert len(found) == 21
    assert found[-1].problem.startswith("5 more keys")


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((9, 9, 0, 0), ""),
        ((9, 7, 0, NOON - 1_000), ""),
        ((9, 7, 0, NOON - 120_000), "2 records wait in the journal"),
        ((9, 7, NOON - 180_000, NOON - 180_000), "Redis takes nothing from the journal"),
        ((9, 7, NOON - 1_000, NOON - 1_000), ""),
    ],
)
def test_what_waits_in_journals(tmp_path: Path, numbers: tuple[int, ...], told: str) -> None:
    folder = tmp_path / "journal" / "0"
    folder.mkdir(parents=True)
    (folder / "progress").write_bytes(struct.pack("<QQQQ", *numbers))
    found = [problem for problem, *_ in backlog(tmp_path, NOON / 1000)]
    assert len(found) == bool(told)
    assert all(told in problem for problem in found)


def test_what_will_run_out(healthy: redis_py.Redis) -> None:
    healthy.hset(keys.commands("2026-05"), "04:flush", 900)
    poor = Settings(command_budget=500, memory_budget=healthy.info("memory")["used_memory"] * 2)
    found = [finding.problem for finding in examine(healthy, NOON / 1000, poor) if "clocks" not in finding.problem]
    assert len(found) == 1
    assert found[0].startswith("FOOTFALL_COMMAND_BUDGET=500 is used up: ")
    healthy.rpush(SITE.raw(DAY - 1, 0), b"x" * 300_000)
    tight = Settings(memory_budget=int(healthy.info("memory")["used_memory"] * 1.3))
    found = [finding.problem for finding in examine(healthy, NOON / 1000, tight) if "clocks" not in finding.problem]
    assert [problem[:30] for problem in found] == ["at this rate memory ends on 20"]


def test_a_zone_that_differs(healthy: redis_py.Redis) -> None:
    found = list(examine(healthy, settings=Settings(sites={SITE.site: "Asia/Tokyo"})))
    assert [(one.problem, one.cure.partition(",")[0]) for one in found] == [
        (
            "example.com: its days are of UTC, FOOTFALL_SITES says Asia/Tokyo",
            "python -m collector rebuild --site example.com --zone Asia/Tokyo",
        )
    ]
