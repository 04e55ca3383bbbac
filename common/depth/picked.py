"""Tables in memory and a filter in, the rows that sums under it can need, and some more, out: Arrow finds them in a
fraction of the time that a question over all columns takes.

Only filters that name values are looked at here. Whatever else a filter asks, sums ask again of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from common.depth import where as sql
from common.events import NONE
from common.filters import chooses_events, split

Filters = Mapping[str, Sequence[str]]


def can(where: Filters) -> bool:
    """Whether all of a filter names values that rows hold as they are."""
    return all(
        not split(key)[1] and not key.startswith("prop:") and not (chooses_events(key) and NONE in values)
        for key, values in where.items()
    )


def picked(tables: Sequence[pa.Table], where: Filters, columns: Sequence[str]) -> list[pa.Table]:
    """Of every table the columns, and the rows that are chosen or of a visit with a chosen row."""
    visits, events = of_visits(where), of_events(where)
    whole = [_holds(table, visits) for table in tables]
    if not events:
        return [_rows(table, mask, columns) for table, mask in zip(tables, whole, strict=True)]
    chosen = [_holds(table, events) for table in tables]
    numbers = pa.chunked_array(
        [
            piece
            for table, first, second in zip(tables, whole, chosen, strict=True)
            for piece in table.column("visit").filter(_both(first, second)).chunks
        ],
        pa.int64(),
    ).unique()
    kept = []
    for table, mask, own in zip(tables, whole, chosen, strict=True):
        either = pc.or_(own, pc.is_in(table.column("visit"), numbers))
        kept.append(_rows(table, _both(mask, either), columns))
    return kept


def of_visits(where: Filters) -> Filters:
    """What filters ask of visits, by column."""
    return {sql.column_of(key): values for key, values in where.items() if not chooses_events(key)}


def of_events(where: Filters) -> Filters:
    """What they ask of events, by column; "" is none of an event's values."""
    return {sql.column_of(key): [*filter(None, values)] for key, values in where.items() if chooses_events(key)}


def _holds(table: pa.Table, wanted: Filters) -> pa.ChunkedArray | None:
    """Which rows have one of the values in every column; None for all."""
    mask = None
    for name, values in wanted.items():
        mask = _both(mask, one_of(table.column(name), values))
    return mask


def one_of(column: pa.ChunkedArray, values: Sequence[str]) -> pa.ChunkedArray:
    """Which rows have one of the values. Of a dictionary its few texts are looked at, not every row's."""
    if not pa.types.is_dictionary(column.type):
        return pc.is_in(column, pa.array(values, column.type))
    wanted = pa.array(values, column.type.value_type)
    pieces = [pc.is_in(piece.dictionary, wanted).take(piece.indices) for piece in column.chunks]
    return pa.chunked_array(pieces, pa.bool_())


def _both(first: pa.ChunkedArray | None, second: pa.ChunkedArray | None) -> pa.ChunkedArray | None:
    if first is None or second is None:
        return second if first is None else first
    return pc.and_(first, second)


def _rows(table: pa.Table, mask: pa.ChunkedArray | None, columns: Sequence[str]) -> pa.Table:
    there = set(table.column_names)
    chosen = table.select([name for name in columns if name in there])
    return chosen if mask is None else chosen.filter(mask)
