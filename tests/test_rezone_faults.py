"""A change of zone that is killed, met by traffic, or that cannot be: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
import redis as redis_py
from exported import LAST, NOW, ZONE, drop, whole
from lives import load, same, tend
from made import SITE, apply, event
from zoned_site import DROPPED, archive, counted, faults, from_the_beginning, kept, rezoned, swept, told

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs import rezone as module
from collector.jobs.lease import Lease, Lost
from collector.jobs.rebuild import marked_days, rebuild
from collector.jobs.rezone import Rezoned, Rezoning
from common import keys, manifest, store
from common.calendars import calendar
from common.events import Event
from common.history import History
from common.known import Known, one_site
from common.raw import raw_days


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("again", ["rebuild", "the same"])
def test_killed_around_its_script(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool, again: str
) -> None:
    whole(redis, tmp_path / "a")
    events, before = kept(redis, tmp_path / "a"), told(redis, tmp_path / "a")
    real = module.call

    def call(lease: Lease, name: str, *rest: object) -> None:
        if after:
            real(lease, name, *rest)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, "call", call)
        with pytest.raises(Killed):
            rezoned(redis, tmp_path / "a", "Europe/Berlin")
    if not after:
        same(told(redis, tmp_path / "a"), before)
        assert faults(redis, tmp_path / "a", ZONE) == []
    assert counted(kept(redis, tmp_path / "a")) == counted(events)
    if after and again == "rebuild":
        rebuild(redis, SITE, marked_days(redis, SITE), "Europe/Berlin", NOW, archive=archive(tmp_path / "a"))
        assert tend(redis, tmp_path / "a", "Europe/Berlin", NOW, raw_days=5).faults == []
    else:
        assert rezoned(redis, tmp_path / "a", "Europe/Berlin").regrouped is not after
    assert faults(redis, tmp_path / "a", "Europe/Berlin") == []
    assert swept(redis, tmp_path / "a", "Europe/Berlin")
    same(told(redis, tmp_path / "a"), from_the_beginning(redis, tmp_path / "b", "Europe/Berlin", events))


def test_a_reply_that_is_lost(redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script ran, but nobody heard of it: new files must not be taken for left over."""
    whole(redis, tmp_path)
    events, real = kept(redis, tmp_path), module.call

    def call(lease: Lease, name: str, *rest: object) -> None:
        real(lease, name, *rest)  # type: ignore[arg-type]
        raise redis_py.ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(module, "call", call)
        with pytest.raises(redis_py.ConnectionError):
            rezoned(redis, tmp_path, "Europe/Berlin")
    redis.delete(SITE.job())  # a lease that could not be given back ends by itself
    assert not rezoned(redis, tmp_path, "Europe/Berlin").regrouped
    assert counted(kept(redis, tmp_path)) == counted(events)
    assert faults(redis, tmp_path, "Europe/Berlin") == []


#: Of today, of yesterday, and late ones of folded, of archived days and of closed months.
AGO = (0, 1, 4, 5, 9, 20, 38)


@pytest.mark.parametrize("place", ["prepare", "call"])
def test_events_that_come_meanwhile(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Before the last look they come along; between it and the script they make it be refused. None is lost."""
    whole(redis, tmp_path / "a")
    draw, events = random.Random(2), kept(redis, tmp_path / "a")
    late = [event(100 + ago, NOW - ago * 86_400_000 - draw.randrange(10**7), "/late") for ago in AGO]
    waiting, owners = list(late), list[bytes]()
    owner = module.Regrouping if place == "prepare" else module
    real = getattr(owner, place)

    def between(*given: object) -> object:
        done = real(*given) if place == "prepare" else None
        owners.append((redis.hget(SITE.state(), keys.LEASE) or b"").partition(b" ")[0])
        if waiting:
            redis.hdel(SITE.state(), keys.LEASE)  # as if it had taken longer than they wait
            apply(redis, [waiting.pop()], ZONE)
        return done if place == "prepare" else real(*given)

    monkeypatch.setattr(owner, place, between)
    rezoned(redis, tmp_path / "a", "Europe/Berlin")
    assert waiting == []
    assert set(owners[2 if place == "prepare" else 0 :]) == {b"zone"}
    assert counted(kept(redis, tmp_path / "a")) == counted([*events, *late])
    assert faults(redis, tmp_path / "a", "Europe/Berlin") == []
    assert swept(redis, tmp_path / "a", "Europe/Berlin")
    assert not list(redis.scan_iter("*shadow*"))
    same(told(redis, tmp_path / "a"), from_the_beginning(redis, tmp_path / "b", "Europe/Berlin", [*events, *late]))


def test_what_was_not_counted_meanwhile(redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It changes no list of events."""
    whole(redis, tmp_path)
    real, times = module.call, iter(range(2))

    def call(*given: object) -> None:
        if next(times, None) is not None:
            redis.hdel(SITE.state(), keys.LEASE)
            drop(redis, LAST, {"spam": 100})
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "call", call)
    rezoned(redis, tmp_path, "Europe/Berlin")
    dropped = told(redis, tmp_path)["dropped"].set_index("reason")["events"]
    assert dropped["spam"] == 3 * len(DROPPED) + 200


def test_while_traffic_goes_on(redis: redis_py.Redis, redis_url: str, tmp_path: Path) -> None:
    """Two collectors, one of which has not heard of the change, and visitors whose visits are open all the time."""
    now = time.time_ns() // 1_000_000
    load(redis, ZONE, [[event(n % 50, now - n * 600_000, f"/{n % 7}") for n in range(1, 400)]])
    over, sent = threading.Event(), list[Event]()

    def live(zone: str, first: int) -> None:
        with store.connect(redis_url) as client:
            flusher, number = Flusher(client, zone), 0
            while not over.is_set():
                number += 1
                some = [event(n % 50, time.time_ns() // 1_000_000, f"/live{first + number}") for n in range(5)]
                batch = Batch(SITE.site, zone, some[0].time, 0, some)
                flusher.apply(SITE, [Numbered(number, batch)], time.time_ns() // 1_000_000)
                sent.extend(some)

    threads = [threading.Thread(target=live, args=(zone, n)) for n, zone in enumerate((ZONE, "Asia/Kathmandu"))]
    for thread in threads:
        thread.start()
    try:
        rezoned(redis, tmp_path, "Asia/Kathmandu", now)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    events = History(redis, archive(tmp_path)).events(
        SITE, range(calendar(ZONE).day(now) - 5, calendar(ZONE).day(now) + 3)
    )
    assert sum(map(len, events.values())) == 399 + len(sent) > 410
    if marked := marked_days(redis, SITE):
        rebuild(redis, SITE, marked, "Asia/Kathmandu", now, archive=archive(tmp_path))
    assert faults(redis, tmp_path, "Asia/Kathmandu") == []


def test_events_that_are_lacking(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Figures that could not be made again are not thrown away, unless that is wanted."""
    whole(redis, tmp_path)
    lost = min(raw_days(redis, SITE))
    redis.delete(SITE.raw(lost, 0))
    before, dense = sorted(redis.scan_iter("*")), redis.hgetall(SITE.dense())
    with (
        Lease(redis, SITE) as lease,
        pytest.raises(module.StoreError, match=f"{keys.iso(lost)} had .* only 0 are found"),
    ):
        Rezoning(lease, archive(tmp_path), "UTC", clock=lambda: NOW).run(5)
    assert (sorted(redis.scan_iter("*")), redis.hgetall(SITE.dense())) == (before, dense)
    assert sorted(archive(tmp_path).names(SITE.site)) == sorted(manifest.files(redis, SITE))
    with Lease(redis, SITE) as lease:
        assert Rezoning(lease, archive(tmp_path), "UTC", lossy=True, clock=lambda: NOW).run(5).regrouped
    assert faults(redis, tmp_path, "UTC") == []


def test_a_job_that_began_before_ends(redis: redis_py.Redis, tmp_path: Path) -> None:
    whole(redis, tmp_path)
    rezoned(redis, tmp_path, "Europe/Berlin")
    with pytest.raises(Lost, match="its zone is Europe/Berlin by now"):
        tend(redis, tmp_path, ZONE, NOW)
    with pytest.raises(Lost, match="its zone is Europe/Berlin by now"):
        rebuild(redis, SITE, [LAST], ZONE, NOW, archive=archive(tmp_path))
    assert faults(redis, tmp_path, "Europe/Berlin") == []


def test_a_site_without_days(redis: redis_py.Redis, tmp_path: Path) -> None:
    redis.hset(keys.sites(), SITE.site, b"{}")
    assert rezoned(redis, tmp_path, "Asia/Kathmandu") == Rezoned(regrouped=True)
    assert one_site(redis, SITE.site) == Known("Asia/Kathmandu")


def test_an_archive_that_an_emptied_redis_knows_nothing_of(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Neither the daily job nor a change takes it for left over."""
    whole(redis, tmp_path)
    names = archive(tmp_path).names(SITE.site)
    redis.flushall()
    load(redis, "UTC", [[event(1, NOW)]])
    with Lease(redis, SITE) as lease:
        done = Rezoning(lease, archive(tmp_path), ZONE, clock=lambda: NOW).run(5)
    assert done.regrouped
    assert "rebuild --from-archive" in done.faults[0]
    assert archive(tmp_path).names(SITE.site) == names
    drop(redis, LAST, {"spam": 1})
