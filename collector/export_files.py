"""Days of events or rollup rows in, files of an export out, one a month; and the events of such files back.

A file is written under another name first, and renamed when it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from collector import cells
from collector.export_manifest import EVENTS, ExportError, File, file_of
from common import keys
from common.arrays import Rows
from common.columns import RAW, completed, events_of, table_of
from common.events import Event
from common.rollups import METRICS

FORMATS = ("parquet", "csv")
ROLLUP_COLUMNS = ("day", "dimension", "value", *METRICS)
_TEXTS = [("dimension", pa.string()), ("value", pa.string())]
_ROLLUPS = pa.schema([("day", pa.date32()), *_TEXTS, *((name, pa.int64()) for name in METRICS)])
_EVENTS = pa.schema([pa.field("day", pa.date32()), *RAW])
#: Rows that are decoded at once when a file is read.
_BATCH = 20_000
_SITE, _ZONE, _KIND = b"footfall.site", b"footfall.zone", b"footfall.export"


class Writer(Protocol):
    """Writes days to one file."""

    def write(self, day: int, data: Any) -> int:
        """Write a day; how many rows it has."""

    def close(self) -> None:
        """Finish the file."""


class ParquetWriter:
    """Events or rollup rows, a row group or more for each day."""

    def __init__(self, path: Path, kind: str, site: str, zone: str) -> None:
        self._kind = kind
        told = {_SITE: site.encode(), _ZONE: zone.encode(), _KIND: kind.encode()}
        schema = _EVENTS if kind == EVENTS else _ROLLUPS
        self._file = pq.ParquetWriter(path, schema.with_metadata(told), compression="zstd")

    def write(self, day: int, data: Any) -> int:
        """See `Writer`."""
        table = _event_table(day, data) if self._kind == EVENTS else _rollup_table(day, data)
        self._file.write_table(table, row_group_size=100_000)
        return int(table.num_rows)

    def close(self) -> None:
        """See `Writer`."""
        self._file.close()


class CsvWriter:
    """The same as CSV; also to a stream that is open already."""

    def __init__(self, target: Path | TextIO, kind: str) -> None:
        self._kind = kind
        self._own = isinstance(target, Path)
        self._file = target.open("w", encoding="utf-8", newline="") if isinstance(target, Path) else target
        self._csv = cells.writer(self._file)
        self._csv.writerow(cells.EVENT_COLUMNS if kind == EVENTS else ROLLUP_COLUMNS)

    def write(self, day: int, data: Any) -> int:
        """See `Writer`."""
        name = keys.iso(day)
        if self._kind == EVENTS:
            self._csv.writerows(cells.event_cells(name, event) for event in data)
            return len(data)
        rows = [[name, cells.escaped(dim), cells.escaped(value), *row] for dim, value, row in _listed(data)]
        self._csv.writerows(rows)
        return len(rows)

    def close(self) -> None:
        """See `Writer`."""
        if self._own:
            self._file.close()
        else:
            self._file.flush()


class Months:
    """Files of one kind in a folder, a month each; days come in order."""

    def __init__(self, folder: Path, kind: str, wanted: str, site: str, zone: str) -> None:
        self._folder, self._kind, self._format, self._site, self._zone = folder, kind, wanted, site, zone
        self._month, self._rows = "", 0
        self._writer: Writer | None = None
        self.files: list[File] = []

    def write(self, day: int, data: Any) -> int:
        """Write a day's events, or its rollup rows; how many rows there are."""
        if keys.month(day) != self._month or self._writer is None:
            self.close()
            self._month, part = keys.month(day), self._part(keys.month(day))
            self._writer = (
                CsvWriter(part, self._kind)
                if self._format == "csv"
                else ParquetWriter(part, self._kind, self._site, self._zone)
            )
        rows = self._writer.write(day, data)
        self._rows += rows
        return rows

    def close(self) -> None:
        """Finish the month's file."""
        if self._writer is None:
            return
        self._writer.close()
        part = self._part(self._month)
        path = part.replace(part.with_suffix(""))
        self.files.append(file_of(path, self._kind, self._rows))
        self._writer, self._rows = None, 0

    def _part(self, month: str) -> Path:
        return self._folder / f"{self._kind}-{month}.{self._format}.part"


def read_events(path: Path) -> Iterator[Event]:
    """The events of a file, in its order, a few at a time. Raises `ExportError`, OSError."""
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                yield from cells.read_events(file)
        else:
            with pq.ParquetFile(path) as parquet:
                for batch in parquet.iter_batches(_BATCH):
                    yield from events_of(completed(pa.Table.from_batches([batch])).cast(RAW))
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise ExportError(f"{path}: cannot be read ({error})") from error


def told_of(path: Path) -> tuple[str, str, str] | None:
    """Kind, site and zone that a Parquet file of an export names; None for any other file. Raises OSError."""
    try:
        told = pq.read_schema(path).metadata or {}
    except pa.ArrowException:
        return None
    if _KIND not in told:
        return None
    return told[_KIND].decode(), told.get(_SITE, b"").decode(), told.get(_ZONE, b"UTC").decode()


def _event_table(day: int, events: Sequence[Event]) -> pa.Table:
    table = table_of(events)
    return table.add_column(0, _EVENTS.field(0), _dates(day, len(events)))


def _rollup_table(day: int, rows: Rows) -> pa.Table:
    found = list(_listed(rows))
    columns = [_dates(day, len(found)), pa.array([dim for dim, _, _ in found], pa.string())]
    columns.append(pa.array([value for _, value, _ in found], pa.string()))
    array = np.array([row for _, _, row in found], dtype=np.int64).reshape(-1, len(METRICS))
    return pa.table([*columns, *map(pa.array, array.T)], schema=_ROLLUPS)


def _dates(day: int, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(date.fromordinal(day), pa.date32()), count)


def _listed(rows: Rows) -> Iterable[tuple[str, str, list[int]]]:
    return sorted(
        (dimension, value, row)
        for dimension, (values, array) in rows.items()
        for value, row in zip(values, array.tolist(), strict=True)
    )
