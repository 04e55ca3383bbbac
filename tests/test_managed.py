"""A Redis as providers give it, without CONFIG and other commands: what is read all the same, and what doctor says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis as redis_py
from made import SITE, apply, event, ms
from redis.exceptions import NoPermissionError, ResponseError

from collector.doctor import examine, report
from common import durability, keys, managed, store
from common.known import Known, encode
from common.settings import Settings

NOON = ms("2026-05-05 12:00")
#: What ElastiCache keeps to itself, as its documentation lists it, and more that others do.
KEPT = "-config -bgrewriteaof -bgsave -debug -migrate -replicaof -save -shutdown -sync -slowlog -acl -lastsave"


@pytest.fixture
def rented(redis: redis_py.Redis, redis_url: str) -> Iterator[redis_py.Redis]:
    """A healthy database, seen by a user who may do what a provider's customer may."""
    apply(redis, [event(1, NOON)])
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", NOON)))
    redis.set(keys.forgotten(), NOON)
    redis.execute_command("ACL", "SETUSER", "rented", "reset", "on", ">pw", "~*", "+@all", *KEPT.split())
    try:
        with store.connect(redis_url.replace("unix://", "unix://rented:pw@")) as client:
            yield client
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.execute_command("ACL", "DELUSER", "rented")


def test_info_tells_what_config_does_not(rented: redis_py.Redis) -> None:
    with pytest.raises(NoPermissionError):
        rented.config_get("maxmemory-policy")
    found = durability.look(rented)
    assert found == {
        "maxmemory": "0",
        "maxmemory-policy": "noeviction",
        "appendonly": "yes",
        managed.TOLD_BY_INFO: "yes",
    }
    assert [finding.fatal for finding in durability.judge(found)] == [False]


def test_a_provider_that_evicts_stops_the_start(redis: redis_py.Redis, rented: redis_py.Redis) -> None:
    """The default of several providers: salts would go, and visitors count twice."""
    redis.config_set("maxmemory-policy", "volatile-lru")
    first, *_ = durability.judge(durability.look(rented))
    assert first.fatal
    assert "volatile-lru" in first.problem
    assert "parameter group" in first.cure
    assert "CONFIG SET" not in first.cure


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({}, "does not tell its settings"),
        ({"maxmemory-policy": "noeviction", "appendonly": "yes"}, "how often it syncs"),
        ({"maxmemory-policy": "noeviction", "appendonly": "no"}, "no append-only file"),
        ({"maxmemory-policy": "noeviction"}, "how often it syncs"),
        ({"maxmemory-policy": "allkeys-lru", "appendonly": "yes"}, "delete days of figures"),
    ],
)
def test_what_is_said_of_it(told: dict[str, str], named: str) -> None:
    first, *_ = managed.judge(told)
    assert named in first.problem
    assert first.fatal == ("allkeys" in str(told))


def test_doctor_gets_through_and_is_content_once_its_loss_is_accepted(rented: redis_py.Redis) -> None:
    said: list[str] = []
    assert report(examine(rented, settings=Settings()), said.append) == 1
    assert "how often it syncs" in said[0]
    said.clear()
    assert report(examine(rented, settings=Settings(accept_loss=True)), said.append) == 0
    assert said[0].startswith("Besides: this Redis does not tell how often it syncs")


def test_a_command_that_is_refused_ends_its_step_alone(redis: redis_py.Redis, rented: redis_py.Redis) -> None:
    redis.execute_command("ACL", "SETUSER", "rented", "-time", "-dbsize")
    redis.set("ff2:{odd}:thing", "x")
    found = list(examine(rented, settings=Settings(accept_loss=True)))
    assert sum("not everything could be looked at" in one.problem for one in found) == 2
    assert any("ff2:{odd}:thing" in one.problem for one in found)


def test_scripts_that_do_not_run(redis: redis_py.Redis, rented: redis_py.Redis) -> None:
    assert list(managed.scripts(rented)) == []
    redis.execute_command("ACL", "SETUSER", "rented", "-eval", "-evalsha")
    ((problem, _),) = managed.scripts(rented)
    assert "scripts do not run" in problem


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("unknown command 'CONFIG', with args beginning with: 'GET'", True),
        ("NOPERM User rented has no permissions", True),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", False),
        ("OOM command not allowed when used memory > 'maxmemory'.", False),
        ("wrong number of arguments", False),
    ],
)
def test_a_refusal_is_told_from_a_fault(message: str, refused: bool) -> None:
    assert managed.refused(ResponseError(message)) is refused


@pytest.mark.parametrize(
    ("info", "version"),
    [({"redis_version": "6.2.14"}, "6.2.14"), ({"redis_version": "6.2.6", "upstash_version": "1.10.5"}, ""), ({}, "")],
)
def test_versions_of_stand_ins_are_not_judged(info: dict[str, str], version: str) -> None:
    assert managed.version_of(info) == version
