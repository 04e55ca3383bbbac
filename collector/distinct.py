"""A column in; each of its distinct values once, and every row's place among them, out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
T = TypeVar("T")
U = TypeVar("U", bound=Hashable)
N = TypeVar("N", bound=np.generic)


class Distinct(NamedTuple, Generic[T]):
    """What costs something is done once for each value, not once for each row."""

    values: list[T]
    places: Places

    def told(self, tell: Callable[[T], U]) -> Distinct[U]:
        """What a function tells of each row's value; values that it tells the same of are one."""
        found: dict[U, int] = {}
        among = [found.setdefault(tell(value), len(found)) for value in self.values]
        return Distinct(list(found), np.array(among, dtype=np.int32)[self.places])

    def each(self, tell: Callable[[T], object], kind: type[N]) -> npt.NDArray[N]:
        """What a function tells of each row's value, in an array."""
        return np.array([tell(value) for value in self.values], dtype=kind)[self.places]

    def at(self, chosen: npt.NDArray[np.int64 | np.bool_]) -> Distinct[T]:
        """Some of the rows, and only the values that they have."""
        places = self.places[chosen]
        used = np.zeros(len(self.values), dtype=bool)
        used[places] = True
        kept = [self.values[place] for place in np.flatnonzero(used).tolist()]
        return Distinct(kept, (np.cumsum(used, dtype=np.int32) - np.int32(1))[places])


def column(values: pa.Array) -> Distinct[bytes]:
    """An Arrow column of bytes."""
    found = values.dictionary_encode()
    return Distinct(found.dictionary.to_pylist(), found.indices.to_numpy())


def spans(data: bytes, begins: Ints, ends: Ints) -> Distinct[bytes]:
    """One span of the data for each row; none begins before the one ahead of it has ended, else ValueError."""
    bounds = np.empty(2 * len(begins), dtype=np.int32)
    bounds[::2], bounds[1::2] = begins, ends
    if (np.diff(bounds, prepend=0, append=len(data)) < 0).any():  # Arrow would read memory that is not the data's
        raise ValueError("spans of the data overlap or lie outside of it")
    between = max(len(bounds) - 1, 0)  # every other one is what lies between two spans
    whole = pa.Array.from_buffers(pa.binary(), between, [None, pa.py_buffer(bounds), pa.py_buffer(data)])
    return column(whole.take(pa.array(np.arange(0, between, 2))))


def widths(data: bytes, begins: Ints, width: int) -> npt.NDArray[np.uint8]:
    """As many bytes from each place on, a row each."""
    windows = np.ndarray((max(len(data) - width + 1, 0),), f"V{width}", data, 0, (1,))
    return windows[begins].view(np.uint8).reshape(len(begins), width)


def rows(matrix: npt.NDArray[np.uint8]) -> Distinct[bytes]:
    """The rows of a matrix of bytes."""
    packed = np.ascontiguousarray(matrix)
    kind = pa.binary(matrix.shape[1])
    return column(pa.Array.from_buffers(kind, len(matrix), [None, pa.py_buffer(packed)]))


def pairs(first: Places, other: Places) -> tuple[Places, Places, Places]:
    """Every row's place among the distinct pairs of two columns' places; and both parts of each pair."""
    among = int(other.max()) + 1 if len(other) else 1
    found = pa.array(first.astype(np.int64) * among + other).dictionary_encode()
    a, b = np.divmod(found.dictionary.to_numpy(), among)
    return found.indices.to_numpy(), a.astype(np.int32), b.astype(np.int32)
