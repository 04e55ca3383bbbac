"""Rows under the dimensions of whole visits: a visitor counts once a day under each value."""

from __future__ import annotations

import numpy as np

from common.arrays import listed
from common.labels import Labels
from common.rollups import EVENTS, METRICS, VISITORS, VISITS

#: Of one day: visits 0 and 1 are of one person, 2 of another, whose part of the day has a signal alone.
PARTS = {
    "day": np.array([7, 7, 7]),
    "visit": np.array([0, 1, 2]),
    "person": np.array([0, 0, 1]),
    "sums": {EVENTS: np.array([2, 1, 0]), VISITS: np.array([1, 1, 0])},
}


def test_rows() -> None:
    labels = Labels.of(range(7, 8), **PARTS, some=np.array([True, True, True]))
    for codes, expected in (
        ([0, 0, 0], {"x=a": (3, 2, 1)}),
        ([0, 1, 0], {"x=a": (2, 1, 1), "x=b": (1, 1, 1)}),
        ([1, 1, 0], {"x=b": (3, 2, 1)}),
    ):
        rows = {}
        for day, dimension, values, array in labels.rows("x", ["a", "b"], np.array(codes)):
            assert day == 7
            rows |= listed({dimension: (values, array)})
        assert {name: (row[EVENTS], row[VISITS], row[VISITORS]) for name, row in rows.items()} == expected
        assert all(len(row) == len(METRICS) for row in rows.values())


def test_some_parts() -> None:
    labels = Labels.of(range(7, 8), **PARTS, some=np.array([False, True, True]))
    ((_, _, values, array),) = labels.rows("x", ["a", "b"], np.array([0, 1, 0]))
    assert (values, array[0, [EVENTS, VISITS, VISITORS]].tolist()) == (["b"], [1, 1, 1])
