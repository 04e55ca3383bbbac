"""One job of a shard at a time; a killed one's lease ends, a lost one is noticed."""

from __future__ import annotations

import threading

import pytest
import redis as redis_py
from made import SITE

from collector.jobs import lease as module
from collector.jobs.calls import call
from collector.jobs.lease import Busy, Lease, Lost


def test_one_at_a_time(redis: redis_py.Redis) -> None:
    waited: list[int] = []
    with Lease(redis, SITE) as first:
        assert redis.get(SITE.job()) == first.token.encode()
        with pytest.raises(Busy, match=r"example\.com: another job"), Lease(redis, SITE, 0.2, lambda: waited.append(1)):
            pass
        first.check()
    assert waited == [1]
    assert not redis.exists(SITE.job())
    with Lease(redis, SITE, 0):
        pass


def test_who_waits_goes_on_when_the_other_is_done(redis: redis_py.Redis) -> None:
    got = threading.Event()

    def second() -> None:
        with Lease(redis, SITE, 10):
            got.set()

    with Lease(redis, SITE):
        thread = threading.Thread(target=second)
        thread.start()
        assert not got.wait(0.3)
    assert got.wait(5)
    thread.join()


def test_a_living_job_keeps_its_lease_and_a_killed_one_loses_it(
    redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIFE", 1.5)  # renewed every 0.5 s; a busy machine may stop us for longer than 0.2
    with Lease(redis, SITE) as held:
        with pytest.raises(Busy), Lease(redis, SITE, 4.0):
            pass
        held._over.set()  # what a kill does: nobody renews
        with Lease(redis, SITE, 5), pytest.raises(Lost):
            held.check()


def test_a_script_refuses_who_lost_the_lease(redis: redis_py.Redis) -> None:
    with Lease(redis, SITE) as held:
        redis.set(SITE.job(), "another")
        with pytest.raises(Lost):
            call(held, "fold", [SITE.dense(), SITE.open(), SITE.marked()], {"days": [], "revisions": [], "blobs": []})
    assert not redis.exists(SITE.dense())
