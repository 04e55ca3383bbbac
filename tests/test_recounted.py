"""Days counted in columns: a few by hand, and every row equal to what the visit rule folds event by event."""

from __future__ import annotations

import random

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import event, ms
from test_derive import HALF_HOUR, LONG, MINUTE, SLOW, ZONES, S, crowd
from test_truth import told_of, traffic

from collector.folding import fold_visitors
from collector.jobs.recount import rows_of
from common.arrays import listed
from common.calendars import calendar
from common.columns import table_of
from common.events import Event
from common.keys import ordinal
from common.recounted import recounted
from common.rollups import METRICS
from common.visits import Order, State, folded, order_of

DAY = ordinal("2026-05-05")
NOON, MIDNIGHT = ms("2026-05-05 12:00"), ms("2026-05-06")
Rows = dict[int, dict[str, list[int]]]


def reference(events: list[Event], zone: str, days: range) -> Rows:
    """What the fold counts, rows of zeros left out."""
    by_visitor: dict[int, list[tuple[Order, Event]]] = {}
    for item in events:
        by_visitor.setdefault(item.visitor, []).append((order_of(item), item))
    states: dict[int, State] = {}
    out = folded()
    fold_visitors(by_visitor, states, calendar(zone), out)
    some = {day: {name: row for name, row in rows.items() if any(row)} for day, rows in out.increments.items()}
    return {day: rows for day, rows in some.items() if rows and day in days}


def counted(events: list[Event], zone: str, days: range) -> Rows:
    """The same in columns."""
    return {day: listed(rows) for day, rows in rows_of(table_of(events), calendar(zone), days).items()}


ONE_VISIT = [
    event(1, NOON, "/", source="Google", country="DE"),
    event(1, NOON + 20 * S, "/", type="engagement", engaged=4_000, scroll=40),
    event(1, NOON + 30 * S, "/", type="engagement", engaged=7_000, scroll=90),
    event(1, NOON + MINUTE, "/b", source="Bing"),
    event(1, NOON + 2 * MINUTE, "/b", type="Signup", props={"plan": "pro", "x": ""}, amount=999, currency="EUR"),
]


def row(**values: int) -> list[int]:
    return [values.get(name, 0) for name in METRICS]


WHOLE = {"pageviews": 2, "events": 3, "visits": 1, "visitors": 1, "duration": 120_000, "engaged": 11_000}
OWN = {"visits": 1, "visitors": 1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("class=human", row(**WHOLE)),
        ("step=human.48", row(**WHOLE)),
        ("hour=human.48", row(visitors=1)),
        ("source=Google", row(**WHOLE)),
        ("source=Bing", None),
        ("country=DE", row(**WHOLE)),
        ("city=(none)", row(**WHOLE)),
        ("entry_page=/", row(**WHOLE)),
        ("exit_page=/b", row(**WHOLE)),
        ("page=/", row(pageviews=1, events=1, engaged=11_000, scroll=90, scrolled=1, **OWN)),
        ("page=/b", row(pageviews=1, events=2, **OWN)),
        ("event=pageview", row(pageviews=2, events=2, **OWN)),
        ("event=Signup", row(events=1, **OWN)),
        ("prop:plan=pro", row(events=1, **OWN)),
        ("prop:x=(none)", row(events=1, **OWN)),
        ("revenue=EUR.Signup", row(events=1, revenue=999)),
        ("shape=2.<30.y", row(visits=1)),
        ("dropped=no_visit", None),
    ],
)
def test_one_visit(name: str, expected: list[int] | None) -> None:
    assert counted(ONE_VISIT, "UTC", range(DAY, DAY + 1))[DAY].get(name) == expected


def test_what_is_counted_of_bots_and_lost_signals() -> None:
    events = [
        event(1, NOON, class_="bot", salt_local=True),
        event(2, NOON, type="click"),
        event(2, NOON + S, type="engagement", engaged=5),
    ]
    assert counted(events, "UTC", range(DAY, DAY + 1)) == {
        DAY: {
            "class=bot": row(pageviews=1, events=1, visits=1, visitors=1, bounces=1),
            "step=bot.48": row(pageviews=1, events=1, visits=1, visitors=1, bounces=1),
            "hour=bot.48": row(visitors=1),
            "salt=local": row(events=1),
            "dropped=no_visit": row(events=2),
        }
    }


def test_a_visit_over_midnight() -> None:
    """Its pages are visited once, on the day it began; whoever is seen on both days is a visitor of both."""
    events = [event(1, MIDNIGHT - MINUTE, "/a"), event(1, MIDNIGHT, "/a"), event(1, MIDNIGHT + MINUTE, "/b")]
    found = counted(events, "UTC", range(DAY, DAY + 2))
    assert found[DAY]["page=/a"] == row(pageviews=1, events=1, visits=1, visitors=1)
    assert found[DAY + 1]["page=/a"] == row(pageviews=1, events=1, visitors=1)
    assert found[DAY]["page=/b"] == row(visits=1)
    assert found[DAY + 1]["exit_page=/b"] == row(pageviews=2, events=2, visitors=1)
    assert found[DAY]["exit_page=/b"] == row(pageviews=1, events=1, visits=1, visitors=1, duration=2 * MINUTE)
    assert counted(events, "UTC", range(DAY + 1, DAY + 2)) == {DAY + 1: found[DAY + 1]}


@pytest.mark.parametrize(("gap", "visits"), [(HALF_HOUR, 1), (HALF_HOUR + 1, 2)])
def test_two_visits_of_a_day_are_one_visitor(gap: int, visits: int) -> None:
    events = [event(1, NOON), event(1, NOON + gap)]
    rows = counted(events, "UTC", range(DAY, DAY + 1))[DAY]
    assert [rows[name][2:4] for name in ("class=human", "page=/", "source=(direct)")] == [[visits, 1]] * 3


@pytest.mark.parametrize("events", [[], [event(1, NOON - 3 * LONG)]])
def test_nothing(events: list[Event]) -> None:
    assert recounted(table_of(events), calendar("UTC"), range(DAY, DAY + 1)) == {}


def test_more_values_than_there_is_room_for() -> None:
    """Cells are looked up where they would be many more than rows."""
    events = [event(at % 900, NOON + at * S, f"/{at}") for at in range(4_000)]
    assert counted(events, "UTC", range(DAY - 200, DAY + 200)) == reference(events, "UTC", range(DAY, DAY + 1))


PROPS = st.none() | st.dictionaries(st.sampled_from(("plan", "x")), st.sampled_from(("", "(none)", "a")), max_size=2)


@SLOW
@given(case=crowd(), strange=st.booleans(), props=st.lists(PROPS, min_size=1, max_size=5))
def test_equal_to_the_fold(case: tuple, strange: bool, props: list) -> None:
    """Of every zone, with hand-overs, also circular ones; persons of every class, and classes that change."""
    zone, day, events, draw = case
    ids = [item.visitor for item in events]
    events = [
        msgspec.structs.replace(
            item,
            before=draw.choice(ids) if strange and draw.random() < 0.3 else item.before,
            props=draw.choice(props) if item.type in ("pageview", "Signup") else item.props,
            class_=draw.choice(("human", "ai")) if strange and draw.random() < 0.1 else item.class_,
            page=draw.choice(("", "(none)", item.page)),
            salt_local=draw.random() < 0.2,
            amount=draw.choice((item.amount, 10**16)),
        )
        for item in events
    ]
    for days in (range(day - 9, day + 9), range(day, day + 1), range(day + 1, day + 3)):
        assert counted(events, zone, days) == reference(events, zone, days)


@SLOW
@given(case=traffic())
def test_equal_to_the_fold_around_midnights(case: tuple) -> None:
    zone, persons, draw = case
    events = [item for items in persons.values() for item in items]
    draw.shuffle(events)
    day = calendar(zone).day(events[0].time)
    for days in (range(day - 9, day + 9), range(day, day + 1)):
        assert counted(events, zone, days) == reference(events, zone, days)


@pytest.mark.parametrize(("zone", "day"), ZONES)
def test_busy_days(zone: str, day: str) -> None:
    """Many visitors, so that cells, dictionaries and runs are of real sizes; in several chunks."""
    draw, begin, events = random.Random(zone), calendar(zone).start(ordinal(day)), list[Event]()
    for person in range(300):
        time = begin + draw.randrange(-20 * 3_600 * S, 28 * 3_600 * S)
        for seq in range(draw.randrange(1, 12)):
            kind = draw.choice(("pageview", "pageview", "engagement", "click", "Signup", "vitals", "error"))
            events.append(
                event(
                    person,
                    time,
                    f"/{draw.randrange(50)}",
                    seq=seq,
                    type=kind,
                    props=told_of(kind, draw),
                    class_=("human", "human", "bot")[person % 3],
                    source=draw.choice(("Google", "", "Bing")),
                    engaged=draw.choice((0, 900, 40_000)),
                    scroll=draw.randrange(-1, 101),
                )
            )
            time += draw.choice((1_000, 20 * MINUTE, HALF_HOUR, 3 * HALF_HOUR))
    table = pa.concat_tables([table_of(events[:700]), table_of(events[700:])])
    days = range(ordinal(day) - 1, ordinal(day) + 3)
    found = {at: listed(rows) for at, rows in recounted(table, calendar(zone), days).items()}
    assert found == reference(events, zone, days)
