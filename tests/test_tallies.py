"""Sums by day and code, by hand and against plain loops; and which rows are the first of their kind."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.rollups import EVENTS, METRICS, PAGEVIEWS, REVENUE
from common.tallies import Tally, changes, firsts, named, new_of

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=12)


def test_changes() -> None:
    assert changes(np.array([1, 1, 2, 2, 1])).tolist() == [True, False, True, False, True]
    assert changes(np.array([1, 1, 1]), np.array([7, 8, 8])).tolist() == [True, True, False]
    assert changes(np.array([], dtype=np.int64)).tolist() == []


@given(PAIRS)
def test_firsts(pairs: list[tuple[int, int]]) -> None:
    rows = sorted(pairs, key=lambda pair: pair[0])
    group, code = (np.array([pair[at] for pair in rows], dtype=np.int64) for at in (0, 1))
    expected = [pair not in rows[:at] for at, pair in enumerate(rows)]
    assert firsts(group, code).tolist() == expected
    sizes = Counter(group.tolist())
    several = np.array([sizes[place] > 1 for place in group.tolist()], dtype=bool)
    assert new_of(group, several, code).tolist() == expected


@pytest.mark.parametrize("size", [3, 10**9])
def test_sums_by_day_and_code(size: int) -> None:
    """Few cells, and more than could be held."""
    tally = Tally(range(10, 13), size)
    key = tally.key(np.array([10, 12, 12, 12]), np.array([2, 0, 2, 0]))
    tally.add(EVENTS, key)
    tally.add(PAGEVIEWS, key, np.array([True, False, True, False]))
    tally.add(REVENUE, key, np.array([5, -5, 0, 10**16 + 1]))
    tally.add(REVENUE, key[:0], np.array([], dtype=np.int64))
    found = [(day, codes.tolist(), rows[:, [PAGEVIEWS, EVENTS, REVENUE]].tolist()) for day, codes, rows in tally.sums()]
    assert found == [(10, [2], [[1, 1, 5]]), (12, [0, 2], [[0, 2, 10**16 - 4], [1, 1, 0]])]


def test_zeros_are_left_out() -> None:
    tally = Tally(range(5, 6), 2)
    tally.add(PAGEVIEWS, tally.key(np.array([5, 5]), np.array([0, 1])), np.array([0, 3]))
    assert [(codes.tolist(), len(rows[0])) for _, codes, rows in tally.sums()] == [([1], len(METRICS))]
    assert list(Tally(range(5, 6), 0).sums()) == []


def test_names_of_codes() -> None:
    assert named(["a", "b"])(np.array([1, 0, 1])) == ["b", "a", "b"]
