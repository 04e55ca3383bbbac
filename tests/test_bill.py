"""What /metrics says of Redis, and how seldom it asks."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import redis as redis_py
from made import apply, event, ms

from collector.bill import Bills
from collector.metrics import Counts, render
from common import keys
from common.budget import month_of
from common.ledger import read_server
from common.settings import Settings

HEALTH = {"backlog": 0, "journal_bytes": 0, "redis": "ok", "failing_since": None}


async def test_metrics(redis: redis_py.Redis, settings: Settings) -> None:
    apply(redis, [event(1, ms("2026-05-05 12:00"))])
    redis.hset(keys.commands(month_of(time.time_ns() // 1_000_000)), "01:flush", 70)
    bills = Bills(replace(settings, command_budget=500_000, memory_budget=10**12))
    bill = await bills.latest()
    bills.close()
    assert bill
    assert "footfall_commands" not in render(Counts(), HEALTH).decode()
    lines = render(Counts(), HEALTH, bill).decode().splitlines()
    values = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}
    assert values['footfall_commands_total{purpose="flush"}'] == 70
    assert values["footfall_command_budget"] == 500_000
    assert values["footfall_commands_projected"] >= 70
    state = redis.memory_usage("ff2:{example.com.0}:visits:state", samples=0)
    assert values['footfall_redis_bytes{family="state",site="example.com"}'] == state
    assert values["footfall_redis_used_bytes"] > state
    assert values["footfall_redis_limit_bytes"] == 10**12
    assert values["footfall_months_that_fit"] > 0


async def test_it_asks_once_an_hour(redis: redis_py.Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(redis, [event(1, ms("2026-05-05 12:00"))])
    bills, asked, count = Bills(settings), [], len(redis.keys("ff2:*"))
    clock = time.monotonic()
    for later in (0, 10, 3_500, 3_700, 7_300, 22_000):
        monkeypatch.setattr(time, "monotonic", lambda at=clock + later: at)
        before = read_server(redis, 0)
        assert await bills.latest()
        after = read_server(redis, 0)
        assert before
        assert after
        asked.append(after.total - before.total - 1)
    bills.close()
    # The first opens a connection, counts and measures; then counts alone; at last it measures again.
    assert asked[0] == 1 + 3 + 1 + count + 1 + 1
    assert asked[1:3] == [0, 0]
    assert asked[3:5] == [3 + 2, 3 + 2]  # and the hour's count is kept
    assert asked[5] > count


async def test_without_redis(settings: Settings) -> None:
    bills = Bills(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    assert await bills.latest() is None
    bills.close()
