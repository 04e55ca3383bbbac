"""Packed rows of days and months in, the sums of every value out, a frame for each dimension. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from common.arrays import Array
from common.packed import SUMS, Ints, Packed, runs
from common.rollups import METRICS

_WIDTH = len(METRICS)
#: Cells of dimension x value up to which a place is kept for each.
_MOST_CELLS = 4_000_000


class Summed:
    """Sums of every value: a frame for each dimension, columns as METRICS, indexed and sorted by value."""

    def __init__(self, bounds: Mapping[str, tuple[int, int]], names: pa.Array, columns: Array) -> None:
        self._bounds, self._names, self._columns = bounds, names, columns
        self._frames: dict[str, pd.DataFrame] = {}

    def __len__(self) -> int:
        return len(self._names)

    def frame(self, dimension: str) -> pd.DataFrame:
        """The sums of a dimension's values; nobody may change them."""
        if dimension not in self._frames:
            begin, end = self._bounds.get(dimension, (0, 0))
            index = pd.Index(self._names[begin:end].to_pandas(), dtype="str", name=None)
            self._frames[dimension] = pd.DataFrame(self._columns[:, begin:end].T, columns=list(METRICS), index=index)
        return self._frames[dimension]


class Joined:
    """The sums of several shards, which share values but no visitor."""

    def __init__(self, parts: Sequence[Summed]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def frame(self, dimension: str) -> pd.DataFrame:
        """As `Summed.frame`."""
        frames = pd.concat([part.frame(dimension) for part in self._parts])
        sums = frames.groupby(level=0, sort=True).sum()
        return sums[sums.any(axis=1)].rename_axis(None)


def summed(parts: Sequence[Packed]) -> Summed:
    """The sums of the parts' sums; what is zero then is left out."""
    ends = [int(np.searchsorted(part.numbers, SUMS, side="right")) for part in parts]
    if not any(ends):
        return Summed({}, pa.array([], pa.string()), np.zeros((_WIDTH, 0), dtype=np.int64))
    values = pa.chunked_array([part.values for part in parts]).unify_dictionaries()
    texts = values.chunk(0).dictionary
    order = pc.array_sort_indices(texts)
    ranks = np.empty(len(texts), dtype=np.int64)
    ranks[order.to_numpy()] = np.arange(len(texts))
    labels = sorted({label for part in parts for label in part.labels})
    places = {label: place for place, label in enumerate(labels)}
    keys = []
    for part, end, chunk in zip(parts, ends, values.chunks, strict=True):
        dimension = np.array([places[label] for label in part.labels], dtype=np.int64)[part.dimensions[:end]]
        keys.append(dimension * len(texts) + ranks[chunk.indices.to_numpy()[:end]])
    at, found = _placed(np.concatenate(keys), len(labels) * len(texts))
    sums = np.zeros((_WIDTH, len(found)), dtype=np.int64)
    for part, end, to in zip(parts, ends, np.split(at, np.cumsum(ends)[:-1]), strict=True):
        for total, column in zip(sums, part.columns, strict=True):
            if column[:end].any():
                total[to] += column[:end]  # no place comes twice in a part
    kept = sums.any(axis=0)
    found, sums = found[kept], sums[:, kept]
    dimension, value = np.divmod(found, len(texts))
    bounds = {labels[int(dimension[begin])]: (begin, end) for begin, end in runs(dimension)}
    return Summed(bounds, texts.take(order.take(pa.array(value))), sums)


def _placed(keys: Ints, cells: int) -> tuple[Ints, Ints]:
    """The place of each key among all that are there, and these, sorted."""
    if cells > _MOST_CELLS:
        found, places = np.unique(keys, return_inverse=True)
        return places, found
    there = np.zeros(cells, dtype=bool)
    there[keys] = True
    found = np.flatnonzero(there)
    at = np.empty(cells, dtype=np.int64)
    at[found] = np.arange(len(found))
    return at[keys], found
