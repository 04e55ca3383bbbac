"""Events in, a relation of their derived rows out, as one table, as several, or as files: for tests of common/depth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from common.calendars import calendar
from common.columns import table_of
from common.depth.relation import Relation
from common.derive import derive
from common.events import Event


class Parts(NamedTuple):
    """Where the rows lie."""

    paths: Sequence[Path] = ()
    tables: Sequence[pa.Table] = ()
    sources: Sequence[str] = ()


def rows_of(events: Iterable[Event], zone: str = "UTC") -> pa.Table:
    """Derived rows of all the events."""
    listed, days = list(events), calendar(zone)
    if not listed:
        return derive(table_of([]), days, range(1, 2))
    whole = range(days.day(min(e.time for e in listed)), days.day(max(e.time for e in listed)) + 1)
    return derive(table_of(listed), days, whole)


def relation_of(events: Iterable[Event], zone: str = "UTC", folder: Path | None = None) -> Relation:
    """A relation of them; with a folder the earlier half lies in a file, as in an archive."""
    table = rows_of(events, zone)
    if folder is None:
        return Relation(lambda: Parts(tables=[table]))
    half = len(table) // 2
    path = folder / "month=2026-05" / "day=2026-05-05" / "events.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table[:half], path)
    return Relation(lambda: Parts([path], [table[half:]]))
