"""A shard's days in, derived rows of all their events out: archive files as they lie, the rest of Redis derived once.

What the archive holds carries its visits. Raw events of Redis are derived here: those of long closed days once, and
kept in a file of the cache, since a day's list never changes without a new version or revision; the latest days each
time something new came.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from common import keys, manifest
from common.calendars import Calendar
from common.derive import derive
from common.history import NO_VERSION, History
from common.keys import Shard
from common.manifest import File
from common.raw import revisions, unpacked_days
from common.sessions import FARTHEST
from common.standing import Command, days_in, replies_to, version_of
from common.store import StoreError
from common.visit_columns import never_paused

#: Days before today whose rows may still change: today and yesterday get events, the day before holds their visits.
_RECENT = 3
#: Bits of a visit's number below those of its shard: 24 of its rank, and the day's.
_OF_SHARD = 48
#: Days that are derived and kept together, counted from the first day of all calendars: what a question about one day
#: takes longer, the next one about its neighbours saves.
_PIECE = 16
#: Pieces that are kept, for questions about two years in turn.
_MOST_PIECES = 100
_NEW = -1
#: What follows a site in the name of a file of the cache: its piece, which older ones did not have, and a digest.
_CACHED = re.compile(r"(?:(\d+)-)?[0-9a-f]{24}")


class Parts(NamedTuple):
    """Rows that cover some days, each event once; other days may be among them."""

    paths: list[Path]  #: derived Parquet files
    tables: list[pa.Table]  #: derived tables
    sources: list[str]  #: "archive", "raw events": where they came from
    held: frozenset[int]  #: days that have any rows


class Look(NamedTuple):
    """What a shard says of its events at one moment."""

    version: bytes
    raw: set[int]  #: folded days that have raw lists in Redis
    open: frozenset[int]
    files: dict[str, File]


class Composer:
    """Puts together the parts of one shard's days; keeps what it derived while it holds."""

    def __init__(self, history: History, shard: Shard, local: Calendar, cache: Path | None = None) -> None:
        self._history, self._shard, self._local, self._cache = history, shard, local, cache
        self._kept: dict[int, tuple[object, pa.Table]] = {}  #: by piece, the one asked for last at the end

    def parts(self, days: range) -> Parts:
        """Parts that hold all rows of the days, the day before and two days after, so that visits are whole.

        Raises redis.RedisError, `ArchiveError`.
        """
        wanted = range(days.start - 1, days.stop + 2)
        return self._history.steady(self._shard, lambda: self._parts(wanted))

    def _parts(self, wanted: range) -> Parts:
        shard, archive, look = self._shard, self._history.archive, self._look()
        whole = range(wanted.start // _PIECE * _PIECE, -(-wanted.stop // _PIECE) * _PIECE)
        raw, named = {day for day in look.raw | look.open if day in whole}, look.files
        files = {
            name: {day for day, _ in file.days}
            for name, file in named.items()
            if file.kind == manifest.EVENTS and any(day in wanted for day, _ in file.days)
        }
        if files and archive is None:
            raise StoreError(f"{shard.site}: its older events are in the archive; set FOOTFALL_ARCHIVE to it")
        # An archived day that got late rows is derived again, with the days that its visits may reach.
        late = {day + shift for day in raw for shift in (-1, 0, 1) if any(day in held for held in files.values())}
        paths, tables, sources, days = [], [], [], set[int]()
        for name, held in files.items():
            assert archive  # noqa: S101
            days |= held - late
            if held.isdisjoint(late):
                paths.append(archive.local(name, named[name].crc))
            else:
                table = archive.read(name)
                tables.append(table.filter(pc.invert(pc.is_in(table["day"], pa.array(sorted(late), pa.int32())))))
        if files:
            sources.append("archive")
        redone = sorted(raw | {day for day in late if any(day in held for held in files.values())})
        if redone:
            sources.append("raw events")
            for table in self._derived(redone, look):
                tables.append(table)
                days.update(pc.unique(table["day"]).to_pylist())
        return Parts(paths, tables, sources, frozenset(days))

    def _look(self) -> Look:
        """In one round trip: several are felt where a question takes a tenth of a second."""
        dense = self._shard.dense()
        asked: list[Command] = [version_of(self._shard), ("HGET", dense, keys.RAW_DAYS)]
        asked += [("SMEMBERS", self._shard.open()), ("HGETALL", self._shard.archive())]
        version, raw, opened, files = replies_to(self._history.client, asked)
        return Look(version or NO_VERSION, unpacked_days(raw), days_in(opened), manifest.decoded(files))

    def _derived(self, days: Sequence[int], look: Look) -> list[pa.Table]:
        """Rows of days that are derived here, long closed ones in pieces and the latest apart."""
        recent = self._local.day(time.time_ns() // 1_000_000) - _RECENT
        pieces: dict[int, list[int]] = {}
        for day in days:
            pieces.setdefault(day // _PIECE if day < recent else _NEW, []).append(day)
        tables = []
        near = {
            piece: {day + shift for day in some for shift in range(-2, 3)} & look.open for piece, some in pieces.items()
        }
        seen = revisions(self._history.client, self._shard, sorted(set().union(*near.values())))
        for piece, some in pieces.items():
            key = (look.version, tuple(some), tuple(seen[day] for day in sorted(near[piece])))
            kept = self._kept.pop(piece, None)
            if kept is None or kept[0] != key:
                stored = piece != _NEW and look.version != NO_VERSION
                kept = (key, self._stored(piece, some, key, look) if stored else self._derive(some))
            self._kept[piece] = kept
            tables.append(kept[1])
        while len(self._kept) > _MOST_PIECES:
            del self._kept[next(iter(self._kept))]
        return tables

    def _derive(self, days: Sequence[int]) -> pa.Table:
        runs = _runs(days)
        parts = [derived(self._history, self._shard, self._local, run[0], run[-1]) for run in runs]
        return pa.concat_tables(parts).unify_dictionaries()

    def _stored(self, piece: int, days: Sequence[int], key: object, look: Look) -> pa.Table:
        """The same from the cache's file, or put there; without a folder for it, just derived."""
        if self._cache is None:
            return self._derive(days)
        stem = quote(self._shard.site, safe=".-_") + (f"@{self._shard.number}" if self._shard.number else "")
        path = self._cache / f"{stem}-{piece}-{blake2b(repr(key).encode(), digest_size=12).hexdigest()}.arrow"
        with suppress(OSError, pa.ArrowInvalid):
            return feather.read_table(path, memory_map=True)
        table = self._derive(days)
        with suppress(OSError):  # a full or read-only disk costs time, not the answer
            self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._clear(stem, piece, min(look.raw | look.open) // _PIECE)
            handle, name = tempfile.mkstemp(dir=self._cache, suffix=".tmp")
            os.close(handle)
            feather.write_feather(table, name, compression="uncompressed")
            os.replace(name, path)
        return table

    def _clear(self, stem: str, piece: int, first: int) -> None:
        """Delete what the cache holds of an earlier state of a piece, and of days whose events are elsewhere by now."""
        for old in self._cache.glob(f"{stem}-*.arrow") if self._cache else ():
            found = _CACHED.fullmatch(
                old.stem.removeprefix(f"{stem}-")
            )  # another site's name may begin with this one's
            if found and (found[1] is None or int(found[1]) == piece or int(found[1]) < first):
                old.unlink(missing_ok=True)


def derived(history: History, shard: Shard, local: Calendar, first: int, last: int) -> pa.Table:
    """Derived rows of the days from first to last, wherever their events lie.

    Two more days are read on either side: which visits of the day before came from the one before that decides how
    its visits are numbered. And more where somebody never paused. Raises redis.RedisError, `ArchiveError`.
    """
    raw = pa.concat_tables(around(history, shard, local, first, last).values())
    return apart(derive(raw, local, range(first, last + 1)), shard)


def around(history: History, shard: Shard, local: Calendar, first: int, last: int) -> dict[int, pa.Table]:
    """The raw events by day that `derived` reads."""
    begin, found = first - 2, history.tables(shard, range(first - 2, last + 3))
    while first - begin < FARTHEST and never_paused(found[begin], local.start(begin), local.start(begin + 1)):
        begin -= 1
        found = history.tables(shard, [begin]) | found
    return found


def apart(table: pa.Table, shard: Shard) -> pa.Table:
    """Visits are numbered within their shard: other shards' numbers are made others."""
    if not shard.number:
        return table
    visit = table["visit"]
    numbers = pc.if_else(pc.greater_equal(visit, 0), pc.add(visit, shard.number << _OF_SHARD), visit)
    return table.set_column(table.schema.get_field_index("visit"), table.schema.field("visit"), numbers)


def _runs(days: Sequence[int]) -> list[list[int]]:
    """Neighbouring days together."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs
