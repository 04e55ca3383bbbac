"""Filters over raw events: which events and visits a few hand-made ones choose."""

from __future__ import annotations

import pytest
from made import event, ms

from common.calendars import calendar
from common.filters import normalise
from common.keys import ordinal
from common.rollups import METRICS
from common.slices import Slice, visited

DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06")
MINUTE = 60_000
#: One visit over midnight, read on both sides of it; a bounce; and a click that found no visit.
EVENTS = [
    event(1, MIDNIGHT - 2 * MINUTE, "/", source="Google"),
    event(1, MIDNIGHT - MINUTE, "/", type="engagement", engaged=3_000, scroll=40),
    event(11, MIDNIGHT + MINUTE, "/", before=1, type="engagement", engaged=4_000, scroll=30),
    event(11, MIDNIGHT + 2 * MINUTE, "/b", before=1, source="Bing"),
    event(11, MIDNIGHT + 3 * MINUTE, "/b", type="Signup", props={"plan": "pro", "empty": ""}),
    event(2, MIDNIGHT + 9 * MINUTE, "/b", source="Bing", props={"plan": "(none)"}),
    event(3, MIDNIGHT + 10 * MINUTE, "/", type="click"),
]
SHOWN = ("pageviews", "events", "visits", "visitors", "bounces", "duration", "engaged")


def made(days: list[int], **where: str | list[str]) -> Slice:
    plain = {name.replace("prop_", "prop:"): value for name, value in where.items()}
    return Slice(visited(EVENTS, normalise(plain)["class"]), calendar("UTC"), days, normalise(plain))


@pytest.mark.parametrize(
    ("days", "where", "expected"),
    [
        # The visit counts on the day it began, its events on their own.
        ([DAY], {}, [1, 1, 1, 1, 0, 5 * MINUTE, 3_000]),
        ([DAY + 1], {}, [2, 3, 1, 2, 1, 0, 4_000]),
        ([DAY, DAY + 1], {}, [3, 4, 2, 3, 1, 5 * MINUTE, 7_000]),
        # The visit's source is that of its first event, also past midnight.
        ([DAY + 1], {"source": "Google"}, [1, 2, 0, 1, 0, 0, 4_000]),
        ([DAY + 1], {"source": "Bing"}, [1, 1, 1, 1, 1, 0, 0]),
        # It holds the chosen event, though on the next day.
        ([DAY], {"event": "Signup"}, [0, 0, 1, 0, 0, 5 * MINUTE, 0]),
        ([DAY], {"exit_page": "/b"}, [1, 1, 1, 1, 0, 5 * MINUTE, 3_000]),
        # A filter on a page chooses that page's signals too.
        ([DAY, DAY + 1], {"page": "/"}, [1, 1, 1, 1, 0, 5 * MINUTE, 7_000]),
        ([DAY + 1], {"prop_plan": "(none)"}, [2, 2, 1, 2, 1, 0, 4_000]),
        ([DAY], {"page": ["/", "/b"], "event": "Signup", "source": "Google"}, [0, 0, 1, 0, 0, 5 * MINUTE, 0]),
        ([DAY], {"page": "/nowhere"}, [0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_totals(days: list[int], where: dict, expected: list[int]) -> None:
    sums = dict(zip(METRICS, made(days, **where).totals(), strict=True))
    assert [sums[name] for name in SHOWN] == expected


def test_by_value() -> None:
    both = made([DAY, DAY + 1])
    pages = both.by_value("page")[["pageviews", "visits", "engaged", "scroll", "scrolled"]]
    # Depth is the greatest of a visit and day: 40 before midnight and 30 after.
    assert pages.loc["/"].tolist() == [1, 1, 7_000, 70, 2]
    assert pages.loc["/b"].tolist() == [2, 2, 0, 0, 0]
    assert both.by_value("source")["visits"].to_dict() == {"Google": 1, "Bing": 1}
    assert both.by_value("event")["events"].to_dict() == {"Signup": 1, "pageview": 3}


def test_properties_are_missing_or_empty() -> None:
    """An event without the property is in no row; one with an empty value is in `(none)`."""
    both = made([DAY, DAY + 1])
    assert both.by_value("prop:plan")["events"].to_dict() == {"(none)": 1, "pro": 1}
    assert both.by_value("prop:empty")["events"].to_dict() == {"(none)": 1}
    assert both.by_value("prop:other").empty


def test_signals_make_no_rows_of_their_own() -> None:
    """Neither a click on a page nobody viewed, nor properties of a signal."""
    nothing = event(1, MIDNIGHT - MINUTE, "/only-clicked", type="click", props={"plan": "free"})
    idle = event(1, MIDNIGHT - MINUTE, "/idle", type="engagement", props={"plan": "free"}, engaged=0)
    busy = event(1, MIDNIGHT - MINUTE, "/", type="engagement", props={"plan": "free"}, engaged=9)
    part = Slice(visited([EVENTS[0], nothing, idle, busy], ["human"]), calendar("UTC"), [DAY], normalise(None))
    assert part.by_value("page").index.tolist() == ["/"]
    assert part.by_value("prop:plan").empty


def test_lists() -> None:
    part = made([DAY + 1])
    events = part.chosen_events()
    assert events["type"].tolist() == ["engagement", "pageview", "Signup", "pageview", "click"]
    assert events["visit"].tolist() == [0, 0, 0, 1, -1]
    assert events["source"].iloc[:4].tolist() == ["Google", "Google", "Google", "Bing"]
    assert events["class"].tolist() == ["human"] * 5
    visits = made([DAY]).chosen_visits()
    assert visits[["entry_page", "exit_page", "duration", "pageviews", "engagement"]].to_numpy().tolist() == [
        ["/", "/b", 300.0, 2, 7.0]
    ]
