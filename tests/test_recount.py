"""Days are counted again without being written to, with what reaches into them from either side."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, tend
from made import SITE, apply, event, ms

from collector.jobs.recount import recount, recount_columns
from common.archive import Archive
from common.arrays import listed
from common.calendars import calendar
from common.events import SIGNALS
from common.history import History
from common.keys import ordinal
from common.rollups import DURATION
from common.settings import Settings

DAY = ordinal("2026-05-05")
UTC = calendar("UTC")


def test_a_visit_over_midnight_belongs_to_the_day_it_began(redis: redis_py.Redis) -> None:
    late, early = ms("2026-05-04 23:50"), ms("2026-05-05 00:10")
    apply(redis, [event(1, late, "/"), event(2, early, "/next", before=1)])
    before = redis.dbsize(), redis.hgetall(SITE.daily(DAY))
    again = recount(History(redis, None), SITE, [DAY], UTC)
    assert (redis.dbsize(), redis.hgetall(SITE.daily(DAY))) == before
    assert [len(again.look.events[day]) for day in (DAY - 1, DAY, DAY + 1)] == [1, 1, 0]
    pageviews, events, visits, visitors = again.rows[DAY]["class=human"][:4]
    assert (pageviews, events, visits, visitors) == (1, 1, 0, 1)
    assert again.rows[DAY]["entry_page=/"][0] == 1


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_columns_tell_the_same(redis: redis_py.Redis, tmp_path: Path, zone: str) -> None:
    """Of days in the archive, in Redis, settled and not, and of an empty one."""
    first = ordinal("2026-10-20")
    load(redis, zone, random_traffic(zone, first, 18, seed=3))
    tend(redis, tmp_path, zone, ms("2026-11-07 12:00", zone), raw_days=6)
    history, local = History(redis, Archive.open(Settings(data=tmp_path))), calendar(zone)
    for run in (range(first - 1, first + 5), range(first + 6, first + 16), range(first + 17, first + 20)):
        events, columns = recount(history, SITE, run, local), recount_columns(history, SITE, run, local)
        assert {day: listed(rows) for day, rows in columns.rows.items()} == {
            day: kept
            for day, rows in events.rows.items()
            if day in run and (kept := {name: row for name, row in rows.items() if any(row)})
        }
        assert columns.revisions == events.look.revisions
        assert columns.events == {day: len(found) for day, found in events.look.events.items()}
        for day in run:
            human = {e.visitor for e in events.look.events[day] if e.class_ == "human" and e.type not in SIGNALS}
            assert columns.visitors[day].tolist() == sorted(human)


def test_who_never_pauses_is_followed_back_in_columns(redis: redis_py.Redis) -> None:
    begin = ms("2026-05-02 09:00")
    apply(redis, [event(1, begin + n * 1_200_000) for n in range(4 * 72)])
    again = recount_columns(History(redis, None), SITE, [DAY], UTC)
    assert min(again.revisions) <= DAY - 3
    assert listed(again.rows[DAY]) == recount(History(redis, None), SITE, [DAY], UTC).rows[DAY]


def test_a_visit_of_24_hours_outlasts_a_shorter_day(redis: redis_py.Redis) -> None:
    """It begins half an hour before the day of 23 hours, so that its end lies on the second day after its first."""
    zone, day = "America/New_York", ordinal("2026-03-07")
    begin = ms("2026-03-07 23:30", zone)
    events = [event(1, begin + n * 1_800_000) for n in range(49)]
    apply(redis, events, zone)
    assert calendar(zone).day(events[-1].time) == day + 2
    for count in (recount, recount_columns):
        rows = count(History(redis, None), SITE, [day], calendar(zone)).rows[day]
        row = rows["class"][1][0].tolist() if count is recount_columns else rows["class=human"]
        assert row[DURATION] == 86_400_000


def test_who_never_pauses_is_followed_back(redis: redis_py.Redis) -> None:
    """Else where 24 hours cut the visit would depend on the day that is asked for."""
    begin = ms("2026-05-02 09:00")
    apply(redis, [event(1, begin + n * 1_200_000) for n in range(4 * 72)])
    again = recount(History(redis, None), SITE, [DAY], UTC)
    assert min(again.look.revisions) <= DAY - 3
    whole = recount(History(redis, None), SITE, [DAY - 3, DAY - 2, DAY - 1, DAY], UTC)
    assert again.rows[DAY] == whole.rows[DAY]
