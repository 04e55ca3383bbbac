"""Settled days in, files of the archive out: written, read back, noted, and only then dropped from Redis.

A file holds derived rows: raw events, each with its visit. So a day that gets late rows is written again as a whole,
and so is a neighbour whose visits they changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from collector.jobs.calls import TRIES, Changed, call
from collector.jobs.lease import Lease
from common import keys, manifest
from common.archive import Archive
from common.calendars import Calendar
from common.columns import rows_on, slim
from common.derive import derive
from common.history import History
from common.manifest import EVENTS, File
from common.parquet import differences
from common.parts import apart, around, derived
from common.raw import lengths, packed_days, raw_days, revision
from common.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Days at a month's ends that are read again with its neighbours.
_REACH = 3
#: Columns that tell whether a visit came out otherwise than when its file was written.
_OF_VISIT = ("visit", "first", "duration", "visit_pageviews", "visit_events", "visit_engaged", "entry_page")


class Archiver:
    """Moves days of one shard to the archive, under a lease."""

    def __init__(self, lease: Lease, history: History, archive: Archive, local: Calendar) -> None:
        self._lease, self._history, self._archive, self._local = lease, history, archive, local
        self.events = 0  #: moved out of Redis so far

    def move(self, days: Iterable[int]) -> None:
        """Archive settled days, months apart. Raises `ArchiveError`, `Lost`, redis.RedisError, `Changed`; what was
        not moved is still in Redis, and what was is in the archive.
        """
        months: dict[str, list[int]] = {}
        for day in sorted(days):
            months.setdefault(keys.month(day), []).append(day)
        stale: set[str] = set()
        for month, due in months.items():
            self._month(month, due)
            stale |= {keys.month(day) for day in (due[0] - 1, due[-1] + 1) if self._stale(day)}
        for month in sorted(stale):
            self._month(month, [], whole=True)

    def parted(self, before: int) -> list[str]:
        """The months that ought to be one file by now and are several: their days all lie before `before`."""
        files = manifest.files(self._lease.client, self._lease.shard)
        months = [month for file in files.values() if file.kind == EVENTS for month in file.months]
        return sorted({month for month in months if months.count(month) > 1 and keys.days_of(month)[-1] < before})

    def rewrite(self, month: str) -> None:
        """Write a month's archived days anew, as the history tells them by now."""
        self._month(month, [], whole=True)

    def _month(self, month: str, due: list[int], whole: bool = False) -> None:
        """Write the due days of a month; with those that are archived already, where one of them is due again."""
        shard, client = self._lease.shard, self._lease.client
        for _ in range(TRIES):
            held = self._held(month)
            archived = {day for file in held.values() for day, _ in file.days}
            again = whole or not archived.isdisjoint(due)
            days = sorted(archived.union(due) if again else due)
            looked = {day: self._look(day) for day in days}
            if any(any(sizes) and day not in due for day, (_, sizes) in looked.items()):
                return  # late rows of an archived day: they come with their day, once it is folded again
            found = around(self._history, shard, self._local, days[0], days[-1])
            table = derive(pa.concat_tables(found.values()), self._local, range(days[0], days[-1] + 1))
            table = apart(table, shard)
            table = table if len(days) == days[-1] + 1 - days[0] else rows_on(table, days)
            if len(table) != (known := sum(len(found[day]) for day in days)):
                if any(before != self._look(day) for day, before in looked.items()):
                    continue
                raise StoreError(
                    f"{shard.site}: {month} has {known:,} events, {len(table):,} of them on its own days; nothing was "
                    "moved. `python -m collector rebuild --site S --zone ZONE` puts each under its day"
                )
            counts = {int(value["values"]): int(value["counts"]) for value in pc.value_counts(table["day"]).to_pylist()}
            one = keys.iso(days[0]) if len(days) == 1 else ""
            name = manifest.new_name(shard, EVENTS, month, one)
            written = self._archive.write(name, slim(table), EVENTS)
            file = File(EVENTS, written.rows, written.bytes, sorted(counts.items()), written.crc)
            try:
                self._commit(looked, {name: file} if counts else {}, list(held) if again else [])
            except Changed:
                if name in manifest.files(client, shard):  # it was done, and its answer lost
                    return
                self._archive.delete(name)
                continue
            self._history.remember(name, table, {*days[:_REACH], *days[-_REACH:]})
            before = sum(rows for held_file in held.values() for _, rows in held_file.days) if again else 0
            self.events += written.rows - before
            return
        raise Changed(f"{shard.site}: {month} is written to faster than it can be archived")

    def _look(self, day: int) -> tuple[bytes, list[int]]:
        """What tells whether a day was written to: its revision, and how many blocks its lists have."""
        shard, client = self._lease.shard, self._lease.client
        return revision(client, shard, day), lengths(client, shard, day)

    def _held(self, month: str) -> dict[str, File]:
        files = manifest.files(self._lease.client, self._lease.shard)
        return {name: file for name, file in files.items() if file.kind == EVENTS and month in file.months}

    def _commit(self, looked: Mapping[int, tuple[bytes, list[int]]], add: dict[str, File], drop: list[str]) -> None:
        shard = self._lease.shard
        names = [shard.dense(), shard.archive()]
        for day, (_, sizes) in looked.items():
            names += [shard.daily(day), *(shard.raw(day, number) for number in range(len(sizes) + 1))]
        argument = {
            "days": [[revision.decode(), sizes] for revision, sizes in looked.values()],
            "add": [part for name, file in add.items() for part in (name, manifest.encoded(file))],
            "drop": drop,
            "raw": packed_days(raw_days(self._lease.client, shard) - looked.keys()),
        }
        call(self._lease, "archive", names, argument)

    def derived(self, first: int, last: int) -> pa.Table:
        """The derived rows of the days from first to last, wherever their events lie."""
        return derived(self._history, self._lease.shard, self._local, first, last)

    def _stale(self, day: int) -> bool:
        """Whether an archived day's visits come out otherwise by now."""
        name = next((n for n, f in self._held(keys.month(day)).items() if day in dict(f.days)), None)
        if name is None:
            return False
        stored = self._archive.read(name, ["day", *_OF_VISIT])
        stored = stored.filter(pc.equal(stored["day"], day)).select(_OF_VISIT)
        again = self.derived(day, day).select(_OF_VISIT)
        return bool(differences(stored.cast(again.schema), again))


def sweep(lease: Lease, archive: Archive) -> int:
    """Delete files of the shard that nothing names: left by a killed job, or replaced in an earlier run."""
    there = archive.names(lease.shard.site)
    named = manifest.files(lease.client, lease.shard)
    lease.check()  # a token never comes back: while it holds, none of those there is another job's
    loose = [name for name in manifest.own(there, lease.shard) if name not in named]
    for name in loose:
        archive.delete(name)
    return len(loose)


def write_manifest(lease: Lease, archive: Archive, zone: str) -> None:
    """Note beside the files what Redis says about them, so that an emptied Redis can be filled from them again."""
    shard = lease.shard
    told = {
        "schema": keys.SCHEMA,
        "site": shard.site,
        "zone": zone,
        "shard": shard.number,
        "version": int(cast("bytes | None", lease.client.hget(shard.dense(), keys.VERSION)) or 0),
        "files": manifest.files(lease.client, shard),
    }
    archive.write_text(manifest.told_in(shard), msgspec.json.encode(told).decode())
