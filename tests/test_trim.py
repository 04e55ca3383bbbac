"""The daily job drops what is old, keeps what is not, and is done by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis as redis_py

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.trim import Trimmed, claim, trim
from common import store
from common.events import Event
from common.keys import Shard, visitor_field

SHARD = Shard("example.com")
DAY = 86_400_000
NOON = 1_790_000_000_000 // DAY * DAY + DAY // 2


def at(time: int, visitor: int) -> Event:
    dims = ["", "example.com", "(direct)", "", "Direct", *[""] * 8, "Desktop", "Firefox", "Linux", "de", "L"]
    return Event(time, 0, visitor, 0, "pageview", "human", "/", *dims[1:])


def flush(client: redis_py.Redis, number: int, time: int, visitor: int) -> None:
    batch = Batch(SHARD.site, "UTC", time, number, [at(time, visitor)])
    Flusher(client, "c").apply(SHARD, [Numbered(number, batch)], time)


def test_old_states_and_ids_go(redis: redis_py.Redis) -> None:
    for number, days_ago in enumerate((3, 2, 1, 0), 1):
        flush(redis, number, NOON - days_ago * DAY, visitor=number)
    assert trim(redis, SHARD, "UTC", NOON) == Trimmed(states=2, ids=2)
    left = sorted(name.decode().partition(":")[0] for name in redis.hkeys(SHARD.state()))
    assert left == [*["ids"] * 6, "loss", "loss", "mark", "numbered", "v", "v", "zone"]
    assert trim(redis, SHARD, "UTC", NOON) == Trimmed(0, 0)
    assert redis.zcard(SHARD.live()) == 1


def test_thousands_of_old_fields_cost_a_few_commands(redis: redis_py.Redis) -> None:
    """Redis may bill by command: 7,000 old states and ids go with three calls each."""
    flush(redis, 1, NOON - 3 * DAY, visitor=1)
    state = redis.hget(SHARD.state(), visitor_field(1))
    old = NOON // DAY - 3
    redis.hset(SHARD.state(), mapping={visitor_field(n): state for n in range(2, 7_001)})
    redis.hset(SHARD.state(), mapping={f"ids:{old}:{n}": b"x" * 8 for n in range(3_500)})
    redis.hset(SHARD.state(), mapping={f"claims:{old}:{n}": b"x" * 12 for n in range(3_500)})
    redis.config_resetstat()
    assert trim(redis, SHARD, "UTC", NOON).states == 7_000
    calls = {name: stats["calls"] for name, stats in redis.info("commandstats").items()}
    assert calls["cmdstat_hdel"] == 6
    assert calls["cmdstat_hmget"] == calls["cmdstat_evalsha"] == 3
    assert calls["cmdstat_hscan"] <= 5


def test_one_of_many_does_it_once_a_day(redis: redis_py.Redis) -> None:
    assert [claim(redis, SHARD, "UTC", NOON + shift) for shift in (0, 1, DAY, DAY)] == [True, False, True, False]
    assert 0 < redis.ttl(SHARD.trimmed(NOON // DAY + 719_163)) <= 2 * 86_400


def test_a_state_written_meanwhile_stays(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush(redis, 1, NOON - 3 * DAY, visitor=7)
    real = redis.register_script

    def late(script: str) -> Callable[..., object]:
        def run(keys: list[str], args: list[bytes]) -> object:
            with store.connect(redis_url) as other:
                flush(other, 2, NOON, visitor=7)
            return real(script)(keys=keys, args=args)

        return run

    monkeypatch.setattr(redis, "register_script", late)
    assert trim(redis, SHARD, "UTC", NOON).states == 0
    assert redis.hexists(SHARD.state(), visitor_field(7))
