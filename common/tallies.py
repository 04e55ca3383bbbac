"""Days, codes and numbers of rows in, sums by day and code out; and which rows are the first of their kind. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from common.arrays import Array
from common.rollups import METRICS

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]

#: Cells that are summed without being looked up first, for each number that is added.
_ROOMY = 4
#: Sums up to here are exact as floats, which are summed faster.
_EXACT = 1 << 53


def changes(*columns: Codes) -> Bools:
    """Of every row whether it differs in any column from the row before; the first one does."""
    found = np.ones(len(columns[0]), dtype=bool)
    if len(found):
        found[1:] = columns[0][1:] != columns[0][:-1]
        for column in columns[1:]:
            found[1:] |= column[1:] != column[:-1]
    return found


def firsts(group: Codes, code: Codes) -> Bools:
    """Of every row whether it is the first with its code in its group. A group's rows lie together."""
    at = np.flatnonzero(changes(group, code))
    groups, codes = group[at], code[at]
    begins = changes(groups)
    kept = begins & np.append(begins[1:], True)[: len(at)]  # the only one of its group
    rest = np.flatnonzero(~kept)
    if len(rest):
        key = groups[rest].astype(np.int64) * (int(codes.max()) + 1) + codes[rest]
        kept[rest[np.unique(key, return_index=True)[1]]] = True
    out = np.zeros(len(group), dtype=bool)
    out[at[kept]] = True
    return out


def new_of(group: Codes, several: Bools, code: Codes) -> Bools:
    """As `firsts`, where it is known of which rows the group has several; all others are new."""
    new = ~several
    rest = np.flatnonzero(several)
    new[rest] = firsts(group[rest], code[rest])
    return new


class Tally:
    """Sums of METRICS by day and code; codes are below `size`."""

    def __init__(self, days: range, size: int) -> None:
        self._days, self._size = days, max(size, 1)
        self._parts: list[tuple[int, Ints, Codes | Bools | None]] = []

    def key(self, day: Ints, code: Codes) -> Ints:
        """Cells of rows, to be added to several times."""
        return (day - self._days.start) * self._size + code

    def add(self, metric: int, key: Ints, values: Codes | Bools | None = None) -> None:
        """Add numbers to cells; without `values` each counts one."""
        if len(key):
            self._parts.append((metric, key, values))

    def sums(self) -> Iterator[tuple[int, Ints, Array]]:
        """Each day with its codes, in their order, and a row of METRICS for each; what is zero is left out."""
        room = len(self._days) * self._size
        if room <= _ROOMY * sum(len(key) for _, key, _ in self._parts) + (1 << 16):
            cells, found = np.arange(room), [key for _, key, _ in self._parts]
        else:
            cells, found = _looked_up([key for _, key, _ in self._parts])
        rows = np.zeros((len(cells), len(METRICS)), dtype=np.int64)
        for (metric, _, values), key in zip(self._parts, found, strict=True):
            rows[:, metric] += _summed(key, values, len(cells))
        some = np.flatnonzero(rows.any(axis=1))
        cells, rows = cells[some], rows[some]
        day, code = cells // self._size, cells % self._size
        edges = np.searchsorted(day, np.arange(len(self._days) + 1))
        for number, (begin, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            if end > begin:
                yield self._days[number], code[begin:end], rows[begin:end]


def named(names: Sequence[str]) -> Callable[[Ints], list[str]]:
    """The names of codes."""
    array = np.array([*names, ""], dtype=object)
    return lambda codes: array[codes].tolist()


def _looked_up(keys: Sequence[Ints]) -> tuple[Ints, list[Ints]]:
    """The cells there are, and the place of each key among them."""
    if not keys:
        return np.zeros(0, dtype=np.int64), []
    cells, places = np.unique(np.concatenate(keys), return_inverse=True)
    return cells, np.split(places, np.cumsum([len(key) for key in keys])[:-1])


def _summed(key: Ints, values: Codes | Bools | None, size: int) -> Ints:
    if values is None:
        return np.bincount(key, minlength=size)
    if values.dtype == bool:
        return np.bincount(key[values], minlength=size)
    if np.abs(values).sum(dtype=np.float64) < _EXACT:
        return np.rint(np.bincount(key, weights=values, minlength=size)).astype(np.int64)
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, key, values)
    return sums
