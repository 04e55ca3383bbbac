"""Columns by their distinct values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from collector.distinct import Distinct, column, pairs, rows, spans, widths

DATA = b"ab-cd--ab"


def listed(found: Distinct[bytes]) -> list[bytes]:
    return [found.values[place] for place in found.places.tolist()]


def at(*places: int) -> np.ndarray:
    return np.array(places, dtype=np.int64)


def test_spans_of_bytes() -> None:
    found = spans(DATA, at(0, 3, 6, 7), at(2, 5, 6, 9))
    assert listed(found) == [b"ab", b"cd", b"", b"ab"]
    assert found.values == [b"ab", b"cd", b""]
    assert spans(DATA, at(), at()).values == []


@pytest.mark.parametrize(("begins", "ends"), [((0, 1), (2, 3)), ((3,), (2,)), ((-1,), (2,)), ((8,), (10,))])
def test_spans_that_are_none(begins: tuple[int, ...], ends: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="overlap or lie outside"):
        spans(DATA, at(*begins), at(*ends))


def test_as_many_bytes_from_each_place_on() -> None:
    assert listed(rows(widths(DATA, at(7, 0, 2), 2))) == [b"ab", b"ab", b"-c"]
    assert widths(b"a", at(), 2).shape == (0, 2)


def test_what_is_told_of_values() -> None:
    found = column(pa.array([b"a", b"B", b"A", b"a"]))
    upper = found.told(bytes.upper)
    assert (upper.values, upper.places.tolist()) == ([b"A", b"B"], [0, 1, 0, 0])
    assert found.each(ord, np.int64).tolist() == [97, 66, 65, 97]


def test_some_rows_keep_only_their_values() -> None:
    found = column(pa.array([b"a", b"b", b"c", b"a"]))
    some = found.at(at(3, 2))
    assert (some.values, some.places.tolist()) == ([b"a", b"c"], [0, 1])
    assert listed(found.at(np.array([False, True, False, True]))) == [b"b", b"a"]


def test_pairs() -> None:
    first, other = np.array([0, 1, 0, 1], dtype=np.int32), np.array([2, 0, 2, 2], dtype=np.int32)
    place, firsts, others = pairs(first, other)
    assert place.tolist() == [0, 1, 0, 2]
    assert (firsts.tolist(), others.tolist()) == ([0, 1, 1], [2, 0, 2])
    assert [part.tolist() for part in pairs(first[:0], other[:0])] == [[], [], []]
