"""A day's hash becomes one field and tells the same; one that is written to or marked meanwhile stays a hash."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.jobs.calls import Changed
from collector.jobs.fold import closed_day, fold, open_days
from collector.jobs.lease import Lease
from common import keys
from common.arrays import Rows, decode, listed
from common.frames import Traffic
from common.raw import raw_days
from common.settings import Settings

DAY = keys.ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")


def pages(client: redis_py.Redis) -> dict[str, int]:
    traffic = Traffic(site=SITE.site, client=client, settings=Settings())
    frame = traffic.breakdown("page", "2026-05-05", "2026-05-05")
    return dict(zip(frame["page"], frame["pageviews"], strict=True))


def test_a_folded_day_tells_the_same(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, NOON, "/a"), event(2, NOON, "/a"), event(2, NOON + 1, "/b")])
    assert open_days(redis, SITE) == [DAY]
    stored, before = listed(decode(redis.hgetall(SITE.daily(DAY)))), pages(redis)
    with Lease(redis, SITE) as lease:
        fold(lease, [DAY])
    assert not redis.exists(SITE.daily(DAY))
    assert open_days(redis, SITE) == []
    assert raw_days(redis, SITE) == {DAY}
    held = closed_day(redis, SITE, DAY)
    assert held
    assert (held.rows, held.events) == (stored, 3)
    assert pages(redis) == before == {"/a": 2, "/b": 1}


def test_what_comes_later_is_added(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, NOON, "/a")])
    with Lease(redis, SITE) as lease:
        fold(lease, [DAY])
    apply(redis, [event(1, NOON + 1, "/a"), event(3, NOON, "/c")])
    assert open_days(redis, SITE) == [DAY]
    assert pages(redis) == {"/a": 2, "/c": 1}


@pytest.mark.parametrize("what", ["written", "marked"])
def test_a_day_that_changed_stays(redis: redis_py.Redis, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(redis, [event(1, NOON, "/a")])
    real = decode

    def meanwhile(stored: dict[bytes, bytes]) -> Rows:
        if what == "written":
            apply(redis, [event(2, NOON, "/b")])
        else:
            redis.hset(SITE.marked(), keys.iso(DAY), 1)
        return real(stored)

    monkeypatch.setattr("collector.jobs.fold.decode", meanwhile)
    with Lease(redis, SITE) as lease, pytest.raises(Changed):
        fold(lease, [DAY])
    assert closed_day(redis, SITE, DAY) is None
    assert pages(redis)["/a"] == 1
