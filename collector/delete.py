"""Days and a filter in, the events of a shard that match gone: from raw lists, from the archive, and from the figures.

All is prepared beside what there is: lists as shadows, files under new names. One script puts it in place and marks the
days, so that a deletion killed before it has changed nothing, and one killed after it is finished by whoever makes
marked days again next.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from collector.choosing import Filter
from collector.delete_plan import Plan, plan
from collector.jobs.adopt import refuse_unknown
from collector.jobs.archiving import sweep, write_manifest
from collector.jobs.calls import TRIES, Changed, call
from collector.jobs.lease import Lease
from collector.jobs.rebuild import marked_days, rebuild
from collector.jobs.settle import stage
from collector.jobs.zoned import check_zone
from common import keys, manifest
from common.archive import Archive
from common.calendars import Calendar
from common.columns import slim
from common.events import Event
from common.history import Altered, History
from common.keys import Shard
from common.manifest import File
from common.parts import derived
from common.raw import packed_days, raw_days, read_day
from common.store import StoreError

#: Days on which visits, or their numbers, may come out otherwise when events of a day go.
_BEFORE, _AFTER = 1, 2
#: Refusals after which flushers are asked to wait, and for how many ms.
_PATIENT, _WAIT = 2, 30_000
_HOLDER = "delete"
Say = Callable[[str, int, int], None]


class Remaining(Altered):
    """The events without those that go. Of `archived` days only what lies in the archive."""

    def __init__(
        self, history: History, gone: Mapping[int, Collection[int]], archived: Collection[int] = frozenset()
    ) -> None:
        super().__init__(history.client, history.archive)
        self._gone, self._inside = gone, archived

    def events(self, shard: Shard, days: Iterable[int]) -> dict[int, list[Event]]:
        """See `History.events`."""
        wanted = list(days)
        found = super().events(shard, [day for day in wanted if day not in self._inside])
        inside = [day for day in wanted if day in self._inside]
        found |= {day: [] for day in inside} | self.archived(shard, inside)
        return {day: self._left(day, events) for day, events in found.items()}

    def _left(self, day: int, events: list[Event]) -> list[Event]:
        gone = self._gone.get(day)
        return [event for place, event in enumerate(events) if place not in gone] if gone else events


class Deletion:
    """Deletes events of one shard under a lease. `say` is called with a step's name, done and in all."""

    def __init__(self, lease: Lease, archive: Archive, local: Calendar, now: int, say: Say = lambda *_: None) -> None:
        self._lease, self._archive, self._local, self._now, self._say = lease, archive, local, now, say
        self._client, self._shard = lease.client, lease.shard
        self._history = History(lease.client, archive)

    def run(self, days: Sequence[int], wanted: Filter) -> Plan:
        """Delete what matches, and make the figures of its days again; what went. Raises `Lost`, StoreError,
        redis.RedisError; the same again then does what is left to do.
        """
        check_zone(self._lease, self._local.zone)
        refuse_unknown(self._client, self._shard, self._archive)
        sweep(self._lease, self._archive)
        try:
            gone = self._take_out(days, wanted)
        finally:
            self._let_go()
        again = sorted({*gone.gone, *marked_days(self._client, self._shard)})
        rebuild(
            self._client,
            self._shard,
            again,
            self._local.zone,
            self._now,
            lambda done, total: self._say("rebuild", done, total),
            self._archive,
            self._lease,
        )
        if sweep(self._lease, self._archive):  # the rebuild opens closed months: their old rows may tell what went
            write_manifest(self._lease, self._archive, self._local.zone)
        return gone

    def _take_out(self, days: Sequence[int], wanted: Filter) -> Plan:
        for refused in range(TRIES):
            found = plan(
                self._history,
                self._shard,
                self._local,
                days,
                wanted,
                self._now,
                lambda done, total: self._say("look", done, total),
            )
            try:
                if found.gone:
                    self._apply(found)
                return found
            except Changed:
                if refused >= _PATIENT:
                    till = time.time_ns() // 1_000_000 + _WAIT
                    self._client.hset(self._shard.state(), keys.LEASE, f"{_HOLDER} {till}")
        raise StoreError(f"{self._shard.site}: its days are written to faster than events can be deleted; try again")

    def _apply(self, found: Plan) -> None:
        """Put what is left in place. Raises `Changed` when a day was written to meanwhile; then nothing was done."""
        files = self._files(found)
        names, days, shadows = self._lists(found)
        added: dict[str, File] = {}
        try:
            added = self._rewritten(found, files)
            emptied = {keys.ordinal(day["day"]) for day in days if day["new"] == 0}
            argument = {
                "now": self._now,
                "days": days,
                "add": [part for name, file in added.items() for part in (name, manifest.encoded(file))],
                "drop": list(files),
                "raw": packed_days(raw_days(self._client, self._shard) - emptied),
                "states": [keys.visitor_field(visitor) for visitor in sorted(found.recent)],
                "live": [visitor.to_bytes(8) for visitor in sorted(found.recent)],
            }
            shard = self._shard
            own = [shard.dense(), shard.archive(), shard.open(), shard.marked(), shard.state(), shard.live()]
            call(self._lease, "delete", [*own, *names], argument)
        except Changed:
            if shadows:
                self._client.unlink(*shadows)
            for name in added:
                self._archive.delete(name)
            raise
        for name in files:
            self._archive.delete(name)
        if files:
            write_manifest(self._lease, self._archive, self._local.zone)

    def _lists(self, found: Plan) -> tuple[list[str], list[dict[str, Any]], list[str]]:
        """Write what is left of raw lists to shadows: keys and arguments of the script by day, and the shadows."""
        shard, holder = self._shard, secrets.token_hex(6)
        names, days, shadows = [], [], []
        for number, (day, places) in enumerate(sorted(found.gone.items())):
            self._say("rewrite", number, len(found.gone))
            revision, sizes = found.looked[day]
            inside = len(self._history.archived(shard, [day]).get(day, ()))
            events = read_day(self._client, shard, day)
            left = [event for place, event in enumerate(events, inside) if place not in places]
            staged, size = ([], 0) if len(left) == len(events) else stage(self._client, shard, day, left, holder)
            names += [shard.daily(day), shard.raw(day, len(sizes))]
            names += [shard.raw(day, n) for n in range(len(sizes))]
            names += [*(shard.raw(day, n) for n in range(len(staged))), *staged]
            days.append(
                {
                    "day": keys.iso(day),
                    "revision": revision.decode(),
                    "lengths": sizes,
                    "new": -1 if len(left) == len(events) else len(staged),
                    "size": size,
                    "gone": len(places),
                }
            )
            shadows += staged
        return names, days, shadows

    def _files(self, found: Plan) -> dict[str, File]:
        """The files with rows that change: those of the days, and of days whose visits may come out otherwise."""
        near = {day + shift for day in found.gone for shift in range(-_BEFORE, _AFTER + 1)}
        files = manifest.files(self._client, self._shard).items()
        return {n: f for n, f in files if f.kind == manifest.EVENTS and not near.isdisjoint(day for day, _ in f.days)}

    def _rewritten(self, found: Plan, files: Mapping[str, File]) -> dict[str, File]:
        """New files in place of those, without what goes."""
        added = {}
        for number, file in enumerate(files.values()):
            self._say("archive", number, len(files))
            days = sorted(day for day, _ in file.days)
            left = Remaining(self._history, found.gone, set(days))
            table = derived(left, self._shard, self._local, days[0], days[-1])
            table = table.filter(pc.is_in(table["day"], pa.array(days, pa.int32())))
            if not len(table):
                continue
            one = keys.iso(days[0]) if len(days) == 1 else ""
            name = manifest.new_name(self._shard, manifest.EVENTS, keys.month(days[0]), one)
            written = self._archive.write(name, slim(table), manifest.EVENTS)
            counts = {int(each["values"]): int(each["counts"]) for each in pc.value_counts(table["day"]).to_pylist()}
            added[name] = File(manifest.EVENTS, written.rows, written.bytes, sorted(counts.items()), written.crc)
        return added

    def _let_go(self) -> None:
        held = cast("bytes | None", self._client.hget(self._shard.state(), keys.LEASE))
        if (held or b"").decode().partition(" ")[0] == _HOLDER:
            self._client.hdel(self._shard.state(), keys.LEASE)
