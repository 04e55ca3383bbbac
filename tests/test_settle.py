"""Visits over midnight keep together under one id, `before` goes, and what else was written stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import redis as redis_py
from hypothesis import given
from hypothesis import strategies as st
from made import SITE, apply, event, ms
from test_derive import SLOW, crowd

from collector.jobs.lease import Lease
from collector.jobs.rebuild import marked_days
from collector.jobs.settle import A_BLOCK, settle, settled_events, settled_table
from common import keys
from common.archive import Archive
from common.blocks import is_linked, pack_table
from common.calendars import calendar
from common.columns import events_of, table_of
from common.events import Event
from common.frames import Traffic
from common.history import History
from common.raw import lengths, read_day
from common.rows import count_events
from common.settings import Settings

DAY = keys.ordinal("2026-05-05")
LATE, MIDNIGHT = ms("2026-05-05 23:50"), ms("2026-05-06 00:00")
MINUTE = 60_000
NOW = ms("2026-05-08 12:00")


@pytest.mark.parametrize(
    ("told", "events", "expected"),
    [
        ("a visit goes on", [(2, 5, 1)], [1]),
        ("and on, then the visitor comes back", [(2, 5, 1), (2, 20, 1), (2, 120, 0)], [1, 1, 2]),
        ("who was gone for too long begins anew", [(2, 25, 1)], [2]),
        ("somebody else", [(3, 5, 4)], [3]),
        ("one without a link", [(3, 45, 0)], [3]),
    ],
)
def test_who_goes_on_over_midnight(told: str, events: list[tuple[int, int, int]], expected: list[int]) -> None:
    """Visitor 1 was seen ten minutes before midnight; (visitor, minutes after midnight, id of the day before)."""
    day = [event(visitor, MIDNIGHT + minutes * MINUTE, before=before) for visitor, minutes, before in events]
    settled = settled_events(day, [event(1, LATE)])
    assert [item.visitor for item in settled] == expected, told
    assert not any(item.before for item in settled)


@SLOW
@given(case=crowd(), strange=st.booleans())
def test_tables_are_settled_as_events_are(case: tuple, strange: bool) -> None:
    zone, day, events, draw = case
    if strange:
        ids = [item.visitor for item in events]
        events = [msgspec.structs.replace(e, before=draw.choice(ids)) if draw.random() < 0.3 else e for e in events]
    local = calendar(zone)
    context, own = ([e for e in events if (local.day(e.time) == day) is inside] for inside in (False, True))
    tables = [table_of(context[:5]), table_of(context[5:])]
    assert events_of(settled_table(table_of(own), tables)) == settled_events(own, context)
    assert events_of(settled_table(table_of(own), [])) == settled_events(own, [])


def test_columns_of_a_day_are_rewritten_as_columns(redis: redis_py.Redis, settled: Callable[[int], bool]) -> None:
    apply(redis, [event(1, LATE)])
    day = [event(2, MIDNIGHT, before=1), *(event(at, MIDNIGHT + at) for at in range(3, 12_000))]
    redis.rpush(SITE.raw(DAY + 1, 0), *(pack_table(table_of(day[at::3])) for at in range(3)))
    assert settled(DAY + 1)
    blocks = redis.lrange(SITE.raw(DAY + 1, 0), 0, -1)
    assert [(block[0], count_events(block), is_linked(block)) for block in blocks] == [
        (2, 5_000, False),
        (2, 5_000, False),
        (2, 1_998, False),
    ]
    assert [item.visitor for item in read_day(redis, SITE, DAY + 1)] == [1, *range(3, 12_000)]


@pytest.fixture
def settled(redis: redis_py.Redis, tmp_path: Path) -> Callable[[int], bool]:
    def run(day: int) -> bool:
        history = History(redis, Archive.open(Settings(data=tmp_path)))
        with Lease(redis, SITE) as lease:
            return settle(lease, history, day, calendar("UTC"), NOW)

    return run


def totals(client: redis_py.Redis) -> list[float]:
    """Of both days: visits, pageviews, seconds of a visit, bounces."""
    traffic = Traffic(site=SITE.site, client=client, settings=Settings())
    return traffic.totals("2026-05-05", "2026-05-06")[["visits", "pageviews", "visit_duration", "bounce_rate"]].tolist()


def test_a_day_is_rewritten_in_place(redis: redis_py.Redis, settled: Callable[[int], bool]) -> None:
    first: list[Event] = [event(1, LATE), event(5, LATE)]
    after = [event(2, MIDNIGHT + 5 * MINUTE, before=1), event(2, MIDNIGHT + 200 * MINUTE), event(6, MIDNIGHT)]
    for item in [*first, *after]:
        apply(redis, [item])
    before = totals(redis)
    assert lengths(redis, SITE, DAY + 1) == [3]
    assert settled(DAY + 1)
    assert [item.visitor for item in read_day(redis, SITE, DAY + 1)] == [6, 1, 2]
    assert lengths(redis, SITE, DAY + 1) == [1]
    assert marked_days(redis, SITE) == [DAY + 1]  # visitor 2 came back and is one of its own
    assert totals(redis) == before
    assert not settled(DAY + 1)
    assert not list(redis.scan_iter("*shadow*"))


def test_many_blocks_become_few(redis: redis_py.Redis, settled: Callable[[int], bool]) -> None:
    for number in range(5):
        apply(redis, [event(number, LATE + number)])
    assert not settled(DAY)
    assert lengths(redis, SITE, DAY) == [1]
    assert [item.time - LATE for item in read_day(redis, SITE, DAY)] == [0, 1, 2, 3, 4]
    apply(redis, [event(9, LATE + 9)])
    assert len(read_day(redis, SITE, DAY)) == 6
    assert A_BLOCK == 1_000


def test_an_event_that_comes_meanwhile_is_not_lost(
    redis: redis_py.Redis, settled: Callable[[int], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(redis, [event(1, LATE)])
    apply(redis, [event(2, MIDNIGHT, before=1)])
    real, late = settled_events, [event(7, MIDNIGHT + 1)]

    def meanwhile(*given: list[Event]) -> list[Event]:
        if late:
            apply(redis, [late.pop()])
        return real(*given)

    monkeypatch.setattr("collector.jobs.settle.settled_events", meanwhile)
    assert settled(DAY + 1)
    assert sorted(item.visitor for item in read_day(redis, SITE, DAY + 1)) == [1, 7]


def test_a_job_that_lost_its_lease_changes_nothing(redis: redis_py.Redis, tmp_path: Path) -> None:
    from collector.jobs.lease import Lost

    for visitor in (1, 2, 3):
        apply(redis, [event(visitor, LATE)])
    stored = redis.lrange(SITE.raw(DAY, 0), 0, -1)
    history = History(redis, Archive.open(Settings(data=tmp_path)))
    with Lease(redis, SITE) as lease:
        redis.set(SITE.job(), "another")
        with pytest.raises(Lost):
            settle(lease, history, DAY, calendar("UTC"), NOW)
    assert redis.lrange(SITE.raw(DAY, 0), 0, -1) == stored
    assert redis.get(SITE.job()) == b"another"
