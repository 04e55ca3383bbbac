"""Events in, an Arrow table with a column for each of their fields out, and back: nothing is lost either way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import starmap
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from common.events import NONE, VISIT_DIMENSIONS, Event

#: Texts repeat, so each is stored once.
TEXT = pa.dictionary(pa.int32(), pa.string())
#: Events at a time: as many as a processor's cache holds, which makes reading them column by column 3x as fast.
_AT_ONCE = 1_000

_FIELDS = Event.__struct_fields__
_TYPES: dict[str, pa.DataType] = {
    "time": pa.int64(),
    "seq": pa.int64(),
    "visitor": pa.uint64(),
    "before": pa.uint64(),
    "interactive": pa.bool_(),
    "props": pa.map_(pa.string(), pa.string()),
    "engaged": pa.int64(),
    "scroll": pa.int16(),
    "amount": pa.int64(),
    "x": pa.int32(),
    "y": pa.int32(),
    "salt_local": pa.bool_(),
}
#: One column for each field of an event, in their order; `class_` is `class`. An empty text stays empty.
RAW: pa.Schema = pa.schema([(name.rstrip("_"), _TYPES.get(name, TEXT)) for name in _FIELDS])
_PLAIN = pa.schema([(field.name, pa.string() if field.type == TEXT else field.type) for field in RAW])


def table_of(events: Sequence[Event]) -> pa.Table:
    """Events as a table, in their order."""
    parts = (events[at : at + _AT_ONCE] for at in range(0, len(events), _AT_ONCE))
    plain = pa.Table.from_batches(map(_batch, parts), schema=_PLAIN)
    columns = [
        column.dictionary_encode() if field.type == TEXT else column
        for field, column in zip(RAW, plain.columns, strict=True)
    ]
    return pa.table(columns, schema=RAW).combine_chunks()


def _batch(events: Sequence[Event]) -> pa.RecordBatch:
    columns = zip(*map(msgspec.structs.astuple, events), strict=True)
    arrays = [pa.array(column, field.type) for field, column in zip(_PLAIN, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=_PLAIN)


def events_of(table: pa.Table) -> list[Event]:
    """The events of a table's rows, in their order. Columns besides those of RAW are passed over."""
    columns: Iterable[list[Any]] = [_values(whole(table[field.name]), field.type) for field in RAW]
    return list(starmap(Event, zip(*columns, strict=True)))


def _values(column: pa.Array, kind: pa.DataType) -> list[Any]:
    if kind == TEXT:
        texts = np.array(column.dictionary.to_pylist(), dtype=object)
        return texts[column.indices.to_numpy()].tolist()  # type: ignore[no-any-return]
    if pa.types.is_map(kind):
        names, values = (_values(part.dictionary_encode(), TEXT) for part in (column.keys, column.items))
        ends = column.offsets.to_numpy().tolist()
        spans = zip(column.is_valid().to_pylist(), ends, ends[1:], strict=False)
        return [dict(zip(names[a:b], values[a:b], strict=True)) if there else None for there, a, b in spans]
    return column.to_numpy(zero_copy_only=False).tolist()  # type: ignore[no-any-return]


def raw_of(derived: pa.Table) -> pa.Table:
    """The raw rows of a derived table, slim or not: `before` is 0 there, since settled visits need it no more."""
    for name in VISIT_DIMENSIONS:
        if derived[name].null_count:
            own, visit = _texts(derived, name), _texts(derived, f"visit_{name}")
            unset = pc.if_else(pc.equal(visit, NONE), "", visit)
            derived = _put(derived, name, pc.coalesce(own, unset))
    nothing = pa.array(np.zeros(len(derived), dtype=np.uint64))
    place = RAW.get_field_index("before")
    return derived.select([name for name in RAW.names if name != "before"]).add_column(place, RAW.field(place), nothing)


def slim(derived: pa.Table) -> pa.Table:
    """A derived table whose own dimensions are null where they are those of the visit: most are, and take room."""
    for name in VISIT_DIMENSIONS:
        own, visit = _texts(derived, name), _texts(derived, f"visit_{name}")
        same = pc.or_(pc.equal(own, visit), pc.and_(pc.equal(own, ""), pc.equal(visit, NONE)))
        same = pc.and_(same, pc.not_equal(own, NONE))  # a text that looks like an unset one stays what it is
        derived = _put(derived, name, pc.if_else(same, pa.scalar(None, pa.string()), own))
    return derived


def _texts(table: pa.Table, name: str) -> pa.Array:
    return whole(table[name]).cast(pa.string())


def _put(table: pa.Table, name: str, texts: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), pa.field(name, TEXT), texts.dictionary_encode())


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array, its chunks' dictionaries made one."""
    return column.unify_dictionaries().combine_chunks()
