"""Visits over whole columns: by hand on both sides of every limit, and equal to the rule read event by event."""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from brute import local_day, midnight
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made import event, ms
from test_truth import PLACES
from test_truth import event as random_event

from common.calendars import calendar
from common.columns import RAW, table_of
from common.derive import DERIVED, PER_DAY, derive
from common.events import SIGNALS, VISIT_DIMENSIONS, Event
from common.keys import ordinal
from common.sessions import assign, unbroken

S = 1_000
MINUTE, HALF_HOUR, LONG = 60 * S, 1_800 * S, 86_400 * S
DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")
Row = dict[str, Any]


def derived(events: list[Event], days: range = range(DAY, DAY + 2), zone: str = "UTC") -> list[Row]:
    table = derive(table_of(events), calendar(zone), days)
    assert table.schema == DERIVED
    return table.to_pylist(maps_as_pydicts="strict")


def numbers(*events: Event) -> list[int]:
    """Visits of events given in order, as their rank on the day."""
    rows = derived([*events], range(DAY, DAY + 9))
    return [row["visit"] % PER_DAY if row["visit"] >= 0 else -1 for row in sorted(rows, key=lambda row: row["time"])]


@pytest.mark.parametrize(
    ("gap", "kind", "expected"),
    [
        (HALF_HOUR, "pageview", [0, 0]),
        (HALF_HOUR + 1, "pageview", [0, 1]),
        (HALF_HOUR, "engagement", [0, 0]),
        (HALF_HOUR + 1, "engagement", [0, -1]),
        (HALF_HOUR, "click", [0, 0]),
        (HALF_HOUR + 1, "click", [0, -1]),
    ],
)
def test_pause(gap: int, kind: str, expected: list[int]) -> None:
    assert numbers(event(1, NOON), event(1, NOON + gap, type=kind)) == expected


@pytest.mark.parametrize(("kind", "expected"), [("engagement", [0, 0, 0]), ("click", [0, 0, 1])])
def test_engagement_keeps_alive_a_click_does_not(kind: str, expected: list[int]) -> None:
    steps = [event(1, NOON), event(1, NOON + HALF_HOUR, type=kind), event(1, NOON + 2 * HALF_HOUR)]
    assert numbers(*steps) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ([(0, "pageview")], [0]),
        ([(1, "pageview")], [0]),  # the first one of the next day
        ([(1, "click")], [-1]),
        ([(1, "engagement"), (2, "pageview"), (3, "click")], [-1, 0, 0]),
    ],
)
def test_at_most_a_day(late: list[tuple[int, str]], expected: list[int]) -> None:
    """A visitor comes every half hour for a day; the next visit begins with the next event, never with a signal."""
    steps = [event(1, NOON + at) for at in [*range(0, LONG, HALF_HOUR), LONG - 1]]
    more = [event(1, NOON + LONG + at, type=kind) for at, kind in late]
    rows = sorted(derived([*steps, *more]), key=lambda row: row["time"])
    assert [row["visit"] for row in rows[:49]] == [DAY * PER_DAY] * 49
    begun = DAY if late[0][0] == 0 else DAY + 1
    assert [row["visit"] for row in rows[49:]] == [begun * PER_DAY + n if n >= 0 else -1 for n in expected]


def test_a_signal_begins_no_visit() -> None:
    kinds = ("engagement", "click", "pageview", "click")
    assert numbers(*(event(1, NOON + at, type=kind) for at, kind in enumerate(kinds))) == [-1, -1, 0, 0]


def test_the_next_days_id_continues() -> None:
    over = [event(1, NOON), event(2, NOON + S, before=1), event(3, NOON + 2 * S, before=1), event(4, NOON + 3 * S)]
    assert numbers(*over) == [0, 0, 1, 2]


MIDNIGHT = ms("2026-05-06")
#: One visit over midnight, a bounce, a click that found no visit, and what happened two days later.
EVENTS = [
    event(1, MIDNIGHT - 2 * MINUTE, "/", source="Google"),
    event(1, MIDNIGHT - MINUTE, "/", source="Bing", type="engagement", engaged=3_000),
    event(1, MIDNIGHT + MINUTE, "/", type="Signup"),
    event(1, MIDNIGHT + 2 * MINUTE, "/b", source="Bing", type="engagement", engaged=4_000),
    event(1, MIDNIGHT + 3 * MINUTE, "/b", source="Bing"),
    event(2, MIDNIGHT + 9 * MINUTE, "", source="", country="DE"),
    event(2, MIDNIGHT + 10 * MINUTE, "/c", type="Poll", interactive=False),
    event(3, MIDNIGHT + 11 * MINUTE, "/", type="click", source="Google"),
    event(4, MIDNIGHT + 2 * LONG, "/far"),
]
N = "(none)"
TABLE = [  # minute, page, day, visit, first, source, country, entry, exit, minutes, pageviews, events, engaged, bounce
    (11, "/", 1, -1, False, N, N, N, N, 0, 0, 0, 0, False),
    (-2, "/", 0, DAY * PER_DAY, True, "Google", N, "/", "/b", 5, 2, 3, 7_000, False),
    (-1, "/", 0, DAY * PER_DAY, False, "Google", N, "/", "/b", 0, 0, 0, 0, False),
    (1, "/", 1, DAY * PER_DAY, False, "Google", N, "/", "/b", 0, 0, 0, 0, False),
    (2, "/b", 1, DAY * PER_DAY, False, "Google", N, "/", "/b", 0, 0, 0, 0, False),
    (3, "/b", 1, DAY * PER_DAY, False, "Google", N, "/", "/b", 0, 0, 0, 0, False),
    (9, "", 1, (DAY + 1) * PER_DAY, True, N, "DE", N, N, 1, 1, 2, 0, True),
    (10, "/c", 1, (DAY + 1) * PER_DAY, False, N, "DE", N, N, 0, 0, 0, 0, False),
]
SHOWN = ["page", "day", "visit", "first", "visit_source", "visit_country", "entry_page", "exit_page"]
SHOWN += ["duration", "visit_pageviews", "visit_events", "visit_engaged", "bounce"]


def test_rows() -> None:
    shuffled = random.Random(1).sample(EVENTS, len(EVENTS))
    rows = [
        row
        | {"day": row["day"] - DAY, "time": (row["time"] - MIDNIGHT) // MINUTE, "duration": row["duration"] // MINUTE}
        for row in derived(shuffled)
    ]
    assert [tuple(row[name] for name in ["time", *SHOWN]) for row in rows] == TABLE


def test_a_day_holds_no_text_of_other_days() -> None:
    table = derive(table_of(EVENTS), calendar("UTC"), range(DAY, DAY + 1))
    assert table["page"].chunk(0).dictionary.to_pylist() == ["/"]
    assert table["source"].chunk(0).dictionary.to_pylist() == ["Google", "Bing"]
    assert table["visit_source"].chunk(0).dictionary.to_pylist() == ["Google"]


def test_an_unset_value_and_one_called_none_are_one() -> None:
    table = derive(
        table_of([event(1, NOON, source=""), event(2, NOON, source=N)]), calendar("UTC"), range(DAY, DAY + 1)
    )
    assert sorted(table["source"].to_pylist()) == ["", N]
    assert table["visit_source"].chunk(0).dictionary.to_pylist() == [N]


@pytest.mark.parametrize("events", [[], [event(1, NOON - 3 * LONG)], [event(1, NOON, type="click")]])
def test_tables_without_visits(events: list[Event]) -> None:
    assert [row["visit"] for row in derived(events)] == [-1] * sum(item.type == "click" for item in events)


def reference(events: list[Event], zone: str, days: range) -> list[Row]:
    """The same by `assign` and plain Python, event by event."""
    of_visit: defaultdict[int, list[Event]] = defaultdict(list)
    for item, number in zip(*assign(events), strict=True):
        of_visit[number].append(item)
    rows, begun = [], Counter[int]()
    for number, items in sorted(of_visit.items()):
        visit = -1
        if number >= 0:
            day = ordinal(local_day(items[0].time, zone))
            visit = day * PER_DAY + begun[day]
            begun[day] += 1
        rows += [_row(item, zone) | {"visit": visit, **_whole(items, place, visit)} for place, item in enumerate(items)]
    return [{name: row[name] for name in DERIVED.names} for row in rows if row["day"] in days]


def _row(item: Event, zone: str) -> Row:
    fields = msgspec.structs.asdict(item)
    return fields | {"class": fields["class_"], "day": ordinal(local_day(item.time, zone))}


def _whole(items: list[Event], place: int, visit: int) -> Row:
    own = [item for item in items if item.type not in SIGNALS] if visit >= 0 else []
    views = [item.page or N for item in own if item.type == "pageview"]
    row: Row = {f"visit_{name}": getattr(own[0], name) or N if own else N for name in VISIT_DIMENSIONS}
    row |= {"first": bool(own) and place == 0, "entry_page": [*views, N][0], "exit_page": [N, *views][-1]}
    first = row["first"]
    return row | {
        "duration": own[-1].time - own[0].time if first else 0,
        "visit_pageviews": len(views) if first else 0,
        "visit_events": len(own) if first else 0,
        "visit_engaged": sum(item.engaged for item in items) if first else 0,
        "bounce": first and len(views) == 1 and not any(e.interactive for e in own if e.type != "pageview"),
    }


GAPS = [
    [HALF_HOUR],  # never pauses
    [0, S],
    [0, 20 * MINUTE, HALF_HOUR - 1, HALF_HOUR, HALF_HOUR + 1, 9_000 * S],
    [MINUTE, 40_000 * S],
]
ZONES = [*PLACES, ("Australia/Lord_Howe", "2026-04-05"), ("America/Havana", "2026-11-01")]
SLOW = settings(
    max_examples=int(os.environ.get("FOOTFALL_EXAMPLES", "60")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def crowd(draw: st.DrawFn) -> tuple[str, int, list[Event], random.Random]:
    """A zone, a day, and events around it: of settled persons with one id, and of persons with one for each day."""
    zone, day = draw(st.sampled_from(ZONES))
    source = random.Random(draw(st.integers(0, 1 << 32)))
    events = []
    for person in range(draw(st.integers(1, 5))):
        time = midnight(day, zone) + source.randrange(-50 * 3_600 * S, 30 * 3_600 * S)
        gaps, settled, seqs = draw(st.sampled_from(GAPS)), draw(st.booleans()), source.choice((1, 3))
        most = draw(st.sampled_from((1, 6, 120)))
        for _ in range(most):
            item = random_event(zone, person, time, source.randrange(seqs), source)
            if most > 6 and item.type == "click":  # would be a pause
                item = msgspec.structs.replace(item, type="Poll")
            events.append(msgspec.structs.replace(item, visitor=person, before=0) if settled else item)
            time += source.choice(gaps)
    source.shuffle(events)
    return zone, ordinal(day), events, source


@SLOW
@given(case=crowd(), strange=st.booleans())
def test_equal_to_the_rule_read_forward(case: tuple, strange: bool) -> None:
    """Also where ids continue others at will: two ids one, one id many, in circles."""
    zone, day, events, source = case
    if strange:
        ids = [item.visitor for item in events]
        events = [
            msgspec.structs.replace(item, before=source.choice(ids)) if source.random() < 0.3 else item
            for item in events
        ]
    for days in (range(day - 9, day + 9), range(day, day + 1)):
        assert derived(events, days, zone) == reference(events, zone, days)


def around(events: list[Event], zone: str, days: range) -> pa.Table:
    """As much as `derive` asks for."""
    local, first = calendar(zone), days.start - 2
    while unbroken(events, local.start(first), local.start(first + 1)):
        first -= 1
    return table_of([e for e in events if local.start(first) <= e.time < local.start(days.stop + 2)])


@SLOW
@given(case=crowd())
def test_days_one_by_one_are_all_days_at_once(case: tuple) -> None:
    zone, day, events, _ = case
    whole = derive(table_of(events), calendar(zone), range(day - 9, day + 9)).to_pylist()
    for days in (
        range(day - 9, day - 1),
        *(range(at, at + 1) for at in range(day - 1, day + 3)),
        range(day + 3, day + 9),
    ):
        part = derive(around(events, zone, days), calendar(zone), days)
        assert part.to_pylist() == [row for row in whole if row["day"] in days]


def test_every_raw_column_but_one_is_kept() -> None:
    assert [*DERIVED.names[: len(RAW) - 1]] == [name for name in RAW.names if name != "before"]
