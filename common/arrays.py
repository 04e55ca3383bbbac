"""Packed rollup rows in, arrays by dimension out; and the sum of a day and what was added to it later. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from common import keys
from common.events import OTHER
from common.rollups import METRICS, ROLLUPS
from common.rows import unpack_row

Array = npt.NDArray[np.int64]
#: Dimension -> its values and an array of one row a value, columns as METRICS.
Rows = dict[str, tuple[list[str], Array]]

#: Dimensions of which a closed month keeps every day: totals and bars of any range are made of them.
SMALL = frozenset(rollup.dimension for rollup in ROLLUPS if rollup.kind in ("total", "step", "hour", "count"))


def decode(stored: Mapping[bytes, bytes]) -> Rows:
    """The rows of a daily hash."""
    return arrays(
        (name.decode(), unpack_row(data))
        for name, data in stored.items()
        if b"=" in name and not name.startswith(b"count=")
    )


def arrays(named: Iterable[tuple[str, list[int]]]) -> Rows:
    """Rows named `dimension=value`, gathered by dimension; those of zeros are left out."""
    values: dict[str, list[str]] = {}
    rows: dict[str, list[list[int]]] = {}
    for name, row in named:
        if any(row):
            dimension, value = keys.split_field(name)
            values.setdefault(dimension, []).append(value)
            rows.setdefault(dimension, []).append(row)
    return {dimension: (found, np.array(rows[dimension], dtype=np.int64)) for dimension, found in values.items()}


def listed(rows: Rows) -> dict[str, list[int]]:
    """The same rows by the names of their fields."""
    return {
        keys.field(dimension, value): row
        for dimension, (values, array) in rows.items()
        for value, row in zip(values, array.tolist(), strict=True)
    }


def small(rows: Rows) -> Rows:
    """Only the dimensions of which a closed month keeps every day."""
    return {dimension: found for dimension, found in rows.items() if dimension in SMALL}


def added(base: Rows, *more: Rows) -> Rows:
    """The sum of folded rows and of what was added to them since; rows that become zero are left out.

    What is taken back from a value that has no row of its own was counted in `(other)`, and is taken from there.
    """
    for rows in more:
        base = base | {dimension: _sum(base.get(dimension), found) for dimension, found in rows.items()}
    return {dimension: found for dimension, found in base.items() if found[0]}


def _sum(base: tuple[list[str], Array] | None, more: tuple[list[str], Array]) -> tuple[list[str], Array]:
    values, array = base or ([], np.zeros((0, len(METRICS)), dtype=np.int64))
    places = {value: place for place, value in enumerate(values)}
    fresh: list[str] = []
    at: list[int] = []
    for value, least in zip(more[0], more[1].min(axis=1).tolist(), strict=True):
        place = places.get(value)
        if place is None and least < 0:
            place = places.get(OTHER)
        if place is None:
            place = places[value] = len(values) + len(fresh)
            fresh.append(value)
        at.append(place)
    sums = np.concatenate([array, np.zeros((len(fresh), len(METRICS)), dtype=np.int64)])
    np.add.at(sums, at, more[1])
    names, kept = [*values, *fresh], np.flatnonzero(sums.any(axis=1))
    return (names, sums) if len(kept) == len(names) else ([names[place] for place in kept.tolist()], sums[kept])
