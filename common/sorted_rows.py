"""Rollup rows of days and dimensions in, one array of all of them in their order out, or their sums. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from common.arrays import Array, Rows
from common.rollups import METRICS

Ints = npt.NDArray[np.int64]


class Part(NamedTuple):
    """Rows of one dimension under one number."""

    number: int
    dimension: str
    values: list[str]
    array: Array


class SortedRows(NamedTuple):
    """Rows one after the other."""

    number: Ints
    dimension: Ints  #: places among the labels
    labels: npt.NDArray[np.object_]  #: sorted
    value: Ints  #: places among the texts
    texts: pa.Array  #: sorted
    array: Array


def sorted_rows(parts: Iterable[Part], by_number_last: bool = False) -> SortedRows:
    """Rows by number, dimension and value; or by dimension, value and number."""
    rows = _rows(list(parts))
    keys = (rows.value, rows.dimension, rows.number)
    order = np.lexsort((rows.number, *keys[:2]) if by_number_last else keys)
    return rows._replace(
        number=rows.number[order], dimension=rows.dimension[order], value=rows.value[order], array=rows.array[order]
    )


def summed(parts: Iterable[Part]) -> list[Part]:
    """The sums of every dimension's values over all numbers, under number 0."""
    rows = _rows(list(parts))
    cells, places = np.unique(rows.dimension * max(len(rows.texts), 1) + rows.value, return_inverse=True)
    sums = np.zeros((len(cells), len(METRICS)), dtype=np.int64)
    np.add.at(sums, places, rows.array)
    dimension, value = np.divmod(cells, max(len(rows.texts), 1))
    texts, ends = rows.texts.take(pa.array(value)).to_pylist(), np.searchsorted(dimension, range(len(rows.labels) + 1))
    spans = zip(rows.labels.tolist(), ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    return [Part(0, label, texts[begin:end], sums[begin:end]) for label, begin, end in spans]


def nonzero(values: Sequence[str], array: Array) -> tuple[list[str], Array]:
    """Rows that count anything."""
    kept = array.any(axis=1)
    if kept.all():
        return list(values), array
    return [values[place] for place in np.flatnonzero(kept).tolist()], array[kept]


def same_rows(rows: Rows, other: Rows) -> bool:
    """Whether the rows are the same, in whatever order."""
    return rows.keys() == other.keys() and all(_same(*rows[name], *other[name]) for name in rows)


def _same(values: list[str], array: Array, others: list[str], other: Array) -> bool:
    if len(values) != len(others):
        return False
    if values != others:
        places = {value: place for place, value in enumerate(others)}
        if places.keys() != set(values):
            return False
        other = other[[places[value] for value in values]]
    return bool(np.array_equal(array, other))


def _rows(parts: Sequence[Part]) -> SortedRows:
    """In the order of the parts."""
    counts = [len(part.values) for part in parts]
    labels = sorted({part.dimension for part in parts})
    places = {label: place for place, label in enumerate(labels)}
    known = pa.array([value for part in parts for value in part.values], pa.string()).dictionary_encode()
    order = pc.array_sort_indices(known.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return SortedRows(
        np.repeat(np.array([part.number for part in parts], dtype=np.int64), counts),
        np.repeat(np.array([places[part.dimension] for part in parts], dtype=np.int64), counts),
        np.array(labels, dtype=object),
        rank[known.indices.to_numpy()],
        known.dictionary.take(pa.array(order)),
        np.concatenate([np.zeros((0, len(METRICS)), dtype=np.int64), *(part.array for part in parts)]),
    )
