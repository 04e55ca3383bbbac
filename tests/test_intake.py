"""What came in on each day: accepted by class, dropped by reason, and where raw events lie."""

from __future__ import annotations

from datetime import date

import explorer_site as site
import pytest
import redis as redis_py

from common import keys
from common.frames import Traffic
from common.intake import _place
from common.keys import Shard


@pytest.fixture
def traffic(redis: redis_py.Redis) -> Traffic:
    site.ordinary(redis)
    return Traffic(site=site.SITE, client=redis)


def test_intake(traffic: Traffic) -> None:
    """Four pageviews and an event of humans, a bot's pageview, and what the batch had dropped."""
    today = traffic.today()
    found = traffic.intake(date.fromordinal(today.toordinal() - 3), today)
    assert found[["outcome", "events"]].to_numpy().tolist() == [
        ["bot", 1],
        ["human", 6],
        ["no_visit", 2],
        ["old", 1],
    ]
    assert {day.date().toordinal() for day in found["day"]} == {today.toordinal() - 1}


def test_coverage(traffic: Traffic, redis: redis_py.Redis) -> None:
    today = traffic.today().toordinal()
    days = date.fromordinal(today - 2), date.fromordinal(today)
    assert traffic.coverage(*days)[["events", "raw"]].to_numpy().tolist() == [[0, "none"], [7, "redis"], [0, "none"]]
    redis.unlink(Shard(site.SITE).raw(today - 1, 0))
    found = traffic.coverage(*days)
    assert found["raw"].tolist() == ["none", "gone", "none"]
    assert found["day"].dt.strftime("%Y-%m-%d").tolist()[1] == keys.iso(today - 1)


@pytest.mark.parametrize(
    ("in_redis", "archived", "counted", "place"),
    [(1, 1, 5, "both"), (1, 0, 5, "redis"), (0, 1, 5, "archive"), (0, 0, 5, "gone"), (0, 0, 0, "none")],
)
def test_places(in_redis: int, archived: int, counted: int, place: str) -> None:
    assert _place(bool(in_redis), bool(archived), counted) == place
