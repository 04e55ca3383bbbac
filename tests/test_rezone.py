"""A site's days by another zone: all that is told equals that of a site which had it from the beginning."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import redis as redis_py
from exported import DAYS, FIRST, LAST, NOW, ZONE, everything, whole
from lives import load, random_traffic, same, tend
from made import SITE, apply, event
from zoned_site import DROPPED, ZONES, counted, faults, from_the_beginning, kept, rezoned, swept, told

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs.months import closed_months, dense_days
from collector.jobs.rebuild import marked_days
from common import keys
from common.calendars import calendar
from common.known import Known, one_site
from common.raw import raw_days
from common.states import State


@pytest.mark.parametrize("zone", ZONES)
def test_as_if_it_had_been_so_always(redis: redis_py.Redis, tmp_path: Path, zone: str) -> None:
    whole(redis, tmp_path / "a")
    before = kept(redis, tmp_path / "a")
    assert closed_months(redis, SITE) == {"2026-02", "2026-03"}
    done = rezoned(redis, tmp_path / "a", zone)
    assert (done.regrouped, done.events) == (True, len(before))
    assert counted(kept(redis, tmp_path / "a")) == counted(before)
    assert (one_site(redis, SITE.site), redis.hget(SITE.state(), keys.ZONE)) == (Known(zone, 1), zone.encode())
    assert marked_days(redis, SITE) == []
    assert "2026-03" in closed_months(redis, SITE)
    assert dense_days(redis, SITE)
    assert raw_days(redis, SITE)
    assert faults(redis, tmp_path / "a", zone) == []
    assert swept(redis, tmp_path / "a", zone)
    assert not list(redis.scan_iter("*shadow*"))
    assert not redis.hexists(SITE.state(), keys.LEASE)
    found = told(redis, tmp_path / "a")
    assert found["dropped"].set_index("reason")["events"].to_dict()["spam"] == 3 * len(DROPPED)
    same(found, from_the_beginning(redis, tmp_path / "b", zone, before))


def test_there_and_back(redis: redis_py.Redis, tmp_path: Path) -> None:
    whole(redis, tmp_path)
    before, names, opened = told(redis, tmp_path), set(redis.scan_iter("*")), redis.smembers(SITE.open())
    rezoned(redis, tmp_path, "Pacific/Kiritimati")
    assert redis.exists(SITE.daily(LAST + 1)) == 1  # today, a day ahead
    rezoned(redis, tmp_path, ZONE)
    same(told(redis, tmp_path), before, ids=False)
    assert (set(redis.scan_iter("*")), redis.smembers(SITE.open())) == (names, opened)


def test_figures_of_unsettled_traffic(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Nothing was closed before, so that both sites settle the same events by themselves."""
    zone, now = "Asia/Kathmandu", calendar(ZONE).start(FIRST + 6)
    parts = random_traffic(ZONE, FIRST, 6, seed=3)
    load(redis, ZONE, parts)
    rezoned(redis, tmp_path, zone, now)
    found = everything(redis, tmp_path, FIRST - 1, FIRST + 7)
    redis.flushall()
    load(redis, zone, parts)
    assert tend(redis, tmp_path / "b", zone, now, raw_days=5).faults == []
    same(found, everything(redis, tmp_path / "b", FIRST - 1, FIRST + 7), ids=False)


def test_visits_go_on(redis: redis_py.Redis, tmp_path: Path) -> None:
    """What comes after the change, from a collector that has not heard of it, continues visits that are open."""
    whole(redis, tmp_path / "a")
    stale = State("human", day=LAST - 9)
    redis.hset(SITE.state(), keys.visitor_field(1), b"0000" + msgspec.msgpack.encode(stale))
    open_visit = [event(7, NOW + minute * 60_000, f"/{minute}") for minute in (1, 2)]
    apply(redis, open_visit[:1], ZONE)
    rezoned(redis, tmp_path / "a", "Europe/Berlin", NOW + 90_000)
    assert not redis.hexists(SITE.state(), keys.visitor_field(1))
    apply(redis, open_visit[1:], ZONE)
    assert faults(redis, tmp_path / "a", "Europe/Berlin") == []
    before = kept(redis, tmp_path / "a")
    same(told(redis, tmp_path / "a"), from_the_beginning(redis, tmp_path / "b", "Europe/Berlin", before))


def test_a_site_that_was_written_to_by_two_zones(redis: redis_py.Redis, tmp_path: Path) -> None:
    """As a changed setting did it once: grouping by the zone it has already mends that."""
    parts = random_traffic(ZONE, FIRST, DAYS, seed=5)
    load(redis, "UTC", parts[:30])
    assert tend(redis, tmp_path / "a", "UTC", NOW, raw_days=5).faults == []
    redis.hdel(SITE.state(), keys.ZONE)
    load(redis, ZONE, parts[30:])
    for number, day in enumerate(DROPPED):
        received = calendar(ZONE).start(day) + 3_600_000
        batch = Batch(SITE.site, ZONE, received, 0, [], {"spam": 3, "invalid": day - FIRST})
        Flusher(redis, f"two-{number}").apply(SITE, [Numbered(1, batch)], received)
    before = kept(redis, tmp_path / "a")
    assert rezoned(redis, tmp_path / "a", ZONE).regrouped
    assert faults(redis, tmp_path / "a", ZONE) == []
    assert not rezoned(redis, tmp_path / "a", ZONE).regrouped
    same(told(redis, tmp_path / "a"), from_the_beginning(redis, tmp_path / "b", ZONE, before))
