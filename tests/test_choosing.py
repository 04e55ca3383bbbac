"""Filters and which events they choose, by hand."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.choosing import Filter, Window, matching, parsed, runs
from common import keys
from common.calendars import calendar
from common.history import History

DAY = keys.ordinal("2026-05-05")
NOON, LATE = ms("2026-05-05 12:00"), ms("2026-05-05 23:50")
MINUTE = 60_000
EVENTS = {
    "entry": event(1, NOON, "/in", source="Google", country="DE"),
    "next": event(1, NOON + MINUTE, "/out", country="FR"),
    "tell": event(1, NOON + 2 * MINUTE, "/out", type="engagement"),
    "lost": event(3, NOON, "/", type="click"),
    "bot": event(2, NOON, "/in", class_="bot"),
    "sign": event(4, NOON, "/in", type="Signup", props={"plan": "pro"}),
    "late": event(5, LATE, "/night", country="DE"),
    "over": event(6, LATE + 20 * MINUTE, "/more", before=5),
}
NAMES = {id(each): name for name, each in EVENTS.items()}


@pytest.mark.parametrize(
    ("where", "whole", "chosen"),
    [
        ({}, False, "entry next tell lost bot sign late"),
        ({"class": ["bot"]}, False, "bot"),
        ({"class": ["human", "bot"], "page": ["/in"]}, False, "entry bot sign"),
        ({"page": ["/in", "/out"], "event": ["pageview"]}, False, "entry next bot"),
        ({"event": ["engagement"]}, False, "tell"),
        ({"prop:plan": ["pro"]}, False, "sign"),
        ({"prop:plan": ["(none)"], "event": ["Signup"]}, False, ""),
        ({"source": ["Google"]}, False, "entry next tell"),
        ({"country": ["FR"]}, False, ""),
        ({"entry_page": ["/in"]}, False, "entry next tell bot"),
        ({"exit_page": ["/out"], "page": ["/in"]}, False, "entry"),
        ({"entry_page": ["(none)"]}, False, "sign"),
        ({"country": ["DE"]}, False, "entry next tell late"),
        ({"country": ["DE"]}, True, "entry next tell late over"),
        ({"exit_page": ["/more"]}, True, "late over"),
    ],
)
def test_matching(where: dict[str, list[str]], whole: bool, chosen: str) -> None:
    local = calendar("UTC")
    found = matching(list(EVENTS.values()), Filter(where), local.start(DAY), local.start(DAY + 1), whole)
    assert {NAMES[each] for each in found} == set(chosen.split())


def test_parsed() -> None:
    assert parsed(["country=DE", "country=FR", "prop:a=b=c"]).where == {"country": ["DE", "FR"], "prop:a": ["b=c"]}
    assert parsed([]).where == {}
    assert parsed(["class=bot"]).where == {"class": ["bot"]}
    assert not parsed(["class=bot", "page=/"]).by_visit
    assert parsed(["exit_page=/"]).by_visit


@pytest.mark.parametrize("text", ["country", "contry=DE", "class=robot", "=x"])
def test_bad_filters(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parsed([text])


def test_runs() -> None:
    assert list(runs([5, 1, 2, 3, 9], most=2)) == [[1, 2], [3], [5], [9]]
    assert list(runs([])) == []


def test_a_window_reads_each_day_once(redis: redis_py.Redis) -> None:
    for number in range(20):
        apply(redis, [event(1, NOON + number * 24 * 60 * MINUTE)])
    asked: list[int] = []
    window = Window(History(redis, None), SITE, calendar("UTC"), asked.extend)
    for run in runs(range(DAY, DAY + 20)):
        found = window.around(run)
        around = range(max(run[0] - 1, DAY), min(run[-1] + 3, DAY + 20))
        assert [day for day in found if found[day]] == list(around)
    assert asked == list(range(DAY - 1, DAY + 22))
