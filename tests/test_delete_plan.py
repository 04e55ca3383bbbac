"""Which events would go: their places, what they are, and whom nothing would be left of. By hand."""

from __future__ import annotations

import redis as redis_py
from lives import load
from made import SITE, event, ms

from collector.choosing import Filter
from collector.delete_plan import plan
from common import keys
from common.calendars import calendar
from common.history import History

DAY = keys.ordinal("2026-05-05")
NOW = ms("2026-05-06 20:00")


def test_a_plan(redis: redis_py.Redis) -> None:
    first = [
        event(1, ms("2026-05-05 12:00"), country="DE"),
        event(1, ms("2026-05-05 12:01"), type="engagement"),
        event(2, ms("2026-05-05 12:00"), class_="bot"),
        event(3, ms("2026-05-05 23:50"), country="DE"),
    ]
    second = [
        event(3, ms("2026-05-06 00:05"), "/night"),
        event(1, ms("2026-05-06 12:00")),
        event(4, ms("2026-05-06 12:00")),
    ]
    load(redis, "UTC", [first, second])
    history, local = History(redis, None), calendar("UTC")

    found = plan(history, SITE, local, [DAY], Filter({"country": ["DE"]}), NOW)
    assert found.gone == {DAY: {0, 1, 3}, DAY + 1: {0}}
    assert found.events == {"human": 3, "signal": 1}
    assert found.visitors == {DAY: {1, 3}, DAY + 1: {3}}
    assert found.recent == {3}  # visitor 1 is there on the second day, too
    assert list(found.looked) == [DAY, DAY + 1]
    assert [sizes for _, sizes in found.looked.values()] == [[1], [1]]

    found = plan(history, SITE, local, [DAY, DAY + 1], Filter({}), NOW)
    assert {day: len(places) for day, places in found.gone.items()} == {DAY: 4, DAY + 1: 3}
    assert found.recent == {1, 2, 3, 4}
    assert plan(history, SITE, local, [DAY], Filter({"page": ["/night"]}), NOW).gone == {}
    assert plan(history, SITE, local, [DAY + 1], Filter({"page": ["/night"]}), NOW).gone == {DAY + 1: {0}}


def test_the_past_has_nobody_to_forget(redis: redis_py.Redis) -> None:
    load(redis, "UTC", [[event(1, ms("2026-04-05 12:00"))]])
    found = plan(History(redis, None), SITE, calendar("UTC"), [keys.ordinal("2026-04-05")], Filter({}), NOW)
    assert (len(found.gone), found.recent) == (1, set())
