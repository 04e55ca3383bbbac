"""Signals as the rows they add to, and what a visit's fold makes of them."""

from __future__ import annotations

import pytest
from brute import visits_of
from made import event, ms

from common.calendars import calendar
from common.events import Event
from common.rollups import EVENTS
from common.signals import count_signal, rows_of
from common.visits import fold, folded, order_of

NOON, MINUTE = ms("2026-05-05 12:00"), 60_000
HALF_HOUR = NOON + 30 * MINUTE


@pytest.mark.parametrize(
    ("kind", "props", "rows"),
    [
        ("vitals", {"lcp": "2501", "cls": "0.1", "plan": "pro"}, ["vitals=LCP.2626", "vitals=CLS.1000"]),
        ("vitals", {"lcp": "soon"}, []),
        ("vitals", None, []),
        ("error", {"message": "a=b", "release": "7"}, ["error=a=b"]),
        ("error", {"message": ""}, ["error=(none)"]),
        ("error", None, ["error=(none)"]),
    ],
)
def test_rows(kind: str, props: dict[str, str] | None, rows: list[str]) -> None:
    assert rows_of(kind, props) == rows


def test_each_row_gets_one_event() -> None:
    increments: dict = {}
    for _ in range(2):
        count_signal(event(1, 0, type="error", props={"message": "x"}), 5, increments)
    assert {name: row[EVENTS] for name, row in increments[5].items()} == {"error=x": 2}


def counted(*events: Event) -> dict[str, int]:
    """Events of every row that tells of signals, no_visit and visits."""
    out = folded()
    fold({}, 1, [(order_of(item), item) for item in sorted(events, key=order_of)], calendar("UTC"), out)
    assert not out.marked
    kept = ("vitals=", "error=")
    sums = {
        name: row[EVENTS] for rows in out.increments.values() for name, row in rows.items() if name.startswith(kept)
    }
    return sums | {"no_visit": sum(out.no_visit.values())}


def signal(kind: str, time: int, **changes: object) -> Event:
    return event(1, time, type=kind, props={"lcp": "7", "message": "x"}, **changes)


@pytest.mark.parametrize("kind", ["vitals", "error"])
def test_they_need_a_live_visit_and_keep_none_alive(kind: str) -> None:
    row = {"vitals": "vitals=LCP.7", "error": "error=x"}[kind]
    view = event(1, NOON)
    assert counted(signal(kind, NOON)) == {"no_visit": 1}
    assert counted(view, signal(kind, HALF_HOUR)) == {row: 1, "no_visit": 0}
    assert counted(view, signal(kind, HALF_HOUR + 1)) == {"no_visit": 1}
    assert counted(view, signal(kind, HALF_HOUR), signal(kind, HALF_HOUR + 1)) == {row: 1, "no_visit": 1}
    kept = event(1, NOON + 20 * MINUTE, type="engagement")
    assert counted(view, kept, signal(kind, HALF_HOUR + 1)) == {row: 1, "no_visit": 0}


def test_those_of_bots_have_no_rows() -> None:
    assert counted(event(1, NOON, class_="bot"), signal("error", NOON, class_="bot")) == {"no_visit": 0}


def test_they_are_no_event_of_a_visit() -> None:
    out = folded()
    events = [event(1, NOON), signal("vitals", NOON + MINUTE), signal("error", NOON + 2 * MINUTE)]
    fold({}, 1, [(order_of(item), item) for item in events], calendar("UTC"), out)
    rows = {name: row for of_day in out.increments.values() for name, row in of_day.items()}
    assert rows["page=/"][:7] == [1, 1, 1, 1, 0, 0, 0]
    assert rows["step=human.48"][:7] == [1, 1, 1, 1, 1, 0, 0]  # a bounce of no duration
    assert not [name for name in rows if name.startswith(("event=vitals", "event=error", "prop:"))]


def test_a_late_event_that_puts_one_beyond_24_hours_is_left_to_the_rebuild() -> None:
    """The visit begins earlier then, and may end before what was counted within it."""
    long = [event(1, NOON + at * 30 * MINUTE) for at in range(48)]  # to 23.5 h
    told = signal("vitals", NOON + 1_430 * MINUTE)
    states, out = {}, folded()
    fold(states, 1, [(order_of(item), item) for item in [*long, told]], calendar("UTC"), out)
    assert not out.marked
    late = event(1, NOON - 20 * MINUTE)
    fold(states, 1, [(order_of(late), late)], calendar("UTC"), out)
    assert out.marked == {calendar("UTC").day(late.time)}
    assert [len(lost) for lost in (visits_of([*long, told])[1], visits_of([late, *long, told])[1])] == [0, 1]
