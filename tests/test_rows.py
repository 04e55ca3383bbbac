"""Blocks of events and rows of sums survive packing."""

from __future__ import annotations

import zlib

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import event

from common.blocks import pack_table
from common.columns import LATER, table_of
from common.rollups import METRICS
from common.rows import (
    count_events,
    pack_events,
    pack_row,
    script_argument,
    unpack_blocks,
    unpack_events,
    unpack_row,
)

FULL = event(
    (1 << 64) - 1,
    1_770_000_000_000,
    "/ü",
    before=7,
    type="Signup",
    props={"plan": "pro"},
    amount=-999,
    currency="EUR",
    interactive=False,
    scroll=100,
    target="a#b",
    salt_local=True,
)


@pytest.mark.parametrize("events", [[], [event(1, 5)], [FULL], [FULL, event(1, 5)] * 200])
def test_blocks(events: list) -> None:
    assert unpack_events(pack_events(events)) == events


@pytest.mark.parametrize("count", [0, 1, 15, 16, 400, 70_000])
def test_events_are_counted_without_being_unpacked(count: int) -> None:
    assert count_events(pack_events([event(1, 5)] * count)) == count
    columnar = pack_table(table_of([event(1, 5)] * count))
    assert (columnar[0] == 2, count_events(columnar)) == (count >= 500, count)


def test_long_blocks_are_compressed_short_ones_are_not() -> None:
    assert pack_events([])[:1] == b"\x00"
    block = pack_events([FULL] * 100)
    assert block[:1] == b"\x01"
    assert len(block) < len(zlib.decompress(block[1:])) / 10


def test_blocks_keep_their_order() -> None:
    assert [e.time for e in unpack_blocks([pack_events([event(1, 9), event(1, 3)]), pack_events([event(1, 5)])])] == [
        9,
        3,
        5,
    ]


def test_a_newer_block_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        unpack_events(b"\x03abc")
    with pytest.raises(ValueError, match="unknown kind"):
        count_events(b"\x03abc")


@given(st.lists(st.integers(-(1 << 62), 1 << 62), min_size=len(METRICS), max_size=len(METRICS)))
def test_rows(values: list[int]) -> None:
    assert unpack_row(pack_row(values)) == values


def test_zeros_at_the_end_cost_nothing() -> None:
    assert pack_row([1, 0, 2] + [0] * 7) == b"\x93\x01\x00\x02"
    assert pack_row([0] * 10) == b"\x90"


def test_script_arguments_hold_text_and_bytes_alike() -> None:
    assert msgpack.unpackb(script_argument({"a": "x", "b": b"\xff", "c": [1, -2]}), raw=True) == {
        b"a": b"x",
        b"b": b"\xff",
        b"c": [1, -2],
    }


def test_rows_of_before_a_field_was_there() -> None:
    clicked = event(1, 5, type="click", x=3, across=7, down=8, width=390)
    older = [list(values[: -len(LATER)]) for values in map(msgspec.structs.astuple, (FULL, clicked))]
    found = unpack_events(b"\x00" + msgspec.msgpack.encode(older))
    assert found == [FULL, event(1, 5, type="click", x=3)]
