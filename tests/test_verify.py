"""Traffic that was flushed holds; every kind of damage is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lives
import pytest
import redis as redis_py
from hypothesis import given
from made import SITE, apply, event, ms
from test_truth import SLOW, send, traffic

from collector import verify as module
from collector.jobs.rebuild import marked_days, rebuild
from collector.verify import runs, verify
from collector.verify_shard import days_of
from common import dense, keys, manifest
from common.archive import Archive
from common.calendars import calendar
from common.dense import DayRows
from common.events import Event
from common.history import History
from common.rollups import METRICS
from common.rows import pack_events, pack_row
from common.settings import Settings

DAY = keys.ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")


def faults(client: redis_py.Redis, zone: str = "UTC", archive: Archive | None = None) -> list[str]:
    days = sorted(days_of(client, SITE))
    return [str(fault) for fault in verify(History(client, archive), SITE, days, calendar(zone))]


@SLOW
@given(case=traffic())
def test_random_traffic_holds(redis: redis_py.Redis, case: tuple) -> None:
    redis.flushall()
    zone, persons, draw = case
    events = [item for events in persons.values() for item in events]
    draw.shuffle(events)
    send(redis, zone, events, 2, draw)
    rebuild(redis, SITE, marked_days(redis, SITE), zone, max(item.time for item in events))
    assert faults(redis, zone) == []


def grown(client: redis_py.Redis, name: str) -> None:
    """One more pageview in a row."""
    client.hset(SITE.daily(DAY), name, pack_row([9] + [1] * (len(METRICS) - 1)))


DAMAGE: list[tuple[Callable[[redis_py.Redis], object], str]] = [
    (lambda r: grown(r, "page=/"), "1 rows differ from a recount: page=/"),
    (lambda r: grown(r, "source=Bing"), "pageviews by source add up to 10, in all there are 1"),
    (lambda r: r.hdel(SITE.daily(DAY), "event=pageview"), "1 rows differ from a recount: event=pageview"),
    (lambda r: r.set(SITE.daily(DAY), "x"), "the rollups are of a wrong type"),
    (lambda r: r.pfadd(SITE.unique(DAY), *range(50)), "the HyperLogLog tells 51 visitors, there are 1"),
    (lambda r: r.rpush(SITE.raw(DAY, 0), pack_events([event(2, NOON)])), "1 raw events are noted, 2 are there"),
]


@pytest.mark.parametrize(("damage", "told"), DAMAGE)
def test_damage_is_found(redis: redis_py.Redis, damage: Callable[[redis_py.Redis], object], told: str) -> None:
    apply(redis, [event(1, NOON)])
    assert faults(redis) == []
    damage(redis)
    assert any(told in fault for fault in faults(redis)), faults(redis)
    if "raw" not in told:
        rebuild(redis, SITE, [DAY], "UTC", NOON)
        assert faults(redis) == []


FIRST = keys.ordinal("2026-02-20")
DAYS = 45  # to 2026-04-05: a whole month between two cut ones
NOW = ms("2026-04-05 12:00")
OF_MONTH, OF_FOLDED, OF_RAW = FIRST + 20, FIRST + 41, FIRST + 42


@pytest.fixture
def tended(redis: redis_py.Redis, tmp_path: Path) -> Archive:
    """Days of every kind: open, folded with raw events, folded and archived, of closed months."""
    lives.tended(redis, tmp_path, "UTC", FIRST, DAYS, seed=8, a_day=8, now=NOW, raw_days=3)
    return Archive.open(Settings(data=tmp_path))


def change(client: redis_py.Redis, day: int, events: int = 0, **rows: list[int]) -> None:
    """Other rows in a folded day."""
    found = dense.decode_day(client.hget(SITE.dense(), keys.iso(day))).day_rows()
    client.hset(SITE.dense(), keys.iso(day), dense.encode_day(DayRows(found.rows | rows, found.events + events)))


def again(client: redis_py.Redis, archive: Archive, day: int) -> list[Event]:
    """Put an archived day's events into Redis, too."""
    events = History(client, archive).archived(SITE, [day])[day]
    client.rpush(SITE.raw(day, 0), pack_events(events))
    return events


CLOSED: list[tuple[Callable[[redis_py.Redis, Archive], object], int, str]] = [
    (lambda r, a: change(r, OF_FOLDED, **{"page=/x": [1] * len(METRICS)}), OF_FOLDED, "1 rows differ from a recount"),
    (lambda r, a: change(r, OF_FOLDED, 1), OF_FOLDED, "raw events are noted"),
    (lambda r, a: r.hset(SITE.dense(), keys.iso(OF_FOLDED), b"ffd\x01 cut"), OF_FOLDED, "cannot be read"),
    (lambda r, a: r.hset(SITE.dense(), keys.iso(OF_FOLDED), b"ffd\x63" + bytes(20)), OF_FOLDED, "newer Footfall"),
    (lambda r, a: r.delete(SITE.raw(OF_RAW, 0)), OF_RAW, "raw events are noted, 0 are there"),
    (lambda r, a: r.set(SITE.raw(OF_RAW, 0), "x"), OF_RAW, "has a wrong type"),
    (lambda r, a: again(r, a, OF_MONTH), OF_MONTH, "lie in two places"),
    (lambda r, a: again(r, a, OF_MONTH), OF_MONTH, "raw events are noted"),
    (lambda r, a: r.pfadd(SITE.unique(OF_FOLDED), *range(99)), OF_FOLDED, "the HyperLogLog tells"),
    (lambda r, a: r.set(SITE.unique(OF_FOLDED), "x"), OF_FOLDED, "the HyperLogLog is of a wrong type"),
]


@pytest.mark.parametrize(("damage", "day", "told"), CLOSED)
def test_damage_of_a_closed_day_is_found(
    redis: redis_py.Redis,
    tended: Archive,
    damage: Callable[[redis_py.Redis, Archive], object],
    day: int,
    told: str,
) -> None:
    assert faults(redis, archive=tended) == []
    damage(redis, tended)
    found = faults(redis, archive=tended)
    assert any(fault.startswith(keys.iso(day)) and told in fault for fault in found), found
    assert not list(redis.scan_iter("*shadow*"))


def test_a_closed_month_is_checked_by_its_file(redis: redis_py.Redis, tended: Archive) -> None:
    name, file = next(
        (n, f) for n, f in manifest.files(redis, SITE).items() if f.kind == "rows" and OF_MONTH in dict(f.days)
    )
    days, uniques = dense.rows_of(tended.read(name))
    days[OF_MONTH].rows["page=/docs"][0] += 1
    uniques[OF_MONTH] = uniques[OF_MONTH + 1]
    other = tended.write(manifest.new_name(SITE, "rows", "2026-03"), dense.rows_table(days, uniques), "rows")
    redis.hdel(SITE.archive(), name)
    redis.hset(SITE.archive(), other.name, manifest.encoded(file))
    assert any("1 rows differ from a recount: page=/docs" in fault for fault in faults(redis, archive=tended))


def test_what_came_late_to_a_folded_day_waits_for_the_daily_job(redis: redis_py.Redis, tended: Archive) -> None:
    apply(redis, [event(5, ms(f"{keys.iso(OF_FOLDED)} 12:00"))])
    assert faults(redis, archive=tended) == []
    redis.delete(SITE.raw(OF_FOLDED, 0))
    assert any("raw events are noted" in fault for fault in faults(redis, archive=tended))


def test_a_day_that_is_written_to_all_the_time_is_passed_over(
    redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(redis, [event(1, NOON), event(1, NOON - 86_400_000)])
    real = module.recount

    def beside(*given: Any) -> Any:
        found = real(*given)
        redis.hincrby(SITE.daily(DAY), "revision", 1)
        return found

    monkeypatch.setattr(module, "recount", beside)
    grown(redis, "page=/")
    redis.hset(SITE.daily(DAY - 1), "page=/", pack_row([9]))
    assert [fault[:10] for fault in faults(redis)] == ["2026-05-04"]


def test_runs() -> None:
    assert list(runs([1, 2, 4, 5])) == [[1, 2], [4, 5]]
    assert [len(run) for run in runs(range(20))] == [8, 8, 4]
