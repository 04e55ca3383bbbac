"""What will run out is said before it does, with what to do about it."""

from __future__ import annotations

from datetime import date

import pytest
import redis as redis_py
from made import SITE, ms

from collector import ahead
from common import keys
from common.capacity import fit
from common.footprint import Footprint, Size
from common.ledger import read_server
from common.settings import Settings

NOW = ms("2026-11-21 00:00")
TODAY = date(2026, 11, 21).toordinal()


def spent(redis: redis_py.Redis, purpose: str = "flush") -> None:
    """2,000 commands in the month's first 20 days."""
    redis.hset(keys.commands("2026-11"), mapping={f"{day:02}:{purpose}": 100 for day in range(1, 21)})
    # An older run of the server, whose own count begins now and adds next to nothing.
    now = read_server(redis, NOW)
    assert now
    redis.hset(keys.commands("2026-11"), f"base:@{now.run}", f"{now.total} {ms('2026-11-01 00:00')}")


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (0, ""),
        (10_000, ""),
        (2_500, "at this rate FOOTFALL_COMMAND_BUDGET=2500 is used up on 2026-11-2"),
        (1_500, "FOOTFALL_COMMAND_BUDGET=1500 is used up: 2,"),
    ],
)
def test_commands(redis: redis_py.Redis, budget: int, told: str) -> None:
    spent(redis)
    found = [warned.problem for warned in ahead.commands(redis, Settings(command_budget=budget), NOW)]
    assert [text[: len(told)] for text in found] == ([told] if told else [])


@pytest.mark.parametrize(
    ("purpose", "cure"),
    [
        ("flush", "set FOOTFALL_FLUSH_SECONDS higher (now 0)"),
        ("health", "/healthz"),
        ("rebuild", "raise the budget or the plan"),
    ],
)
def test_the_cure_is_for_what_costs_most(redis: redis_py.Redis, purpose: str, cure: str) -> None:
    spent(redis, purpose)
    (warned,) = ahead.commands(redis, Settings(command_budget=1_500), NOW)
    assert cure in warned.cure


def looked(used: int, limit: int, raw: int) -> Footprint:
    sizes = [Size("a", "raw", "", TODAY - n, raw) for n in range(1, 11)]
    return Footprint((*sizes, Size("a", "dense", "2026-10", 0, 1_000)), used, limit)


@pytest.mark.parametrize(
    ("footprint", "problem", "cure"),
    [
        # 20 more days of 1 MB do not fit into 8 MB; 17 of them, and a year of 1 KB, would
        (looked(15_000_000, 23_000_000, 1_000_000), "memory ends on 2026-11-28", "FOOTFALL_RAW_DAYS lower (now 30; 17"),
        # it is somebody else who fills it
        (looked(15_000_000, 15_500_000, 100_000), "memory ends on 2026-11-25", "not Footfall's"),
        (looked(15_000_000, 15_500_000, 300_000), "memory ends on 2026-11-22", "FOOTFALL_RAW_DAYS lower (now 30; 11"),
        (looked(15_000_000, 60_000_000, 1_000_000), "", ""),
        (looked(15_000_000, 0, 1_000_000), "", ""),
    ],
)  # fmt: skip
def test_memory(footprint: Footprint, problem: str, cure: str) -> None:
    settings = Settings()
    found = list(ahead.warn(footprint, fit(footprint, 30, TODAY), settings, TODAY))
    assert [problem in warned.problem for warned in found] == ([True] if problem else [])
    assert [cure in warned.cure for warned in found] == ([True] if problem else [])


def test_memory_is_measured(redis: redis_py.Redis) -> None:
    for day in range(TODAY - 5, TODAY):
        redis.rpush(SITE.raw(day, 0), b"x" * 400_000)
    used = redis.info("memory")["used_memory"]
    (warned,) = ahead.memory(redis, Settings(memory_budget=used + 2_000_000), NOW)
    assert "memory ends on 2026-11-2" in warned.problem
    assert list(ahead.memory(redis, Settings(memory_budget=used + 100_000_000), NOW)) == []
