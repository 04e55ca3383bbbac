"""Expired salts leave the append-only file and the slow log, once a day and only when one has expired."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from click.testing import CliRunner
from collectors import wait_for
from made import ms

from collector.forgetting import expired, forget
from collector.trimming import command
from common.keys import Shard, forgotten

SITE = Shard("example.com")
SALT = b"A" + bytes(range(100, 130)) + b"Z"

EXPIRED = [
    # rotation, zone, last rewrite, now, the salts that expired between
    ("daily", "UTC", "2026-05-04 00:30", "2026-05-04 23:59", []),
    ("daily", "UTC", "2026-05-04 23:30", "2026-05-05 00:00", ["2026-05-03"]),
    ("daily", "UTC", "2026-05-01 00:00", "2026-05-05 00:00", ["2026-05-01", "2026-05-02", "2026-05-03"]),
    ("daily", "Asia/Kathmandu", "2026-05-04 18:00", "2026-05-04 18:20", ["2026-05-03"]),
    # Clocks went forward on 29 March: 48 h after the 28th began is 01:00 on the 30th.
    ("daily", "Europe/Berlin", "2026-03-29 12:00", "2026-03-29 22:30", []),
    ("daily", "Europe/Berlin", "2026-03-29 22:30", "2026-03-29 23:00", ["2026-03-28"]),
    ("weekly", "UTC", "2026-05-11 23:00", "2026-05-12 00:00", ["2026-05-04"]),
    ("monthly", "UTC", "2026-05-01 23:00", "2026-05-02 00:00", ["2026-04"]),
]


@pytest.fixture(autouse=True)
def known(redis: redis_py.Redis) -> None:
    """A Redis that has been asked before, long ago."""
    redis.set(forgotten(), "1")


def test_a_new_redis_has_nothing_to_forget(redis: redis_py.Redis) -> None:
    redis.delete(forgotten())
    assert forget(redis, {"example.com": "UTC"}, "daily", 1_777_982_400_000) == ""
    assert redis.get(forgotten()) == b"1777982400000"


@pytest.mark.parametrize(("rotation", "zone", "since", "now", "names"), EXPIRED)
def test_expired(rotation: str, zone: str, since: str, now: str, names: list[str]) -> None:
    assert expired({SITE.site: zone}, rotation, ms(since), ms(now)) == [SITE.salt(name) for name in names]


def files(client: redis_py.Redis) -> bytes:
    folder = Path(client.config_get("dir")["dir"]) / client.config_get("appenddirname")["appenddirname"]
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_the_file_forgets_when_a_salt_has_expired(redis: redis_py.Redis) -> None:
    redis.set(SITE.salt("2026-05-03"), SALT, px=1)
    wait_for(lambda: not redis.exists(SITE.salt("2026-05-03")))
    assert SALT in files(redis)
    zones = {SITE.site: "UTC"}
    assert forget(redis, zones, "daily", ms("2026-05-05 00:10")) == "append-only file rewritten without expired salts"
    wait_for(lambda: SALT not in files(redis))
    assert forget(redis, zones, "daily", ms("2026-05-05 23:00")) == ""
    assert redis.get(forgotten()) == str(ms("2026-05-05 00:10")).encode()


@pytest.mark.parametrize(("key", "left"), [(SITE.salt("2026-05-03"), False), ("somebody else's", True)])
def test_the_slow_log_is_cleared_of_salts_alone(redis: redis_py.Redis, key: str, left: bool) -> None:
    redis.slowlog_reset()
    redis.config_set("slowlog-log-slower-than", 0)
    redis.set(key, SALT)
    redis.config_set("slowlog-log-slower-than", 1_000_000)
    forget(redis, {SITE.site: "UTC"}, "daily", ms("2026-05-05 00:10"))
    assert any(SALT in entry["command"] for entry in redis.slowlog_get(-1)) == left


def test_a_redis_that_refuses_is_asked_once_a_day(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise redis_py.ResponseError("unknown command")

    monkeypatch.setattr(redis, "bgrewriteaof", refuse)
    assert "unknown command" in forget(redis, {SITE.site: "UTC"}, "daily", ms("2026-05-05 00:10"))
    assert forget(redis, {SITE.site: "UTC"}, "daily", ms("2026-05-05 01:10")) == ""


def test_the_daily_job_does_it(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    redis.hset("ff2:{sites}:known", "example.com", '{"zone":"UTC"}')
    wait_for(lambda: not redis.info("persistence")["aof_rewrite_in_progress"])
    done = CliRunner().invoke(command, catch_exceptions=False)
    assert "append-only file rewritten" in done.output
