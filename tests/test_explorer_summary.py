"""What a page to send around says, with and without a floor, and which days are the last whole ones."""

from __future__ import annotations

import time
from datetime import date, timedelta

import explorer_site as site
import pytest
import redis as redis_py

from common.frames import Traffic
from common.settings import Settings
from explorer import summary as summaries
from explorer.summary import Line
from explorer.view import View

TODAY = date.today()
YESTERDAY = TODAY - timedelta(days=1)


def made(client: redis_py.Redis, floor: int = 0, **options: object) -> summaries.Summary:
    site.ordinary(client)
    traffic = Traffic(site=site.SITE, client=client, settings=Settings())
    view = View(site.SITE, "custom", YESTERDAY, YESTERDAY, **options)  # type: ignore[arg-type]
    return summaries.summary(traffic, view, time.time(), floor)


def test_figures_and_tables(redis: redis_py.Redis) -> None:
    found = made(redis)
    assert (found.totals["visitors"], found.totals["pageviews"], found.before) == (3, 5, None)
    assert found.tables["Pages"][:2] == [Line("/", 2, 2 / 3, 1.0), Line("/pricing", 2, 2 / 3, 1.0)] or found.tables[
        "Pages"
    ][:2] == [Line("/pricing", 2, 2 / 3, 1.0), Line("/", 2, 2 / 3, 1.0)]
    assert [line.name for line in found.tables["Countries"]] == ["Germany", "France"]
    assert [line.name for line in found.tables["Events"]] == ["Signup"]
    assert sum(visitors or 0 for _, visitors in summaries.bars(found)) == 3


def test_filters_hold_and_are_told(redis: redis_py.Redis) -> None:
    found = made(redis, filters=(("country", "FR"), ("page__not_contains", "/docs")))
    assert found.totals["visitors"] == 1
    assert summaries.filters_told(found.view) == ["Country: France", "Page does not contain /docs"]


def test_small_groups_are_left_out(redis: redis_py.Redis) -> None:
    found = made(redis, floor=2)
    assert [line.name for line in found.tables["Countries"]] == ["Germany"]
    assert found.rest["Countries"] == (1, 1)
    assert "Events" not in found.tables
    assert {visitors for _, visitors in summaries.bars(found)} <= {0.0, None, 3.0}
    assert "Groups of fewer than 2 visitors are not told." in found.notes


@pytest.mark.parametrize(
    ("every", "today", "first", "last"),
    [
        ("day", "2026-11-26", "2026-11-25", "2026-11-25"),
        ("week", "2026-11-26", "2026-11-16", "2026-11-22"),  # a Thursday
        ("week", "2026-11-23", "2026-11-16", "2026-11-22"),  # a Monday
        ("week", "2026-11-22", "2026-11-09", "2026-11-15"),  # a Sunday
        ("month", "2026-03-01", "2026-02-01", "2026-02-28"),
    ],
)
def test_last_whole(every: str, today: str, first: str, last: str) -> None:
    found = summaries.last_whole(every, date.fromisoformat(today))
    assert [day.isoformat() for day in found] == [first, last]


def test_last_whole_of_something_else() -> None:
    with pytest.raises(ValueError, match="every='year': expected day, week or month"):
        summaries.last_whole("year", TODAY)
