"""A record batch of rollup rows in, the same rows by day and dimension out. Pure.

Values stay codes of a dictionary until somebody asks for their texts: a year's page has 300,000 rows, and shows ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from common.arrays import Array, Rows, Values
from common.rollups import METRICS

Ints = npt.NDArray[np.integer]
#: Number of the day of rows that are sums of all days.
SUMS = 0
_WIDTH = len(METRICS)
_INDEX = pa.int32()


class Packed(NamedTuple):
    """Rows sorted by number of the day; no dimension has a value twice under one number."""

    numbers: Ints
    dimensions: Ints  #: places among the labels
    labels: list[str]
    values: pa.DictionaryArray  #: of strings, indices of int32
    columns: tuple[Ints, ...]  #: as METRICS, each in a type of its own

    def by_number(self) -> dict[int, Rows]:
        """The rows of every number, as views of one array."""
        array = np.zeros((len(self.numbers), _WIDTH), dtype=np.int64)
        for place, column in enumerate(self.columns):
            array[:, place] = column
        texts = self.values.dictionary.to_numpy(zero_copy_only=False)
        names = texts[self.values.indices.to_numpy()].tolist() if len(texts) else []
        parts: dict[int, Rows] = {}
        for begin, end in runs(self.numbers, self.dimensions):
            label = self.labels[self.dimensions[begin]]
            parts.setdefault(int(self.numbers[begin]), {})[label] = (names[begin:end], array[begin:end])
        return parts

    def of(self, dimension: str, values: Sequence[str]) -> tuple[Ints, Array]:
        """The numbers and rows of some values of one dimension."""
        if dimension not in self.labels:
            return np.zeros(0, dtype=np.int64), np.zeros((0, _WIDTH), dtype=np.int64)
        found = np.flatnonzero(self.dimensions == self.labels.index(dimension))
        texts = self.values.take(pa.array(found)).to_pylist()
        found = found[[text in values for text in texts]]
        return self.numbers[found], np.array([column[found] for column in self.columns], dtype=np.int64).T

    def sums_of(self, dimension: str) -> Values:
        """The values of one dimension and the sums of all days for each."""
        if dimension not in self.labels:
            return [], np.zeros((0, _WIDTH), dtype=np.int64)
        chosen = (self.dimensions == self.labels.index(dimension)) & (self.numbers == SUMS)
        found = np.flatnonzero(chosen)
        names = self.values.take(pa.array(found)).to_pylist()
        return names, np.array([column[found] for column in self.columns], dtype=np.int64).T


def of_batch(batch: pa.RecordBatch) -> Packed:
    """Rows of a batch with the columns day, dimension, value and METRICS."""
    named = dict(zip(batch.schema.names, batch.columns, strict=True))
    dimension, value = named["dimension"], named["value"]
    values = pa.DictionaryArray.from_arrays(value.indices.cast(_INDEX), value.dictionary)
    columns = tuple(named[name].to_numpy() for name in METRICS)
    return Packed(
        named["day"].to_numpy(), dimension.indices.to_numpy(), dimension.dictionary.to_pylist(), values, columns
    )


def of_rows(rows: Rows) -> Packed:
    """Rows as the sums of all days."""
    counts = [len(values) for values, _ in rows.values()]
    values = pa.array([value for some, _ in rows.values() for value in some], pa.string()).dictionary_encode()
    arrays = [array for _, array in rows.values()] or [np.zeros((0, _WIDTH), dtype=np.int64)]
    columns = tuple(np.concatenate(arrays).T.copy())
    dimensions = np.repeat(np.arange(len(counts)), counts)
    return Packed(np.full(sum(counts), SUMS), dimensions, list(rows), values, columns)


def runs(*columns: Ints) -> Iterator[tuple[int, int]]:
    """Where runs of rows that agree in all columns begin and end."""
    if not len(columns[0]):
        return
    changes = np.zeros(len(columns[0]) - 1, dtype=bool)
    for column in columns:
        changes |= column[1:] != column[:-1]
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(columns[0])]
    yield from pairwise(edges)
