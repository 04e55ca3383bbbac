"""A shard in, its closed days tended out: settled, made again after late events, folded, archived, months closed.

The daily job. Every step leaves everything whole, so that a killed job is gone on with by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from collector.jobs.adopt import is_told, refuse_unknown
from collector.jobs.archiving import Archiver, sweep, write_manifest
from collector.jobs.calls import TRIES, Changed
from collector.jobs.fold import fold, open_days
from collector.jobs.lease import Lease
from collector.jobs.months import close, closed_months, dense_days
from collector.jobs.rebuild import marked_days, rebuild
from collector.jobs.settle import settle
from collector.jobs.steps import Steps
from collector.jobs.zoned import check_zone
from common import keys, manifest
from common.archive import Archive
from common.calendars import Calendar, calendar
from common.chunked import chunked
from common.history import History
from common.keys import Shard
from common.raw import raw_days

#: Days that are folded in one script.
_AT_ONCE = 10
Say = Callable[[str, int, int], None]


@dataclass
class Tended:
    """What one run did to a shard."""

    settled: int = 0  #: days
    rebuilt: int = 0  #: days
    folded: int = 0  #: days
    archived: int = 0  #: events
    closed: list[str] = field(default_factory=list)  #: months
    faults: list[str] = field(default_factory=list)  #: what was left for the next run, and why


class Tender:
    """Tends one shard under a lease. `say` is called with a step's name, done and in all."""

    def __init__(self, lease: Lease, zone: str, archive: Archive, now: int, say: Say = lambda *_: None) -> None:
        self._lease, self._zone, self._archive, self._now, self._say = lease, zone, archive, now, say
        self._local: Calendar = calendar(zone)
        self._history = History(lease.client, archive)
        self._today = self._local.day(now)
        self._steps, self._unsettled = Steps(), set[int]()
        self.done = Tended()

    def run(self, raw_kept: int, most_bytes: int = 0) -> Tended:
        """Everything; `raw_kept` days of raw events stay in Redis, `most_bytes` (0: any) of them at most.

        A fault of the archive is told in `faults` and stops only what needs the archive. Raises `Lost`,
        redis.RedisError.
        """
        check_zone(self._lease, self._zone)
        self._settle_and_rebuild()
        self._fold()
        self._steps.attempt(lambda: self._archive_days(raw_kept, most_bytes))
        self._steps.attempt(self._close)
        self.done.faults = self._steps.faults
        return self.done

    def _closed(self) -> list[int]:
        """Open days that get no live event any more, and no import that could meet their visitors: while the salts of
        an import live, other files of the same days may come.
        """
        client, shard = self._lease.client, self._lease.shard
        days = [day for day in open_days(client, shard) if day <= self._today - 2]
        around = sorted({day + shift for day in days for shift in (-1, 0, 1)})
        awaited: set[int] = set()
        for some in chunked(around, 500):
            pipe = client.pipeline(transaction=False)
            for day in some:
                pipe.exists(Shard(shard.site).import_salt(day))
            awaited |= {day for day, there in zip(some, pipe.execute(), strict=True) if there}
        return [day for day in days if awaited.isdisjoint((day - 1, day, day + 1))]

    def _settle_and_rebuild(self) -> None:
        client, shard = self._lease.client, self._lease.shard
        late, opened, moved = set(marked_days(client, shard)), set(open_days(client, shard)), set[int]()
        closed = self._closed()

        def settle_day(day: int) -> None:
            if settle(self._lease, self._history, day, self._local, self._now):
                moved.add(day)

        def archived(day: int) -> bool:
            return not manifest.days_of_events(client, shard).isdisjoint((day - 1, day))

        for number, day in enumerate(closed):
            self._say("settle", number, len(closed))
            if not self._steps.attempt(partial(settle_day, day), partial(archived, day)):
                self._unsettled.add(day)
        self.done.settled = len(closed) - len(self._unsettled)
        self._unsettled |= opened - set(closed)  # the salt of an import may end before they are folded
        months, folded = closed_months(client, shard), dense_days(client, shard)
        late |= {day for day in closed if day in folded or keys.month(day) in months}
        self._steps.attempt(partial(self._rebuild, late, alone=False), lambda: False)
        self._steps.attempt(partial(self._rebuild, moved - late, alone=True), lambda: False)

    def _rebuild(self, days: Iterable[int], alone: bool) -> None:
        wanted = sorted(days)
        if not wanted:
            return
        done = rebuild(
            self._lease.client,
            self._lease.shard,
            wanted,
            self._zone,
            self._now,
            lambda made, total: self._say("rebuild", made, total),
            self._archive,
            self._lease,
            alone,
        )
        self.done.rebuilt += len(done.days)

    def _fold(self) -> None:
        client, shard = self._lease.client, self._lease.shard
        waiting = self._unsettled.union(marked_days(client, shard), dense_days(client, shard))
        months = closed_months(client, shard)  # what stands there is more than the hash: it could not be made again
        days = [day for day in self._closed() if day not in waiting and keys.month(day) not in months]
        for some in chunked(days, _AT_ONCE):
            self._say("fold", self.done.folded, len(days))
            self._steps.attempt(partial(self._fold_some, some), lambda: False)

    def _fold_some(self, days: Sequence[int]) -> None:
        for _ in range(TRIES):
            try:
                fold(self._lease, days)
            except Changed:
                continue
            self.done.folded += len(days)
            return
        if len(days) > 1:  # one that cannot be folded must not hold up the others
            for day in days:
                self._steps.attempt(partial(self._fold_some, [day]), lambda: False)
            return
        raise Changed(f"{self._lease.shard.site}: closed days are written to faster than they can be folded")

    def _archive_days(self, raw_kept: int, most_bytes: int) -> None:
        client, shard = self._lease.client, self._lease.shard
        refuse_unknown(client, shard, self._archive)
        self._tell()  # first: a job that was killed may have left it untold, and what it told of is swept
        sweep(self._lease, self._archive)
        before = self._today - raw_kept
        held = sorted(raw_days(client, shard) - set(open_days(client, shard)))
        due = [day for day in held if day < before]
        if most_bytes:
            due = held[: max(len(due), _over(self._lease, held, most_bytes))]
        archiver = Archiver(self._lease, self._history, self._archive, self._local)
        for number, month in enumerate(months := sorted({keys.month(day) for day in due})):
            self._say("archive", number, len(months))
            self._steps.attempt(partial(archiver.move, [day for day in due if keys.month(day) == month]))
        left = [day for day in held if day not in due]
        for month in archiver.parted(min([before, *left])):
            self._steps.attempt(partial(archiver.rewrite, month))
        self.done.archived = archiver.events
        self._tell()

    def _tell(self) -> None:
        if not is_told(self._lease.client, self._lease.shard, self._archive, self._zone):
            write_manifest(self._lease, self._archive, self._zone)

    def _close(self) -> None:
        client, shard = self._lease.client, self._lease.shard
        refuse_unknown(client, shard, self._archive)
        days = dense_days(client, shard)
        busy = {keys.month(day) for day in open_days(client, shard)}
        for month in sorted({keys.month(day) for day in days} - busy):
            if keys.days_of(month)[-1] <= self._today - 2:
                self._say("close", len(self.done.closed), 0)
                if self._steps.attempt(partial(close, self._lease, self._archive, month)):
                    self.done.closed.append(month)
        if self.done.closed:
            write_manifest(self._lease, self._archive, self._zone)


def _over(lease: Lease, held: list[int], most: int) -> int:
    """How many of the oldest days have to go so that raw events fit."""
    sizes = [_bytes(lease, day) for day in held]
    count, room = 0, sum(sizes)
    while count < len(sizes) and room > most:
        room -= sizes[count]
        count += 1
    return count


def _bytes(lease: Lease, day: int) -> int:
    size, number = 0, 0
    while used := lease.client.memory_usage(lease.shard.raw(day, number), samples=20):
        size, number = size + int(used), number + 1
    return size
