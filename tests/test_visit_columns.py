"""The visit rule over columns: who is handed over, who never paused, and in which order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import event

from common.calendars import calendar
from common.columns import events_of, table_of
from common.events import Event
from common.sessions import unbroken
from common.visit_columns import NOWHERE, Rows, apart, begun_at, in_order, never_paused
from common.visits import order_of

HALF_HOUR = 1_800_000


@pytest.mark.parametrize(
    ("pairs", "handed"),
    [
        ([(1, 0), (2, 0)], []),
        ([(1, 0), (2, 1), (3, 0)], [1, 2]),
        ([(2, 9), (3, 0)], []),  # nobody was 9
        ([(1, 0), (2, 1), (2, 0), (4, 2), (5, 0)], [1, 2, 4]),
        ([(1, 1), (2, 0)], [1]),
    ],
)
def test_who_goes_on_under_another_id(pairs: list[tuple[int, int]], handed: list[int]) -> None:
    """Pairs of an id and the id before."""
    rest, others = apart(table_of([event(visitor, at, before=before) for at, (visitor, before) in enumerate(pairs)]))
    ids = {visitor for visitor, _ in pairs}
    assert sorted({item.visitor for item in events_of(others)}) == handed
    assert {item.visitor for item in events_of(rest)} == ids - set(handed)
    assert len(rest) + len(others) == len(pairs)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from((900_000, HALF_HOUR, HALF_HOUR + 1))), max_size=30))
def test_never_paused(steps: list[tuple[int, int]]) -> None:
    """As the same question to events, on both sides of the limit."""
    clock: dict[int, int] = {}
    events = []
    for visitor, gap in steps:
        clock[visitor] = clock.get(visitor, 0) + gap
        events.append(event(visitor, clock[visitor]))
    for end in (HALF_HOUR, 4 * HALF_HOUR, 8 * HALF_HOUR):
        assert never_paused(table_of(events), 0, end) == unbroken(events, 0, end)


def test_someone_who_never_paused() -> None:
    events = [event(7, at * HALF_HOUR) for at in range(1, 9)]
    assert never_paused(table_of(events), 0, 9 * HALF_HOUR)
    assert not never_paused(table_of(events[1:]), 0, 9 * HALF_HOUR)


@given(st.lists(st.builds(event, st.integers(0, 2), st.integers(0, 2), st.sampled_from("ab"), seq=st.integers(0, 1))))
def test_order(events: list[Event]) -> None:
    random.Random(1).shuffle(events)
    assert events_of(in_order(table_of(events))) == sorted(events, key=order_of)


def test_the_row_a_visit_begins_with() -> None:
    events = [event(1, HALF_HOUR), event(1, 0), event(2, 0, type="click"), event(1, 2 * HALF_HOUR + 1)]
    assert begun_at(Rows(table_of(events), calendar("UTC"))).tolist() == [1, 1, NOWHERE, 3]
