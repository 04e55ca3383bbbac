"""The rows file of a closed month in, sums of some of its days as arrays out. Pure."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa

from common.arrays import Rows, Values
from common.dense import ABOUT_DAY
from common.packed import runs
from common.rollups import METRICS

#: What is read of a rows file.
COLUMNS = ("day", "dimension", "value", *METRICS)


class MonthRows:
    """Every row of every day of a month, in the order of the file: by dimension, value and day."""

    def __init__(self, table: pa.Table) -> None:
        dimensions, values = (_codes(table.column(name)) for name in ("dimension", "value"))
        bounds = list(runs(dimensions[0], values[0]))
        self._days = table.column("day").to_numpy()
        self._begins = np.array([begin for begin, _ in bounds], dtype=np.intp)
        self._dimensions = dimensions[0][self._begins]
        self._labels = dimensions[1]
        names = values[1]
        self._values = [names[place] for place in values[0][self._begins].tolist()]
        self._array = np.column_stack([table.column(name).to_numpy() for name in METRICS])

    def sums(self, days: Collection[int]) -> Rows:
        """The rows of the days, summed."""
        if not len(self._begins):
            return {}
        chosen = np.isin(self._days, list(days))
        sums = np.add.reduceat(np.where(chosen[:, None], self._array, 0), self._begins, axis=0)
        rows: Rows = {}
        for begin, end in runs(self._dimensions):
            kept = begin + np.flatnonzero(sums[begin:end].any(axis=1))
            dimension = self._labels[int(self._dimensions[begin])]
            if len(kept) and dimension != ABOUT_DAY:
                rows[dimension] = ([self._values[place] for place in kept.tolist()], sums[kept])
        return rows

    def by_day(self, dimension: str, days: Collection[int]) -> dict[int, Values]:
        """The rows of one dimension on each of the days that has any."""
        if dimension not in self._labels or not days:
            return {}
        groups = np.flatnonzero(self._dimensions == self._labels.index(dimension))
        if not len(groups):
            return {}
        ends = np.append(self._begins[1:], len(self._days))
        begin, end = int(self._begins[groups[0]]), int(ends[groups[-1]])  # the file has them one behind the other
        of = np.repeat(groups, ends[groups] - self._begins[groups])
        found: dict[int, Values] = {}
        order = np.argsort(self._days[begin:end], kind="stable")
        for first, after in runs(self._days[begin:end][order]):
            some = order[first:after]
            day = int(self._days[begin + some[0]])
            if day in days:
                found[day] = ([self._values[place] for place in of[some].tolist()], self._array[begin + some])
        return found


def _codes(column: pa.ChunkedArray) -> tuple[np.ndarray[tuple[int], np.dtype[np.int32]], list[str]]:
    """Texts as numbers, and the texts they stand for."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
