"""Paths: three visits one can follow by eye, and brute force over random ones."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from typing import Any

import pandas as pd
import pytest
from brute import visits_of
from brute_frames import value_of
from derived import relation_of
from hypothesis import given
from hypothesis import strategies as st
from made import event, ms
from test_depth_sums import SOME
from test_truth import traffic

from common.calendars import calendar
from common.depth.funnel import steps_of
from common.depth.paths import paths
from common.events import Event
from common.filters import normalise
from common.keys import ordinal

DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")


def visit(who: int, *pages: str, **facts: Any) -> list[Event]:
    """Pageviews a second apart; a name without / is an event."""
    return [
        event(
            who,
            NOON + 1_000 * n,
            page if page[0] == "/" else "/x",
            seq=n,
            type="pageview" if page[0] == "/" else page,
            **facts,
        )
        for n, page in enumerate(pages)
    ]


#: / / /a Signup /b · /a /b · /c
EVENTS = [*visit(1, "/", "/", "/a", "Signup", "/b", country="DE"), *visit(2, "/a", "/b"), *visit(3, "/c")]


def ask(
    at: str | None = None, back: bool = False, steps: int = 3, top: int = 8, own: bool = False, **where: Any
) -> list:
    asked = steps_of([at])[0] if at else None
    found = paths(relation_of(EVENTS), [DAY], normalise(where), asked, back, steps, top, own)
    return [tuple(row) for row in found[["step", "from", "to", "visits"]].itertuples(index=False)]


def test_from_the_beginning() -> None:
    assert ask() == [
        (1, "/", "/a", 1),
        (1, "/a", "/b", 1),
        (1, "/c", "(exit)", 1),
        (2, "/a", "/b", 1),
        (2, "/b", "(exit)", 1),
        (3, "/b", "(exit)", 1),
    ]
    assert ask(steps=1, own=True) == [(1, "/", "/", 1), (1, "/a", "/b", 1), (1, "/c", "(exit)", 1)]


def test_to_the_end() -> None:
    assert ask(back=True, steps=2) == [
        (1, "/a", "/b", 2),
        (1, "(entry)", "/c", 1),
        (2, "(entry)", "/a", 1),
        (2, "/", "/a", 1),
    ]


def test_around_a_page_or_event() -> None:
    assert ask("page:/a") == [(1, "/a", "/b", 2), (2, "/b", "(exit)", 2)]
    assert ask("page:/a", back=True) == [(1, "(entry)", "/a", 1), (1, "/", "/a", 1), (2, "(entry)", "/", 1)]
    # An event is a step of its own, and only the one that is asked for.
    assert ask("event:Signup") == [(1, "Signup", "/b", 1), (2, "/b", "(exit)", 1)]
    assert ask("event:Signup", back=True, steps=1) == [(1, "/a", "Signup", 1)]
    assert ask("page:/nowhere") == []


def test_events_as_steps() -> None:
    found = paths(relation_of(EVENTS), [DAY], normalise({"country": "DE"}), None, False, 4, 8, False, True)
    assert list(found["to"]) == ["/a", "Signup", "/b", "(exit)"]
    alone = paths(relation_of(visit(1, "Look", "Buy")), [DAY], normalise(None), None, False, 3, 8, False, True)
    assert alone[["from", "to"]].to_numpy().tolist() == [["Look", "Buy"], ["Buy", "(exit)"]]


def test_the_rest_is_folded_and_filters_choose_visits() -> None:
    assert ask(steps=1, top=1) == [
        (1, "(other pages)", "(exit)", 1),
        (1, "(other pages)", "(other pages)", 1),
        (1, "/", "/a", 1),
    ]
    assert ask(steps=1, country="DE") == [(1, "/", "/a", 1)]
    assert ask(steps=1, page="/b") == [(1, "/", "/a", 1), (1, "/a", "/b", 1)]
    assert ask(steps=1, event="Signup") == [(1, "/", "/a", 1)]


def test_shares_are_of_a_step() -> None:
    found = paths(relation_of(EVENTS), [DAY], normalise(None), None, False, 2, 8, False)
    assert found["share"].tolist() == [1 / 3, 1 / 3, 1 / 3, 0.5, 0.5]


@pytest.mark.parametrize(("steps", "top", "message"), [(0, 8, "steps=0"), (11, 8, "steps=11"), (3, 0, "top=0")])
def test_bad_numbers_are_named(steps: int, top: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(steps=steps, top=top)


ANCHORS = {
    None: lambda e: e.type == "pageview",
    "page:/": lambda e: e.page == "/",
    "event:Signup": lambda e: e.type == "Signup",
}


def told(items: list[Event], anchor: Any, back: bool, steps: int, own: bool, every: bool) -> Counter[tuple]:
    """Pairs of one visit by step, the slow way."""
    named = [
        (value_of(e, "page" if e.type == "pageview" else "event"), anchor(e))
        for e in items
        if every or e.type == "pageview" or anchor(e)
    ]
    if not own:
        named = [key for key, _ in groupby(named)]
    if back:
        named = named[::-1]
    begin = next((n for n, (_, hit) in enumerate(named) if hit), None)
    if begin is None:
        return Counter()
    chain = [name for name, _ in named[begin:]] + ["(entry)" if back else "(exit)"]
    pairs = list(pairwise(chain))[:steps]
    return Counter((n, *(pair[::-1] if back else pair)) for n, pair in enumerate(pairs, 1))


@SOME
@given(
    case=traffic(), tail=st.integers(0, 9), at=st.sampled_from(list(ANCHORS)), back=st.booleans(),
    steps=st.integers(1, 4), own=st.booleans(), every=st.booleans(),
)  # fmt: skip
def test_as_brute_force(case: tuple, tail: int, at: str | None, back: bool, steps: int, own: bool, every: bool) -> None:
    zone, persons, _ = case
    events = [item for each in persons.values() for item in each]
    local = calendar(zone)
    found = sorted({local.day(item.time) for item in events})
    days = range(found[0], found[-1] + 1)[: 1 + tail % len(found)]
    expected: Counter[tuple] = Counter()
    for each in persons.values():
        for one in visits_of(each)[0]:
            if one.events[0].class_ == "human" and local.day(one.events[0].time) in days:
                expected += told(
                    one.events, ANCHORS[at] if at or not every else lambda e: True, back, steps, own, every
                )
    asked = steps_of([at])[0] if at else None
    frame: pd.DataFrame = paths(relation_of(events, zone), days, normalise(None), asked, back, steps, 50, own, every)
    assert {
        (n, a, b): count for n, a, b, count in frame[["step", "from", "to", "visits"]].itertuples(index=False)
    } == expected
