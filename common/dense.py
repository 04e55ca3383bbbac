"""Rollup rows of closed days in, compact blobs of a day or a month and the month's rows file out, and back. Pure.

A blob is a magic, a version, a checksum, a length and a zstd frame; in the frame lies one Arrow record batch: day
(0: sums of the whole month), dimension, value and the METRICS, each in the smallest type that holds it. Rows are
sorted, so the same rows give the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from common.arrays import SMALL, Array, Rows, listed
from common.keys import split_field
from common.packed import SUMS, Packed, of_batch, runs
from common.rollups import EVENTS, METRICS, rollup_of
from common.sorted_rows import Part, nonzero, same_rows, sorted_rows, summed
from common.store import StoreError

VERSION = 1
_DAY, _MONTH = b"ffd", b"ffm"
_HEAD = struct.Struct("<3sBII")  #: magic, version, CRC-32 of the frame, bytes of what is in it
#: A year of five million events has 1.8 MB so, and is read in half the time of the highest level, at which it has 1.4.
#: A day stays for a month at most, and is 2 % larger at half the level, in a third of the time.
_LEVEL, _DAY_LEVEL = 12, 6
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

    @classmethod
    def of(cls, day: DayRows | Dense) -> Dense:
        """A day as arrays, rows of zeros among them."""
        if isinstance(day, Dense):
            return day
        values: dict[str, tuple[list[str], list[list[int]]]] = {}
        for name, row in day.rows.items():
            dimension, value = split_field(name)
            found = values.setdefault(dimension, ([], []))
            found[0].append(value)
            found[1].append(row)
        rows = {dimension: (names, np.array(found, dtype=np.int64)) for dimension, (names, found) in values.items()}
        return cls(rows, day.events)

    def day_rows(self) -> DayRows:
        """The same by fields."""
        return DayRows(listed(self.rows), self.events)

    def equals(self, other: Dense) -> bool:
        """Whether both tell the same, in whatever order."""
        return self.events == other.events and same_rows(self.rows, other.rows)


class DenseMonth(NamedTuple):
    """A month's rollups: sums of every value but of bars, and the rows of `SMALL` dimensions of every day that has
    any rows at all.
    """

    sums: Rows
    days: dict[int, Rows]
    events: dict[int, int]  #: raw events of every day


class PackedMonth(NamedTuple):
    """A month's rollups as they lie in the dense hash."""

    packed: Packed
    days: list[tuple[int, int]]  #: for the numbers from one: days that have any rows, and their raw events

    def month(self) -> DenseMonth:
        """The same as arrays."""
        parts = self.packed.by_number()
        by_day = {day: parts.get(number, {}) for number, (day, _) in enumerate(self.days, 1)}
        return DenseMonth(parts.get(SUMS, {}), by_day, dict(self.days))


def encode_day(day: DayRows | Dense) -> bytes:
    """A day as it stands in the dense hash."""
    return _pack(_DAY, _parts({0: Dense.of(day)}), [(0, day.events)])


def decode_day(blob: bytes) -> Dense:
    """A day of the dense hash. Raises `NewerVersion`, `Damaged`."""
    packed, days = _unpack(_DAY, blob)
    return Dense(packed.by_number().get(SUMS, {}), days[0][1])


def encode_month(days: Mapping[int, DayRows] | Mapping[int, Dense]) -> bytes:
    """A month as it stands in the dense hash. Days (ordinals) without events and rows are left out."""
    dense = {day: Dense.of(days[day]) for day in sorted(days)}
    held = [day for day, found in dense.items() if found.events or any(a.any() for _, a in found.rows.values())]
    numbered = {number: dense[day] for number, day in enumerate(held, 1)}
    bars = [part for part in _parts(numbered) if part.dimension in SMALL]
    sums = [part for part in _parts(numbered) if _is_summed(part.dimension)]
    return _pack(_MONTH, bars + summed(sums), [(day, dense[day].events) for day in held])


def _is_summed(dimension: str) -> bool:
    return dimension not in SMALL or rollup_of(dimension).kind in ("total", "count")


def decode_month(blob: bytes) -> DenseMonth:
    """A month of the dense hash. Raises `NewerVersion`, `Damaged`."""
    return packed_month(blob).month()


def packed_day(blob: bytes) -> Packed:
    """A day of the dense hash as it lies there. Raises `NewerVersion`, `Damaged`."""
    return _unpack(_DAY, blob)[0]


def packed_month(blob: bytes) -> PackedMonth:
    """A month of the dense hash as it lies there. Raises `NewerVersion`, `Damaged`."""
    return PackedMonth(*_unpack(_MONTH, blob))


def rows_table(days: Mapping[int, DayRows] | Mapping[int, Dense], uniques: Mapping[int, bytes]) -> pa.Table:
    """The rows file of a month by dimension, value and day. `uniques` are the HyperLogLogs of those days."""
    dense = {day: Dense.of(found) for day, found in days.items()}
    about = [Part(day, ABOUT_DAY, [""], _noted(found.events)) for day, found in dense.items()]
    rows = sorted_rows([*_parts(dense), *about], by_number_last=True)
    places = np.flatnonzero(rows.labels[rows.dimension] == ABOUT_DAY)
    blobs = np.full(len(rows.number), None, dtype=object)
    blobs[places] = [uniques.get(day) for day in rows.number[places].tolist()]
    texts = [pa.array(rows.labels[rows.dimension].tolist(), pa.string()), rows.texts.take(pa.array(rows.value))]
    columns = [pa.array(rows.number, pa.int32()), *texts, *(pa.array(column) for column in rows.array.T)]
    return pa.Table.from_arrays([*columns, pa.array(blobs.tolist(), pa.binary())], schema=ROWS)


def rows_of(table: pa.Table) -> tuple[dict[int, DayRows], dict[int, bytes]]:
    """The days and HyperLogLogs of a rows file."""
    days, uniques = dense_of(table)
    return {day: found.day_rows() for day, found in days.items()}, uniques


def dense_of(table: pa.Table) -> tuple[dict[int, Dense], dict[int, bytes]]:
    """The same as arrays, their values sorted."""
    dimensions = table["dimension"].combine_chunks().dictionary_encode()
    labels, places, day = dimensions.dictionary.to_pylist(), dimensions.indices.to_numpy(), table["day"].to_numpy()
    array = np.column_stack([table[name].to_numpy() for name in METRICS])
    order = np.argsort(day, kind="stable")
    array, values = array[order], table["value"].to_numpy()[order].tolist()
    found: dict[int, Rows] = {}
    events: dict[int, int] = {}
    for begin, end in runs(day[order], places[order]):
        key, label = int(day[order[begin]]), labels[places[order[begin]]]
        if label == ABOUT_DAY:
            events[key] = int(array[begin, EVENTS])
        else:
            found.setdefault(key, {})[label] = (values[begin:end], array[begin:end])
    blobs = zip(day.tolist(), table["hyperloglog"].to_pylist(), strict=True)
    days = {key: Dense(found.get(key, {}), count) for key, count in events.items()}
    return days, {key: blob for key, blob in blobs if blob is not None}


def _noted(events: int) -> Array:
    return np.array([[0, events, *[0] * (_WIDTH - 2)]], dtype=np.int64)


def _parts(days: Mapping[int, Dense]) -> list[Part]:
    return [Part(number, name, *found) for number, day in days.items() for name, found in day.rows.items()]


def _pack(magic: bytes, parts: Iterable[Part], days: list[tuple[int, int]]) -> bytes:
    rows = sorted_rows(Part(part.number, part.dimension, *nonzero(part.values, part.array)) for part in parts)
    columns = {
        "day": pa.array(rows.number.astype(np.uint8)),
        "dimension": _dictionary(pa.array(rows.labels.tolist(), pa.string()), rows.dimension),
        "value": _dictionary(rows.texts, rows.value),
        **{name: pa.array(_least(rows.array[:, place])) for place, name in enumerate(METRICS)},
    }
    batch = pa.RecordBatch.from_pydict(columns, metadata={_DAYS: _encode(days)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    plain = sink.getvalue()
    frame: bytes = pa.Codec("zstd", _DAY_LEVEL if magic == _DAY else _LEVEL).compress(plain, asbytes=True)
    return _HEAD.pack(magic, VERSION, zlib.crc32(frame), plain.size) + frame


def _unpack(magic: bytes, blob: bytes) -> tuple[Packed, list[tuple[int, int]]]:
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
    return of_batch(batch), _decode_days(batch.schema.metadata[_DAYS])


def _dictionary(texts: pa.Array, places: npt.NDArray[np.int64]) -> pa.DictionaryArray:
    """Texts by their places, those that are used in the order in which they first appear."""
    used = pa.array(places).unique().to_numpy()
    again = np.zeros(len(texts), dtype=np.int64)
    again[used] = np.arange(len(used))
    return pa.DictionaryArray.from_arrays(pa.array(_least(again[places])), texts.take(pa.array(used)))


def _least(column: npt.NDArray[np.int64]) -> npt.NDArray[np.integer]:
    """The column in the smallest type that holds it."""
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    fitting = next(kind for kind in _TYPES if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return column.astype(fitting)
