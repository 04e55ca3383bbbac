"""The month's hash as it is kept: its fields, when it goes, and what reading it costs."""

from __future__ import annotations

import redis as redis_py
from made import ms

from common import keys
from common.budget import Reading
from common.ledger import entries, note, read_months, read_server

NOW = ms("2026-11-24 10:00")


def test_entries_carry_their_own_cost() -> None:
    name = "ff2:{budget}:commands:2026-11"
    assert entries("flush", 7, NOW) == (
        ("HINCRBY", name, "24:flush", 9),
        ("EXPIREAT", name, ms("2027-12-02 00:00") // 1_000),
    )


def test_counts_add_up_and_expire(redis: redis_py.Redis) -> None:
    for purpose, commands in (("flush", 8), ("flush", 3), ("read", 1)):
        for entry in entries(purpose, commands, NOW):
            redis.execute_command(*entry)
    assert redis.hgetall(keys.commands("2026-11")) == {b"24:flush": b"15", b"24:read": b"3"}
    assert redis.expiretime(keys.commands("2026-11")) == ms("2027-12-02 00:00") // 1_000


def test_the_base_is_written_once(redis: redis_py.Redis) -> None:
    began = ms("2026-11-20 00:00")
    note(redis, Reading("r", 10, began), NOW)
    note(redis, Reading("r", 30, ms("2026-01-01 00:00")), NOW)
    assert redis.hgetall(keys.commands("2026-11")) == {b"24:@r": b"30", b"base:@r": f"0 {began}".encode()}


def test_the_server_counts_inner_commands_too(redis: redis_py.Redis) -> None:
    before = read_server(redis, NOW)
    redis.eval("for i = 1, 9 do redis.call('GET', KEYS[1]) end", 1, "x")
    after = read_server(redis, NOW)
    assert before
    assert after
    assert after.total - before.total == 11  # INFO, EVAL and nine GET
    assert after.run == before.run
    assert before.began <= NOW


def test_who_may_not_ask_gets_no_reading(redis: redis_py.Redis, redis_url: str) -> None:
    redis.execute_command("ACL", "SETUSER", "blind", "on", "nopass", "~*", "+@all", "-info")
    try:
        client = redis_py.Redis.from_url(redis_url, username="blind", password="x", protocol=2)
        assert read_server(client, NOW) is None
        for entry in entries("flush", 8, NOW):
            client.execute_command(*entry)
        assert [month.purposes() for month in read_months(client, NOW)] == [{}, {"flush": 10}]
        client.close()
    finally:
        redis.acl_deluser("blind")


def test_two_months_in_three_commands(redis: redis_py.Redis) -> None:
    for entry in (*entries("flush", 5, NOW), *entries("read", 1, ms("2026-10-31 23:59"))):
        redis.execute_command(*entry)
    before = read_server(redis, NOW)
    months = read_months(redis, NOW)
    after = read_server(redis, NOW)
    assert before
    assert after
    assert after.total - before.total - 1 == 3
    assert [(month.name, month.purposes().get("flush", 0), month.purposes().get("read", 0)) for month in months] == [
        ("2026-10", 0, 3),
        ("2026-11", 7, 0),
    ]
