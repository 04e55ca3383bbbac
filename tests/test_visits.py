"""The visit rule, event by event: what is added, what is taken back, and what is left to a rebuild."""

from __future__ import annotations

import random
from itertools import permutations

import msgspec
import pytest
from brute import Rows, brute
from hypothesis import given
from hypothesis import strategies as st
from made import event, ms
from test_truth import SLOW, traffic

from collector.folding import fold_visitors
from common.calendars import calendar
from common.events import Event
from common.keys import iso, ordinal
from common.rollups import METRICS
from common.states import Folded, State, folded, order_of
from common.visits import fold

START = ms("2026-05-05 12:00")
MINUTE = 60_000


def arrive(events: list[Event], zone: str = "UTC") -> tuple[Folded, dict[int, State]]:
    """Events one flush each; states are packed in between, as in Redis."""
    states: dict[int, State] = {}
    out = folded()
    for item in events:
        once = folded()
        fold_visitors({item.visitor: [(order_of(item), item)]}, states, calendar(zone), once)
        states = {v: msgspec.msgpack.decode(msgspec.msgpack.encode(s), type=State) for v, s in states.items()}
        out.marked |= once.marked
        for day, rows in once.increments.items():
            for name, values in rows.items():
                have = out.increments.setdefault(day, {}).setdefault(name, [0] * len(METRICS))
                have[:] = [a + b for a, b in zip(have, values, strict=True)]
    return out, states


def rows_of(out: Folded) -> Rows:
    """Rows that are not empty, by day."""
    named = {iso(day): {n: v for n, v in rows.items() if any(v)} for day, rows in out.increments.items()}
    return {day: rows for day, rows in named.items() if rows}


def test_a_visit_in_any_order() -> None:
    """All 120 orders of a visit's events add up to the same rows, without a rebuild."""
    events = [
        event(1, START, "/", source="Google"),
        event(1, START + MINUTE, "/a", source="Bing"),
        event(1, START + 2 * MINUTE, "/a", type="Signup", props={"plan": "pro"}, amount=5, currency="EUR"),
        event(1, START + 20 * MINUTE, "/b"),
        event(1, START + 29 * MINUTE, "/a"),
    ]
    expected = brute({1: events}, "UTC")
    for order in permutations(events):
        out, _ = arrive(list(order))
        assert rows_of(out) == expected
        assert not out.marked


def test_what_is_taken_back() -> None:
    """The second page turns a bounce into a visit that left elsewhere."""
    out, states = arrive([event(1, START, "/")])
    assert out.increments[ordinal("2026-05-05")]["exit_page=/"][:6] == [1, 1, 1, 1, 1, 0]
    late = event(1, START + MINUTE, "/b")
    more = folded()
    fold(states, 1, [(order_of(late), late)], calendar("UTC"), more)
    added = more.increments[ordinal("2026-05-05")]
    assert added["exit_page=/"][:6] == [-1, -1, -1, -1, -1, 0]
    assert added["exit_page=/b"][:6] == [2, 2, 1, 1, 0, MINUTE]
    assert added["entry_page=/"][:6] == [1, 1, 0, 0, -1, MINUTE]
    assert added["shape=1.<1.n"][2] == -1
    assert added["shape=2.<1.n"][2] == 1


@pytest.mark.parametrize(
    ("late", "marked"),
    [
        (event(1, START - 30 * MINUTE), False),  # it begins the visit anew
        (event(1, START - 30 * MINUTE - 1), True),  # it was a visit before, of which nothing is known
        (event(1, START + 25 * MINUTE), True),  # it joins two visits
        (event(1, START + 32 * MINUTE), False),  # it begins the second one anew
        (event(1, START + 75 * MINUTE), False),
    ],
)
def test_what_is_left_to_a_rebuild(late: Event, marked: bool) -> None:
    first = [event(1, START)] if late.time < START else [event(1, START), event(1, START + 50 * MINUTE)]
    out, _ = arrive([*first, late])
    assert bool(out.marked) is marked


MIDNIGHT = ms("2026-05-06")


@pytest.mark.parametrize(
    "events",
    [
        # A visit of 24 h cannot begin earlier: it would end earlier.
        [*(event(1, START + at * MINUTE) for at in range(0, 24 * 60 + 1, 30)), event(1, START - 20 * MINUTE)],
        # A signal found no visit, until a late one shows that it went on.
        [
            event(1, START),
            event(1, START + 40 * MINUTE, type="engagement", engaged=9),
            event(1, START + 20 * MINUTE, type="engagement", engaged=5),
        ],
        # A signal came before the visit that it belongs to.
        [event(1, START + MINUTE, type="engagement", engaged=5), event(1, START)],
        # The new day's late event joins its visit to that of the day before.
        [
            event(1, MIDNIGHT - 15 * MINUTE),
            event(2, MIDNIGHT + 28 * MINUTE, before=1),
            event(2, MIDNIGHT + 10 * MINUTE, before=1),
        ],
        # The visit went on under the new day's id, and an event of the old id comes late.
        [
            event(1, MIDNIGHT - 15 * MINUTE),
            event(2, MIDNIGHT + 5 * MINUTE, before=1),
            event(1, MIDNIGHT - 5 * MINUTE),
        ],
        # The new day's id came first, and then an event of the id before.
        [event(2, MIDNIGHT + 5 * MINUTE, before=1), event(1, MIDNIGHT - 5 * MINUTE)],
        # An id that lives for a week: the visit began on the day before.
        [event(1, MIDNIGHT + 5 * MINUTE), event(1, MIDNIGHT - 5 * MINUTE)],
        # A signal before the held visit, when an earlier one is no longer held.
        [
            event(1, START),
            event(1, START + 60 * MINUTE),
            event(1, START + 20 * MINUTE, type="engagement", engaged=5),
        ],
    ],
)
def test_what_cannot_be_settled_is_marked(events: list[Event]) -> None:
    out, _ = arrive(events)
    assert rows_of(out) != brute({0: events}, "UTC")
    assert out.marked


@SLOW
@given(case=traffic(), far=st.sampled_from([0, 3, 1_000]), shuffle=st.integers(0, 1 << 16))
def test_what_differs_is_marked(case: tuple, far: int, shuffle: int) -> None:
    """Whatever comes in whatever order: a day whose rows are not the true ones is marked, or next to one that is."""
    zone, persons, _ = case
    draw = random.Random(shuffle)
    events = sorted((item for each in persons.values() for item in each), key=lambda e: (e.time, e.seq))
    places = sorted(range(len(events)), key=lambda place: place + draw.uniform(0, far))
    out, _ = arrive([events[place] for place in places], zone)
    found, expected = rows_of(out), brute(persons, zone)
    near = {day + shift for day in out.marked for shift in (-1, 0, 1)}
    for day in found.keys() | {day for day, rows in expected.items() if rows}:
        assert found.get(day, {}) == expected.get(day, {}) or ordinal(day) in near, day


def test_a_visitor_of_very_many_values_is_bounded_and_left_to_the_rebuild() -> None:
    """Else one client could make every flush of all sites carry what it has seen."""
    states: dict[int, State] = {}
    days = calendar("UTC")
    for turn in range(20):
        events = [event(1, ms("2026-05-05 12:00") + turn * 60_000 + n, f"/{turn}/{n}", seq=n) for n in range(150)]
        out = folded()
        fold(states, 1, [(order_of(item), item) for item in events], days, out)
        visit = states[1].visit
        assert visit is not None
        assert sum(map(len, visit.seen.values())) <= 2_000
        if turn == 13:
            assert out.marked == {ordinal("2026-05-05")}
