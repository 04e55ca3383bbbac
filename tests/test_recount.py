"""Days are counted again without being written to, with what reaches into them from either side."""

from __future__ import annotations

import redis as redis_py
from made import SITE, apply, event, ms

from collector.jobs.recount import recount
from common.calendars import calendar
from common.history import History
from common.keys import ordinal

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


def test_who_never_pauses_is_followed_back(redis: redis_py.Redis) -> None:
    """Else where 24 hours cut the visit would depend on the day that is asked for."""
    begin = ms("2026-05-02 09:00")
    apply(redis, [event(1, begin + n * 1_200_000) for n in range(4 * 72)])
    again = recount(History(redis, None), SITE, [DAY], UTC)
    assert min(again.look.revisions) <= DAY - 3
    whole = recount(History(redis, None), SITE, [DAY - 3, DAY - 2, DAY - 1, DAY], UTC)
    assert again.rows[DAY] == whole.rows[DAY]
