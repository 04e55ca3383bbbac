"""Tables of raw events in, columnar blocks of the raw lists out; blocks of any kind in, one table out.

A columnar block is a byte of its kind, how many events it has, how long the rest is unpacked (four bytes each), and an
Arrow stream in one zstd frame. One frame around everything holds the schema for next to nothing, where a frame for each
column costs more than the columns; times as differences and small dictionary indices take another quarter.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import groupby

import numpy as np
import pyarrow as pa

from common.columns import RAW, TEXT, completed, events_of, table_of, whole
from common.events import Event
from common.rows import COLUMNAR, HEAD, pack_events, unpack_blocks, unpack_events

#: Below this many events a block of rows is smaller.
WORTH_IT = 500
_CODEC = pa.Codec("zstd", 3)
#: Columns that mostly grow from row to row.
_GROWING = ("time", "seq")
_INDICES = (np.int8, np.int16, np.int32)


def pack_table(table: pa.Table) -> bytes:
    """One element of a raw list: a table's events in their order. Columns besides those of RAW are passed over."""
    if len(table) < WORTH_IT:
        return pack_events(events_of(table))
    columns = [_packed(field.name, whole(table[field.name])) for field in RAW]
    batch = pa.record_batch(columns, names=RAW.names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    plain = sink.getvalue()
    frame: bytes = _CODEC.compress(plain, asbytes=True)
    return HEAD.pack(COLUMNAR, len(table), plain.size) + frame


def table_of_blocks(blocks: Iterable[bytes]) -> pa.Table:
    """The events of blocks, in the order they were written; raises ValueError as `unpack_events` does."""
    parts = tables_of_blocks(blocks)
    return parts[-1] if len(parts) <= 2 else pa.concat_tables(parts).unify_dictionaries().combine_chunks()


def tables_of_blocks(blocks: Iterable[bytes]) -> list[pa.Table]:
    """The same as several tables, the first of them empty."""
    parts = [RAW.empty_table()]
    for columnar, some in groupby(blocks, lambda block: block[:1] == COLUMNAR):
        if columnar:
            parts += map(unpack_table, some)
        else:
            parts.append(table_of(unpack_blocks(some)))
    return parts


def is_linked(block: bytes) -> bool:
    """Whether any event of a block tells its visitor's id of the day before."""
    if block[:1] == COLUMNAR:
        with pa.ipc.open_stream(_plain(block)) as stream:
            return bool(stream.read_next_batch()["before"].to_numpy().any())
    return any(event.before for event in unpack_events(block))


def unpack_table(block: bytes) -> pa.Table:
    """The table of one columnar block. Raises ValueError where it is damaged."""
    try:
        with pa.ipc.open_stream(_plain(block)) as stream:
            batch = stream.read_next_batch()
        fields = [field for field in RAW if field.name in batch.schema.names]
        table = pa.table([_unpacked(field, batch[field.name]) for field in fields], schema=pa.schema(fields))
        return completed(table)
    except (OSError, KeyError, StopIteration, struct.error, pa.ArrowException) as error:
        raise ValueError(f"raw block is damaged: {error}") from error


def _plain(block: bytes) -> pa.Buffer:
    _, _, size = HEAD.unpack_from(block)
    return _CODEC.decompress(memoryview(block)[HEAD.size :], size)


def columnar_events(block: bytes) -> list[Event]:
    """The events of one columnar block, for readers of rows."""
    return events_of(unpack_table(block))


def _packed(name: str, column: pa.Array) -> pa.Array:
    if name in _GROWING:
        return pa.array(np.diff(column.to_numpy(), prepend=0))
    if column.type == TEXT:
        texts, places = column.dictionary, column.indices.to_numpy()
        used = np.zeros(len(texts), dtype=bool)
        used[places] = True
        if not used.all():  # a slice still names all texts of the table it was cut from
            texts, places = texts.filter(pa.array(used)), (np.cumsum(used) - 1)[places]
        small = next(kind for kind in _INDICES if len(texts) <= np.iinfo(kind).max + 1)
        return pa.DictionaryArray.from_arrays(pa.array(places.astype(small)), texts)
    return column


def _unpacked(field: pa.Field, column: pa.Array) -> pa.Array:
    if field.name in _GROWING:
        return pa.array(np.cumsum(column.to_numpy()))
    if field.type == TEXT:
        return pa.DictionaryArray.from_arrays(pa.array(column.indices.to_numpy().astype(np.int32)), column.dictionary)
    return column
