"""Packed rows to arrays, and what was added to them: small enough to add up by eye."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import row

from common.arrays import SMALL, added, arrays, decode, listed, small, unpack_rows
from common.events import OTHER
from common.rollups import METRICS
from common.rows import pack_row, unpack_row


def test_decode() -> None:
    rows = decode(
        {
            b"page=/a=b": b"\x91\x07",
            b"page=/\xc3\xbc": b"\x92\x01\x02",
            b"page=/taken back": b"\x90",
            b"count=page": b"3",
            b"revision": b"12",
            b"raw": b"\x93\x00\x00\x00",
        }
    )
    assert list(rows) == ["page"]
    names, array = rows["page"]
    assert names == ["/a=b", "/ü"]
    assert array.tolist() == [row(7), row(1, 2)]
    assert listed(rows) == {"page=/a=b": row(7), "page=/ü": row(1, 2)}
    assert decode({}) == {}


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=len(METRICS), max_size=len(METRICS))))
def test_rows_are_unpacked_together_as_one_by_one(rows: list[list[int]]) -> None:
    packed = [pack_row(values) for values in rows]
    assert unpack_rows(packed).tolist() == [unpack_row(data) for data in packed] == rows


@pytest.mark.parametrize(
    "broken", [b"", b"x", b"\x9f" + b"\x01" * 15, b"\x91", b"\x91\x01\x02", b"\x91\xa1a", b"\xdc\x00\x00"]
)
def test_what_is_no_row_is_refused(broken: bytes) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        unpack_rows([b"\x91\x07", broken])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"page=a": row(3, 4), "page=b": row(1)}),
        ({"page=b": row(1, 1)}, {"page=a": row(3, 4), "page=b": row(2, 1)}),
        ({"page=b": row(-1)}, {"page=a": row(3, 4)}),
        ({"page=a": row(-3, -4), "page=b": row(-1)}, {}),
        ({"page=c": row(5)}, {"page=a": row(3, 4), "page=b": row(1), "page=c": row(5)}),
        ({"event=x": row(5)}, {"page=a": row(3, 4), "page=b": row(1), "event=x": row(5)}),
        ({"page=c": row(-1)}, {"page=a": row(3, 4), "page=b": row(1), "page=c": row(-1)}),
    ],
)
def test_added(more: dict[str, list[int]], expected: dict[str, list[int]]) -> None:
    base = arrays({"page=a": row(3, 4), "page=b": row(1)}.items())
    assert listed(added(base, arrays(more.items()))) == expected
    assert listed(base) == {"page=a": row(3, 4), "page=b": row(1)}


def test_what_is_taken_back_from_a_value_beyond_the_cap_is_taken_from_the_rest() -> None:
    base = arrays({"page=a": row(3), f"page={OTHER}": row(9, 9)}.items())
    more = arrays({"page=far": row(-2, -1), "page=new": row(1), "page=a": row(-1)}.items())
    assert listed(added(base, more)) == {"page=a": row(2), f"page={OTHER}": row(7, 8), "page=new": row(1)}


def test_small_dimensions_are_those_of_bounded_size() -> None:
    assert sorted(SMALL) == ["class", "dropped", "error", "hour", "revenue", "salt", "shape", "step"]
    assert list(small(arrays({"page=a": row(1), "step=human.1": row(1)}.items()))) == ["step"]
