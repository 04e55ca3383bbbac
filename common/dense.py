"""Rollup rows of closed days in, compact blobs of a day or a month and the month's rows file out, and back. Pure.

A blob is a magic, a version, a checksum, a length and a zstd frame; in the frame lies one Arrow record batch: day
(0: sums of the whole month), dimension, value and the METRICS, each in the smallest type that holds it. Rows are
sorted, so the same rows give the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from common.arrays import SMALL, Rows, listed
from common.keys import field, split_field
from common.rollups import METRICS, rollup_of
from common.store import StoreError

VERSION = 1
_DAY, _MONTH = b"ffd", b"ffm"
_HEAD = struct.Struct("<3sBII")  #: magic, version, CRC-32 of the frame, bytes of what is in it
#: Slow to write (a month takes half a second, once) and a quarter smaller than level 1; all are read as fast.
_LEVEL = 19
_TYPES = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.int64)
_DAYS = b"days"  #: in the schema's metadata: [[day, its raw events], ..]
_encode = msgspec.msgpack.Encoder().encode
_decode_days = msgspec.msgpack.Decoder(list[tuple[int, int]]).decode
_WIDTH = len(METRICS)

#: Of a row that tells about its day: how many raw events it has, and its HyperLogLog.
ABOUT_DAY = "day"
#: The rows file of a closed month: what its blob no longer tells by day.
ROWS: pa.Schema = pa.schema(
    [("day", pa.int32()), ("dimension", pa.string()), ("value", pa.string())]
    + [(name, pa.int64()) for name in METRICS]
    + [("hyperloglog", pa.binary())]
)


class NewerVersion(StoreError):
    """What is stored was written by a newer Footfall."""


class Damaged(StoreError):
    """What is stored cannot be read."""


class DayRows(NamedTuple):
    """A day's rollups as they are counted: `dimension=value` -> METRICS, and how many raw events it has."""

    rows: dict[str, list[int]]
    events: int


class Dense(NamedTuple):
    """A day's rollups as arrays."""

    rows: Rows
    events: int

    def day_rows(self) -> DayRows:
        """The same by fields."""
        return DayRows(listed(self.rows), self.events)


class DenseMonth(NamedTuple):
    """A month's rollups: sums of every value but of bars, and the rows of `SMALL` dimensions of every day that has
    any rows at all.
    """

    sums: Rows
    days: dict[int, Rows]
    events: dict[int, int]  #: raw events of every day


def encode_day(day: DayRows) -> bytes:
    """A day as it stands in the dense hash."""
    rows = ((0, *split_field(name), values) for name, values in day.rows.items())
    return _pack(_DAY, rows, [(0, day.events)])


def decode_day(blob: bytes) -> Dense:
    """A day of the dense hash. Raises `NewerVersion`, `Damaged`."""
    parts, days = _unpack(_DAY, blob)
    return Dense(parts.get(0, {}), days[0][1])


def encode_month(days: Mapping[int, DayRows]) -> bytes:
    """A month as it stands in the dense hash. Days (ordinals) without events and rows are left out."""
    held = [day for day in sorted(days) if days[day].events or any(map(any, days[day].rows.values()))]
    numbers = {day: number for number, day in enumerate(held, 1)}
    rows: list[tuple[int, str, str, list[int]]] = []
    sums: dict[str, list[int]] = {}
    for day, number in numbers.items():
        for name, values in days[day].rows.items():
            dimension, value = split_field(name)
            if dimension in SMALL:
                rows.append((number, dimension, value, values))
            if dimension not in SMALL or rollup_of(dimension).kind in ("total", "count"):
                known = sums.get(name)
                sums[name] = values if known is None else [a + b for a, b in zip(known, values, strict=True)]
    rows += [(0, *split_field(name), values) for name, values in sums.items()]
    return _pack(_MONTH, rows, [(day, days[day].events) for day in numbers])


def decode_month(blob: bytes) -> DenseMonth:
    """A month of the dense hash. Raises `NewerVersion`, `Damaged`."""
    parts, days = _unpack(_MONTH, blob)
    by_day = {day: parts.get(number, {}) for number, (day, _) in enumerate(days, 1)}
    return DenseMonth(parts.get(0, {}), by_day, dict(days))


def rows_table(days: Mapping[int, DayRows], uniques: Mapping[int, bytes]) -> pa.Table:
    """The rows file of a month by dimension, value and day. `uniques` are the HyperLogLogs of those days."""
    rows = [(*split_field(name), day, row) for day, found in days.items() for name, row in found.rows.items()]
    rows += [(ABOUT_DAY, "", day, [0, found.events, *[0] * (_WIDTH - 2)]) for day, found in days.items()]
    rows.sort()
    array = np.array([row[3] for row in rows], dtype=np.int64).reshape(-1, _WIDTH)
    blobs = [uniques.get(day) if dimension == ABOUT_DAY else None for dimension, _, day, _ in rows]
    columns = [[row[2] for row in rows], [row[0] for row in rows], [row[1] for row in rows], *array.T, blobs]
    typed = [pa.array(column, type=wanted.type) for column, wanted in zip(columns, ROWS, strict=True)]
    return pa.Table.from_arrays(typed, schema=ROWS)


def rows_of(table: pa.Table) -> tuple[dict[int, DayRows], dict[int, bytes]]:
    """The days and HyperLogLogs of a rows file."""
    days: dict[int, DayRows] = {}
    about = table.filter(pa.compute.equal(table.column("dimension"), ABOUT_DAY))
    for row in about.to_pylist():
        days[row["day"]] = DayRows({}, row["events"])
    array = np.column_stack([table.column(name).to_numpy() for name in METRICS]).tolist()
    names = (table.column(name).to_pylist() for name in ("day", "dimension", "value"))
    for day, dimension, value, row in zip(*names, array, strict=True):
        if dimension != ABOUT_DAY:
            days[day].rows[field(dimension, value)] = row
    blobs = zip(about.column("day").to_pylist(), about.column("hyperloglog").to_pylist(), strict=True)
    return days, {day: blob for day, blob in blobs if blob is not None}


def _pack(magic: bytes, rows: Iterable[tuple[int, str, str, list[int]]], days: list[tuple[int, int]]) -> bytes:
    ordered = sorted(row for row in rows if any(row[3]))
    array = np.array([row[3] for row in ordered], dtype=np.int64).reshape(-1, _WIDTH)
    columns = {
        "day": pa.array(np.array([row[0] for row in ordered], dtype=np.uint8)),
        "dimension": _dictionary([row[1] for row in ordered]),
        "value": _dictionary([row[2] for row in ordered]),
        **{name: pa.array(_least(array[:, place])) for place, name in enumerate(METRICS)},
    }
    batch = pa.RecordBatch.from_pydict(columns, metadata={_DAYS: _encode(days)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    plain = sink.getvalue()
    frame: bytes = pa.Codec("zstd", _LEVEL).compress(plain, asbytes=True)
    return _HEAD.pack(magic, VERSION, zlib.crc32(frame), plain.size) + frame


def _unpack(magic: bytes, blob: bytes) -> tuple[dict[int, Rows], list[tuple[int, int]]]:
    """Rows by number of the day, and the days with their events."""
    if blob[:3] != magic or len(blob) < _HEAD.size:
        raise Damaged("rollups of closed days cannot be read: run `python -m collector rebuild`")
    _, version, checksum, size = _HEAD.unpack_from(blob)
    if version > VERSION:
        raise NewerVersion("rollups of closed days were written by a newer Footfall; update this one")
    frame = memoryview(blob)[_HEAD.size :]
    if zlib.crc32(frame) != checksum:
        raise Damaged("rollups of closed days are damaged: run `python -m collector rebuild`")
    reader = pa.ipc.open_stream(pa.Codec("zstd").decompress(frame, size))
    batch = reader.read_next_batch()
    array = np.zeros((batch.num_rows, _WIDTH), dtype=np.int64)
    for place, name in enumerate(METRICS):
        array[:, place] = batch.column(name).to_numpy()
    days, dimension, value = (batch.column(name) for name in ("day", "dimension", "value"))
    names = np.array(value.dictionary.to_pylist(), dtype=object)[value.indices.to_numpy()].tolist()
    parts: dict[int, Rows] = {}
    places = dimension.indices.to_numpy()
    labels = dimension.dictionary.to_pylist()
    numbers = days.to_numpy()
    for begin, end in runs(numbers, places):
        parts.setdefault(int(numbers[begin]), {})[labels[places[begin]]] = (names[begin:end], array[begin:end])
    return parts, _decode_days(batch.schema.metadata[_DAYS])


def runs(*columns: npt.NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """Where runs of rows that agree in all columns begin and end."""
    if not len(columns[0]):
        return
    changes = np.zeros(len(columns[0]) - 1, dtype=bool)
    for column in columns:
        changes |= column[1:] != column[:-1]
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(columns[0])]
    yield from pairwise(edges)


def _dictionary(texts: Sequence[str]) -> pa.DictionaryArray:
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    indices = _least(np.array([places[text] for text in texts], dtype=np.int64))
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(places), type=pa.string()))


def _least(column: npt.NDArray[np.int64]) -> npt.NDArray[np.integer]:
    """The column in the smallest type that holds it."""
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    fitting = next(kind for kind in _TYPES if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return column.astype(fitting)
