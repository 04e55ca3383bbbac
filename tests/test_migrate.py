"""Keys of the version before get their new names, also where some have them already; nothing is lost or left."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from kills import POINTS, kill_after
from lives import load, random_traffic, same, told
from made import SITE, apply, event, ms

from collector.append import Registry
from collector.jobs.fold import open_days
from collector.jobs.rebuild import marked_days, rebuild
from collector.key_walk import OURS, walk
from collector.migrate import count_older, migrate, renamed
from collector.pieces import START, Entry
from common import keys, store
from common.frames import Traffic
from common.keys import Shard
from common.known import all_sites
from common.raw import read_day
from common.settings import Settings

FIRST = keys.ordinal("2026-05-01")
DAYS = 6
LAST = FIRST + DAYS - 1
NOW = ms(f"{keys.iso(LAST)} 23:59")
OTHER = Shard("b.example")


def make_older(client: redis_py.Redis) -> None:
    """Give all keys the names they had before; what there was not is dropped."""
    for shard in (SITE, OTHER):
        client.delete(shard.open(), shard.dense(), shard.archive(), shard.job())
    for name in client.scan_iter("ff2:*"):
        client.rename(name, keys.OLDER + name.decode().removeprefix(keys.SCHEMA))


@pytest.fixture
def older(redis: redis_py.Redis) -> redis_py.Redis:
    """Two sites of the version before, with everything that it kept."""
    load(redis, "UTC", random_traffic("UTC", FIRST, DAYS, seed=3, a_day=8))
    apply(redis, [event(1, NOW)], shard=OTHER)
    redis.hset(keys.sites(), OTHER.site, b"{}")
    redis.set(SITE.salt(keys.iso(LAST)), b"salt", ex=3_600)
    redis.set(SITE.trimmed(LAST), "1", ex=3_600)
    redis.hset(SITE.imports(), "piece", "1")
    Registry(redis, None).note(START, Entry(5, b"1" * 16, True))
    redis.set(keys.forgotten(), "5")
    redis.set(SITE.quarantine(SITE.live(), 5), "x")
    return redis


def dumped(client: redis_py.Redis) -> dict[str, bytes]:
    for name in client.scan_iter("*unique*"):
        client.pfcount(name)  # which notes the count in it
    return {name.decode(): client.dump(name) for name in client.scan_iter()}


def test_every_key_keeps_what_it_holds(older: redis_py.Redis, tmp_path: Path) -> None:
    before, expected = dumped(older), told(older, tmp_path, FIRST, LAST)
    opened = [name for name in before if name.endswith("visits:open")]
    make_older(older)
    assert count_older(older) == len(before) - len(opened)
    done = migrate(older)
    assert done == {"moved": len(before) - len(opened)}
    after = dumped(older)
    assert {name: after[name] for name in before if name not in opened} == {
        name: dump for name, dump in before.items() if name not in opened
    }
    assert after.keys() - before.keys() == {SITE.marked(), OTHER.marked()} - before.keys()
    assert open_days(older, SITE) == marked_days(older, SITE) == list(range(FIRST, LAST + 1))
    assert 0 < older.ttl(SITE.salt(keys.iso(LAST))) <= 3_600
    rebuild(older, SITE, marked_days(older, SITE), "UTC", NOW)
    same(told(older, tmp_path, FIRST, LAST), expected)
    assert migrate(older) == {}


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again(
    older: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    expected = told(older, tmp_path, FIRST, LAST)
    make_older(older)
    killed = kill_after(monkeypatch, point, lambda: migrate(older))
    if killed:
        with pytest.raises(store.OlderSchema, match="collector migrate"):
            store.refuse_older(older)
        migrate(older)
    store.refuse_older(older)
    assert count_older(older) == 0
    assert list(all_sites(older)) == [OTHER.site, SITE.site]
    rebuild(older, SITE, marked_days(older, SITE), "UTC", NOW)
    same(told(older, tmp_path, FIRST, LAST), expected)


def test_the_list_of_sites_is_the_last_to_move(older: redis_py.Redis) -> None:
    make_older(older)
    seen: list[bool] = []
    migrate(older, lambda done: seen.append(bool(older.exists(keys.OLDER_SITES))))
    assert all(seen)
    assert not older.exists(keys.OLDER_SITES)


def test_what_was_written_meanwhile_is_put_together(older: redis_py.Redis) -> None:
    """A collector of this version that met no Redis at its start has written; both events and both visitors count."""
    make_older(older)
    count = len(read_day_older(older, LAST))
    fresh = [event(4_000, NOW + 1, "/fresh"), event(4_001, NOW + 2, "/fresh")]
    apply(older, fresh)
    older.set(SITE.salt(keys.iso(LAST)), b"another", ex=3_600)
    done = migrate(older)
    assert done["merged"] >= 2  # state and HyperLogLog
    assert len(read_day(older, SITE, LAST)) == count + 2
    assert older.llen(SITE.raw(LAST, 1)) > 0
    rebuild(older, SITE, marked_days(older, SITE), "UTC", NOW)
    day = keys.iso(LAST)
    frame = Traffic(site=SITE.site, client=older, settings=Settings()).breakdown("page", day, day)
    assert frame.set_index("page")["pageviews"]["/fresh"] == 2
    states = {name for name in older.hkeys(SITE.state()) if name.startswith(b"v:")}
    assert {f"v:{number:016x}".encode() for number in (4_000, 4_001)} < states
    aside = [seen.name for seen in walk(older, OURS) if ":quarantine:" in seen.name]
    assert any(name.endswith(f"visits:daily:{day}") for name in aside)
    assert any(name.endswith("salt:" + day) for name in aside)
    assert all(older.ttl(name) > 0 for name in aside if ":salt:" in name)


def read_day_older(client: redis_py.Redis, day: int) -> list[bytes]:
    """Events of a day under its old name."""
    name = keys.OLDER + SITE.raw(day, 0).removeprefix(keys.SCHEMA)
    client.copy(name, "copied")
    client.rename("copied", SITE.raw(1, 0))
    found = read_day(client, SITE, 1)
    client.delete(SITE.raw(1, 0))
    return found  # type: ignore[return-value]


def test_keys_that_are_not_known_stay(older: redis_py.Redis) -> None:
    make_older(older)
    older.set("ff1:{odd}:thing", "x")
    assert migrate(older)["unknown"] == 1
    assert older.get("ff1:{odd}:thing") == b"x"


def test_names() -> None:
    assert renamed("ff1:{a.com.0}:visits:state") == Shard("a.com").state()
