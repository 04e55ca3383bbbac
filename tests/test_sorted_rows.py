"""Rows in their order, sums over numbers, and rows that are the same in another order."""

from __future__ import annotations

import numpy as np
import pytest

from common.rollups import METRICS
from common.sorted_rows import Part, nonzero, same_rows, sorted_rows, summed


def array(*first: int) -> np.ndarray:
    """Rows of which the first metric counts."""
    return np.array([[value, *[0] * (len(METRICS) - 1)] for value in first], dtype=np.int64).reshape(-1, len(METRICS))


PARTS = [
    Part(2, "page", ["/b", "/a"], array(1, 2)),
    Part(1, "page", ["/é", "/b"], array(3, 4)),
    Part(1, "class", ["human"], array(5)),
]


def told(by_number_last: bool) -> list[tuple[int, str, str, int]]:
    rows = sorted_rows(PARTS, by_number_last)
    names = [rows.labels[place] for place in rows.dimension.tolist()]
    texts = rows.texts.to_pylist()
    values = [texts[place] for place in rows.value.tolist()]
    return list(zip(rows.number.tolist(), names, values, rows.array[:, 0].tolist(), strict=True))


def test_order() -> None:
    expected = [
        (1, "class", "human", 5),
        (1, "page", "/b", 4),
        (1, "page", "/é", 3),
        (2, "page", "/a", 2),
        (2, "page", "/b", 1),
    ]
    assert told(False) == expected
    assert told(True) == sorted(expected, key=lambda row: (row[1], row[2], row[0]))


def test_sums() -> None:
    found = {part.dimension: (part.values, part.array[:, 0].tolist()) for part in summed(PARTS)}
    assert found == {"class": (["human"], [5]), "page": (["/a", "/b", "/é"], [2, 5, 3])}
    assert summed([]) == []
    assert len(sorted_rows([]).number) == 0


def test_what_counts_nothing() -> None:
    values, rows = nonzero(["a", "b", "c"], array(1, 0, 2))
    assert (values, rows[:, 0].tolist()) == (["a", "c"], [1, 2])


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"x": (["b", "a"], array(2, 1))}, True),
        ({"x": (["a", "b"], array(2, 1))}, False),
        ({"x": (["a", "c"], array(1, 2))}, False),
        ({"x": (["a"], array(1))}, False),
        ({"y": (["a", "b"], array(1, 2))}, False),
        ({}, False),
    ],
)
def test_same_rows(other: dict, same: bool) -> None:
    assert same_rows({"x": (["a", "b"], array(1, 2))}, other) is same
