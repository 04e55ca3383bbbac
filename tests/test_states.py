"""What is remembered of a visitor, packed and read back, and the two limits of a visit."""

from __future__ import annotations

import msgspec
import pytest
from made import event

from common.states import State, Visit, continues, forget, order_of


@pytest.mark.parametrize(
    ("first", "alive", "time", "expected"),
    [
        (0, 0, 1_800_000, True),
        (0, 0, 1_800_001, False),
        (0, 86_000_000, 86_400_000, True),
        (0, 86_000_000, 86_400_001, False),
    ],
)
def test_continues(first: int, alive: int, time: int, expected: bool) -> None:
    assert continues(first, alive, time) is expected


def test_states_survive_packing() -> None:
    visit = Visit((5, 0, 7), 5, 9, 9, ("Google", ""), {1: [1, 2, 3]}, {1: {1 << 63}}, {1: {7: 40}}, "/a", (5, 0, 7))
    for state in (State("bot"), State("human", visit, 3, 4, True, {1: b"\1"}, {1: {5}}, 8)):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State) == state


def test_order_is_by_time_then_place_then_content() -> None:
    events = [event(1, 5, "/a", seq=1), event(1, 5, "/b"), event(1, 4, "/c", seq=9)]
    assert [item.page for item in sorted(events, key=order_of)] == ["/c", "/b", "/a"]
    assert order_of(event(1, 5, "/a")) == order_of(event(1, 5, "/a")) != order_of(event(1, 5, "/b"))


def test_forget() -> None:
    state = State("human", steps={5: b"\1", 7: b"\1"}, closed={5: {1}, 8: {2}})
    forget(state, 7)
    assert (list(state.steps), list(state.closed)) == ([7], [8])
