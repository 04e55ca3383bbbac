"""A shard's events and another zone in, the same events by that zone's days out: shadow lists, files of new names.

Nothing here changes what counts: it is put in place, or thrown away, as a whole. A day of which any event lies in Redis
becomes a list there, all others go into the archive, a file a month.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from collector.choosing import runs
from collector.jobs.calls import Changed
from collector.jobs.holding import Holding, look
from collector.jobs.lease import Lease
from collector.jobs.settle import stage
from common import keys, manifest
from common.archive import Archive
from common.calendars import Calendar
from common.columns import slim
from common.events import Event
from common.history import Altered, History
from common.keys import Shard
from common.manifest import EVENTS, File
from common.parts import derived
from common.raw import read_day
from common.sessions import FARTHEST
from common.store import StoreError

#: By how many days the names of one moment's day may differ from zone to zone: they lie up to 26 hours apart.
REACH = 2
Say = Callable[[str, int, int], None]


class Regrouped(Altered):
    """The events by the days of another zone, whatever day they are kept under."""

    def __init__(self, history: History, local: Calendar) -> None:
        super().__init__(history.client, history.archive)
        self._zoned = local

    def events(self, shard: Shard, days: Iterable[int]) -> dict[int, list[Event]]:
        """See `History.events`; the days are those of the other zone."""
        out: dict[int, list[Event]] = {day: [] for day in days}
        for _, some in sorted(super().events(shard, sorted(_near(out))).items()):
            for event in some:
                day = self._zoned.day(event.time)
                if day in out:
                    out[day].append(event)
        return out


class Lists(NamedTuple):
    """A day's new raw lists."""

    shadows: list[str]
    size: int  #: bytes in the last one
    events: int


class Regrouping:
    """Prepares a shard's days anew, and prepares again what was written to meanwhile."""

    def __init__(self, lease: Lease, history: History, archive: Archive, local: Calendar, say: Say) -> None:
        self._shard, self._client, self._archive = lease.shard, lease.client, archive
        self._plain, self._history, self._local, self._say = history, Regrouped(history, local), local, say
        self._seen = Holding()
        self._held: dict[int, Counter[int]] = {}  #: day with raw lists -> new day -> events of it in Redis
        self.lists: dict[int, Lists] = {}  #: by new day
        self._files: dict[str, tuple[str, File] | None] = {}  #: by month

    @property
    def files(self) -> dict[str, File]:
        """The new files by name."""
        return dict(file for file in self._files.values() if file)

    def days(self) -> dict[int, int]:
        """New days, and their events."""
        found = {day: lists.events for day, lists in self.lists.items()}
        return found | {day: rows for file in self.files.values() for day, rows in file.days}

    def found(self) -> dict[int, int]:
        """Days as they were, and their events."""
        archived = Counter(self._seen.archived())
        return archived + Counter({day: counts.total() for day, counts in self._held.items()})

    def prepare(self, seen: Holding) -> None:
        """Make ready what is not, or was written to since. Raises redis.RedisError, StoreError."""
        changed = seen.changed(self._seen)
        self._seen = seen
        for day in changed:
            events = read_day(self._client, self._shard, day) if day in seen.days else []
            self._held[day] = Counter(self._local.day(event.time) for event in events)
        inside = {day for counts in self._held.values() for day in counts}
        self._prepare_files(_near(changed), inside)
        self._prepare_lists(_near(changed), inside)

    def check(self) -> None:
        """Raises StoreError where not every event was prepared, `Changed` where that is because others came."""
        wanted, made = sum(self.found().values()), sum(self.days().values())
        if wanted == made:
            return
        if look(self._client, self._shard) != self._seen:
            raise Changed
        raise StoreError(f"{self._shard.site}: {wanted:,} events are kept, {made:,} were found; nothing was changed")

    def discard(self) -> None:
        """Throw away what was prepared and not put in place."""
        for lists in self.lists.values():
            self._client.unlink(*lists.shadows)
        for name in self.files:
            self._archive.delete(name)
        self.lists, self._files, self._held, self._seen = {}, {}, {}, Holding()

    def _prepare_lists(self, changed: set[int], inside: set[int]) -> None:
        for day in self.lists.keys() - inside:
            self._client.unlink(*self.lists.pop(day).shadows)
        due = sorted(day for day in inside if day in changed or day not in self.lists)
        done = 0
        for run in runs(due):
            for day, events in self._history.events(self._shard, run).items():
                self._say("raw events", done, len(due))
                shadows, size = stage(self._client, self._shard, day, events, secrets.token_hex(6))
                if day in self.lists:
                    self._client.unlink(*self.lists[day].shadows)
                self.lists[day] = Lists(shadows, size, len(events))
                done += 1

    def _prepare_files(self, changed: set[int], inside: set[int]) -> None:
        """A file tells of visits that began days before, too."""
        months: dict[str, list[int]] = {}
        for day in sorted(_near(self._seen.archived()) - inside):
            months.setdefault(keys.month(day), []).append(day)
        for number, (month, days) in enumerate(months.items()):
            around = range(days[0] - FARTHEST - REACH, days[-1] + REACH + 1)
            if month in self._files and changed.isdisjoint(around):
                continue
            self._say("archive", number, len(months))
            self._drop_file(month)
            self._files[month] = self._written(month, days)
        for month in self._files.keys() - months.keys():
            self._drop_file(month)

    def _written(self, month: str, days: list[int]) -> tuple[str, File] | None:
        table = derived(self._history, self._shard, self._local, days[0], days[-1])
        table = table.filter(pc.is_in(table["day"], pa.array(days, pa.int32())))
        if not len(table):
            return None
        counts = {int(each["values"]): int(each["counts"]) for each in pc.value_counts(table["day"]).to_pylist()}
        one = keys.iso(min(counts)) if len(counts) == 1 else ""
        name = manifest.new_name(self._shard, EVENTS, month, one)
        written = self._archive.write(name, slim(table), EVENTS)
        return name, File(EVENTS, written.rows, written.bytes, sorted(counts.items()), written.crc)

    def _drop_file(self, month: str) -> None:
        if file := self._files.pop(month, None):
            self._archive.delete(file[0])


def misplaced(history: History, shard: Shard, seen: Holding, local: Calendar) -> int:
    """How many events are kept under another day than the zone's: a site may have been written to by two zones."""
    days, count = sorted(seen.days.keys() | seen.archived()), 0
    for run in runs(days):
        for day, events in history.events(shard, run).items():
            count += sum(local.day(event.time) != day for event in events)
    return count


def _near(days: Iterable[int] | Mapping[int, object]) -> set[int]:
    return {day + shift for day in days for shift in range(-REACH, REACH + 1)}
