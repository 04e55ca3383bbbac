"""The enriched event: its dimensions, and that it survives the journal."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from made import event

from common.events import EVENT_DIMENSIONS, PAGEVIEW, PATH_DIMENSIONS, SIGNALS, VISIT_DIMENSIONS, Event

FIELDS = {field.name for field in msgspec.structs.fields(Event)}


def test_every_dimension_is_a_field_or_derived() -> None:
    assert set(VISIT_DIMENSIONS) | (set(EVENT_DIMENSIONS) - {"event"}) <= FIELDS
    assert not set(PATH_DIMENSIONS) & FIELDS
    assert PAGEVIEW not in SIGNALS


def test_holds_no_address_and_no_user_agent() -> None:
    assert not [name for name in FIELDS if any(word in name for word in ("address", "agent", "ip_", "_ip", "mail"))]


@given(
    visitor=st.integers(0, (1 << 64) - 1),
    page=st.text(),
    props=st.none() | st.dictionaries(st.text(), st.text(), max_size=3),
    amount=st.integers(-(10**13), 10**13),
)
def test_round_trip(visitor: int, page: str, props: dict[str, str] | None, amount: int) -> None:
    made = event(visitor, 5, page, props=props, amount=amount, scroll=0, salt_local=True)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Event) == made
