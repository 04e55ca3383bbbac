"""Combinations of values over derived rows of a few hand-made events, and as `Traffic` tells them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis as redis_py
from derived import relation_of
from explorer_site import DAY as ONE_DAY
from explorer_site import SITE, feed, now_ms, visit
from made import event, ms

from common.calendars import calendar
from common.depth.nested import Nested
from common.filters import normalise
from common.frames import Traffic
from common.keys import ordinal
from common.settings import Settings

DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06")
MINUTE = 60_000
#: Google has visits of two channels; the second visitor comes twice a day, by both.
EVENTS = [
    event(1, MIDNIGHT - 90 * MINUTE, "/", channel="Organic Search", source="Google"),
    event(1, MIDNIGHT - 89 * MINUTE, "/b", channel="Organic Search", source="Google"),
    event(2, MIDNIGHT - 80 * MINUTE, "/", channel="Paid Search", source="Google", utm_campaign="spring"),
    event(2, MIDNIGHT - 20 * MINUTE, "/b", channel="Organic Search", source="Bing"),
    event(3, MIDNIGHT - 10 * MINUTE, "/", channel="Organic Search", source="Bing"),
]
SHOWN = ["visits", "pageviews", "visitors"]


def told(*dimensions: str, **where: str) -> dict[tuple[str, ...], list[int]]:
    """Values -> visits, pageviews, visitors."""
    found = Nested(relation_of(EVENTS), calendar("UTC"), [DAY], normalise(where)).by_values(dimensions)
    assert found.index.names == list(dimensions)
    return {
        key if isinstance(key, tuple) else (key,): row
        for key, row in zip(found.index, found[SHOWN].to_numpy().tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("dimensions", "where", "expected"),
    [
        (("channel",), {}, {("Organic Search",): [3, 4, 3], ("Paid Search",): [1, 1, 1]}),
        (("channel", "source"), {},
         {("Organic Search", "Bing"): [2, 2, 2], ("Organic Search", "Google"): [1, 2, 1],
          ("Paid Search", "Google"): [1, 1, 1]}),
        (("source", "utm_campaign"), {"source": "Google"},
         {("Google", "(none)"): [1, 2, 1], ("Google", "spring"): [1, 1, 1]}),
        # A page chooses events, and visits that hold one.
        (("channel", "source"), {"page": "/b"},
         {("Organic Search", "Bing"): [1, 1, 1], ("Organic Search", "Google"): [1, 1, 1]}),
        (("channel", "source"), {"page": "nowhere"}, {}),
    ],
)  # fmt: skip
def test_combinations(
    dimensions: tuple[str, ...], where: dict[str, str], expected: dict[tuple[str, ...], list[int]]
) -> None:
    assert told(*dimensions, **where) == expected


@pytest.fixture
def traffic(redis: redis_py.Redis, settings: Settings) -> Traffic:
    begin = (now_ms() - ONE_DAY) // ONE_DAY * ONE_DAY + ONE_DAY // 2
    feed(redis, [*visit(1, begin, "/", "/a"), *visit(2, begin, "/", source="Bing"), *visit(3, begin, "/a")])
    return Traffic(site=SITE, client=redis, settings=settings)


def test_rows_are_those_of_breakdown_taken_apart_with_most_visits_first(traffic: Traffic) -> None:
    days = (traffic.today() - timedelta(days=2), traffic.today())
    found = traffic.nested(["channel", "source"], *days)
    assert found[["channel", "source", *SHOWN]].to_numpy().tolist() == [
        ["Organic Search", "Google", 2, 3, 2],
        ["Organic Search", "Bing", 1, 1, 1],
    ]
    whole = traffic.breakdown("channel", *days)
    assert whole[["channel", *SHOWN]].to_numpy().tolist() == [["Organic Search", 3, 4, 3]]
    assert list(found.columns[2:]) == list(whole.columns[1:])
    assert found.attrs["answered_by"] == "raw events"


@pytest.mark.parametrize("dimensions", [[], ["page"], ["channel", "prop:plan"], ["nothing"]])
def test_bad_dimensions(traffic: Traffic, dimensions: list[str]) -> None:
    with pytest.raises(ValueError, match="dimensions="):
        traffic.nested(dimensions, "2026-11-01", "2026-11-02")
