"""Visits over raw events, read forward: the rule on both sides of every limit."""

from __future__ import annotations

import random

import pytest
from brute import visits_of
from hypothesis import given
from hypothesis import strategies as st
from made import event
from test_truth import SLOW, traffic

from common.events import Event
from common.sessions import assign, unbroken

S = 1_000
HALF_HOUR, DAY = 1_800 * S, 86_400 * S


def numbers(*events: Event) -> list[int]:
    return assign(events)[1]


@pytest.mark.parametrize(
    ("gap", "kind", "expected"),
    [
        (HALF_HOUR, "pageview", [0, 0]),
        (HALF_HOUR + 1, "pageview", [0, 1]),
        (HALF_HOUR, "engagement", [0, 0]),
        (HALF_HOUR + 1, "engagement", [0, -1]),
        (HALF_HOUR + 1, "click", [0, -1]),
    ],
)
def test_pause(gap: int, kind: str, expected: list[int]) -> None:
    assert numbers(event(1, 0), event(1, gap, type=kind)) == expected


def test_engagement_keeps_alive_a_click_does_not() -> None:
    for kind, expected in (("engagement", [0, 0, 0]), ("click", [0, 0, 1])):
        assert numbers(event(1, 0), event(1, HALF_HOUR, type=kind), event(1, 2 * HALF_HOUR)) == expected


def test_at_most_a_day() -> None:
    steps = [event(1, at) for at in range(0, DAY + 3 * HALF_HOUR, HALF_HOUR)]
    assert numbers(*steps) == [0] * 49 + [1] * 2


def test_a_signal_begins_no_visit() -> None:
    assert numbers(event(1, 0, type="engagement"), event(1, 5), event(1, 6, type="click")) == [-1, 0, 0]


def test_visitors_have_visits_of_their_own() -> None:
    assert numbers(event(1, 0), event(2, 1), event(1, 2), event(3, 3), event(2, 4)) == [0, 1, 0, 2, 1]


@pytest.mark.parametrize(("gap", "expected"), [(HALF_HOUR, [0, 0, 0]), (HALF_HOUR + 1, [0, 1, 1])])
def test_the_next_days_id_continues(gap: int, expected: list[int]) -> None:
    assert numbers(event(1, 0), event(2, gap, before=1), event(2, gap + S, before=1)) == expected


def test_only_the_first_of_the_next_day_continues() -> None:
    later = event(2, 2 * HALF_HOUR, before=1)
    assert numbers(event(1, 0), event(3, S, before=1), event(1, HALF_HOUR), later) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("first", "gap", "last", "expected"),
    [
        (0, HALF_HOUR, DAY - 1, True),
        (HALF_HOUR, HALF_HOUR, DAY - HALF_HOUR, True),
        (HALF_HOUR + 1, HALF_HOUR, DAY - 1, False),
        (0, HALF_HOUR, DAY - HALF_HOUR - 1, False),
        (0, HALF_HOUR + 1, DAY - 1, False),
    ],
)
def test_unbroken(first: int, gap: int, last: int, expected: bool) -> None:
    """Signals count: they may belong to a visit of the day before. Others' events and days do not."""
    items = [event(1, at, type="click") for at in [*range(first, last, gap), last]]
    others = [event(2, 5), event(2, DAY - 5), event(1, DAY + 5)]
    assert unbroken([*items, *others], 0, DAY) is expected


def test_same_moment_and_twice_the_same() -> None:
    """`seq` orders events of one millisecond; an event stored twice stays two events of one visit."""
    ordered, found = assign([event(1, 5, "/b", seq=1), event(1, 5, "/a"), event(1, 5, "/a")])
    assert [item.page for item in ordered] == ["/a", "/a", "/b"]
    assert found == [0, 0, 0]
    assert assign([]) == ([], [])


@SLOW
@given(case=traffic(), shuffle=st.integers(0, 99))
def test_any_order_gives_the_visits_of_whole_persons(case: tuple, shuffle: int) -> None:
    _, persons, _ = case
    events = [item for each in persons.values() for item in each]
    random.Random(shuffle).shuffle(events)
    ordered, found = assign(events)
    made: dict[int, list[Event]] = {}
    for item, number in zip(ordered, found, strict=True):
        made.setdefault(number, []).append(item)
    lost = made.pop(-1, [])
    cut = [visits_of(each) for each in persons.values()]
    visits = [[*visit.events, *visit.signals] for whole, _ in cut for visit in whole]
    expected = [sorted(visit, key=lambda e: (e.time, e.seq)) for visit in visits]
    assert sorted(map(repr, made.values())) == sorted(map(repr, expected))
    assert sorted(map(repr, lost)) == sorted(repr(item) for _, none in cut for item in none)
