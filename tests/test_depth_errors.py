"""Errors by message: from rollups how often, from raw events also whom and where."""

from __future__ import annotations

import pandas as pd
import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common.events import Event
from common.frames import Traffic
from common.settings import Settings

DAY, NEXT = "2026-05-05", "2026-05-06"
NOON = ms(f"{DAY} 12:00")
HOURS_24 = 86_400_000


def error(visitor: int, time: int, message: str, page: str = "/", **more: str) -> Event:
    return event(visitor, time, page, type="error", props={"message": message, **more})


EVENTS = [
    event(1, NOON, country="DE"),
    error(1, NOON + 1, "x is undefined"),
    error(1, NOON + 2, "x is undefined", "/b", release="7"),
    error(1, NOON + 3, "x is undefined", "/b"),
    event(2, NOON),
    error(2, NOON + 1, "gone"),
    event(3, NOON + HOURS_24),
    error(3, NOON + HOURS_24 + 1, "x is undefined"),
    error(3, NOON + HOURS_24 + 2, ""),
    error(9, NOON, "nobody saw"),
]


@pytest.fixture
def traffic(redis: redis_py.Redis, settings: Settings) -> Traffic:
    apply(redis, EVENTS)
    return Traffic(site=SITE.site, client=redis, settings=settings)


def listed(frame: pd.DataFrame) -> list[list[object]]:
    days = frame.assign(**{name: frame[name].dt.strftime("%d") for name in ("first_seen", "last_seen")})
    return days.astype(object).where(days.notna(), None).to_numpy().tolist()


def test_from_raw_events(traffic: Traffic) -> None:
    found = traffic.errors(DAY, NEXT, affected=True)
    assert listed(found) == [
        ["x is undefined", 4, 2, 2, "05", "06", ["/", "/b"]],
        ["(none)", 1, 1, 1, "06", "06", ["/"]],
        ["gone", 1, 1, 1, "05", "05", ["/"]],
    ]
    assert found.attrs["answered_by"] == "raw events"


def test_from_rollups(traffic: Traffic) -> None:
    found, deep = traffic.errors(DAY, NEXT), traffic.errors(DAY, NEXT, affected=True)
    assert listed(found) == [
        ["x is undefined", 4, None, None, "05", "06", None],
        ["(none)", 1, None, None, "06", "06", None],
        ["gone", 1, None, None, "05", "05", None],
    ]
    assert (found.dtypes == deep.dtypes).all()
    assert (found.attrs["answered_by"], found.attrs["exact"]) == ("rollups", True)
    assert traffic.errors("2026-05-01", "2026-05-02").columns.tolist() == deep.columns.tolist()


def test_filters(traffic: Traffic) -> None:
    assert listed(traffic.errors(DAY, NEXT, {"country": "DE"})) == [
        ["x is undefined", 3, 1, 1, "05", "05", ["/b", "/"]]
    ]
    assert listed(traffic.errors(DAY, NEXT, {"page": "/b"})) == [["x is undefined", 2, 1, 1, "05", "05", ["/b"]]]
    assert listed(traffic.errors(DAY, NEXT, {"prop:release": "7"}))[0][:2] == ["x is undefined", 3]
    empty = traffic.errors(DAY, NEXT, {"page": "/none"})
    assert (len(empty), empty.dtypes.equals(traffic.errors(DAY, NEXT).dtypes)) == (0, True)


def test_messages_beyond_the_cap_are_summed(redis: redis_py.Redis, settings: Settings) -> None:
    many = [error(1, NOON + number, f"e{number:03}") for number in range(1, 206)]
    apply(redis, [event(1, NOON), *many])
    found = Traffic(site=SITE.site, client=redis, settings=settings).errors(DAY, DAY)
    assert (found["message"][0], found["events"][0], len(found)) == ("(other)", 5, 201)
    assert found.attrs["exact"] is False
    assert found.attrs["exactness"] == "messages beyond 200 a day are in (other)"
