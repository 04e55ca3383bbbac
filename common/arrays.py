"""Packed rollup rows in, arrays by dimension out; and the sum of a day and what was added to it later. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from common import keys
from common.events import OTHER
from common.rollups import METRICS, ROLLUPS

Array = npt.NDArray[np.int64]
#: Dimension -> its values and an array of one row a value, columns as METRICS.
Rows = dict[str, tuple[list[str], Array]]
#: The values of one dimension, and one row each.
Values = tuple[list[str], Array]

#: Dimensions of which a closed month keeps every day: totals and bars of any range are made of them.
SMALL = frozenset(rollup.dimension for rollup in ROLLUPS if rollup.kind in ("total", "step", "hour", "count"))

#: The heads of msgpack arrays: of one with up to 15 elements, to which their number is added, and of any.
_SHORT, _HEAD = np.uint8(0x90), struct.Struct(">BI")
_PARTED = ord("=")  #: looked for as a number it is found in a third of the time
_decode_numbers = msgspec.msgpack.Decoder(list[int]).decode


def decode(stored: Mapping[bytes, bytes]) -> Rows:
    """The rows of a daily hash."""
    names = [name for name in stored if _PARTED in name and not name.startswith(b"count=")]
    return _gathered([name.decode() for name in names], unpack_rows([stored[name] for name in names]))


def arrays(named: Iterable[tuple[str, list[int]]]) -> Rows:
    """Rows named `dimension=value`, gathered by dimension; those of zeros are left out."""
    rows = dict(named)
    return _gathered(list(rows), np.array(list(rows.values()), dtype=np.int64).reshape(-1, len(METRICS)))


def unpack_rows(packed: Sequence[bytes]) -> Array:
    """Many rows as `rows.pack_row` made them, at once: no list for each, which the garbage collector would walk over.

    Raises ValueError, msgspec.DecodeError.
    """
    heads = np.fromiter((row[0] if row else 0 for row in packed), dtype=np.uint8, count=len(packed))
    lengths = heads - _SHORT
    if (lengths > len(METRICS)).any():  # what wraps around is no short array either
        raise ValueError("a row of rollups has another form than this version's")
    values = _decode_numbers(_HEAD.pack(0xDD, int(lengths.sum())) + b"".join([row[1:] for row in packed]))
    array = np.zeros((len(packed), len(METRICS)), dtype=np.int64)
    array[np.arange(len(METRICS)) < lengths[:, None]] = np.array(values, dtype=np.int64)
    return array


def _gathered(names: Sequence[str], array: Array) -> Rows:
    labels: dict[str, int] = {}
    places: list[int] = []
    values: list[str] = []
    for name in names:
        dimension, value = keys.split_field(name)
        places.append(labels.setdefault(dimension, len(labels)))
        values.append(value)
    codes = np.array(places, dtype=np.int64)
    counting = np.flatnonzero(array.any(axis=1))
    order = counting[np.argsort(codes[counting], kind="stable")]
    sorted_values, rows = [values[place] for place in order.tolist()], array[order]
    ends = np.cumsum(np.bincount(codes[counting], minlength=len(labels))).tolist()
    bounds = zip(labels, [0, *ends], ends, strict=False)
    return {label: (sorted_values[begin:end], rows[begin:end]) for label, begin, end in bounds if end > begin}


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
