"""Days of one shard in, their rollups made again from raw events and put in place atomically.

A late event can change visits of the day before and the day after, so the neighbours of a wanted day are made again
with it, and one more day on either side is read. Long closed days are counted in columns, as many at once as memory
holds well; the latest ones are folded, since their visitors' states are wanted, too. Traffic goes on meanwhile: the
swap is refused when a day was written to since it was read; after three refusals the flushers are asked to wait.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
import redis
from redis.exceptions import ResponseError

from collector.jobs.calls import TRIES, Changed, call
from collector.jobs.lease import Lease
from collector.jobs.months import closed_months, reopen
from collector.jobs.recount import recount, recount_columns
from collector.jobs.shadows import Counted, write_shadow
from collector.jobs.steps import Steps, is_away
from collector.jobs.zoned import check_zone
from common import keys, manifest
from common.arrays import arrays
from common.calendars import Calendar, calendar
from common.chunked import chunked
from common.events import SIGNALS
from common.history import History
from common.keys import Shard
from common.raw import about_rows
from common.store import StoreError
from common.visits import State, forget

if TYPE_CHECKING:
    from common.archive import Archive

_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(State).decode
#: Days rebuilt in one go, and about how many events of closed days: they are in memory together, and 500,000 of them
#: take about 400 MB.
_AT_ONCE, _EVENTS_AT_ONCE = 62, 500_000
#: Days before today that are folded.
_RECENT = 2


class Rebuilt(NamedTuple):
    """What one rebuild did."""

    days: list[int]
    events: int
    seconds: float
    refusals: int


def rebuild(
    client: redis.Redis,
    shard: Shard,
    days: Iterable[int],
    zone: str,
    now: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
    archive: Archive | None = None,
    lease: Lease | None = None,
    alone: bool = False,
    lossy: bool = False,
) -> Rebuilt:
    """Make the rollups of `days` (ordinals) and their neighbours again; `alone` leaves the neighbours as they are.

    A day that has fewer events than were counted is an error, unless `lossy`. Waits for another job of the shard,
    unless its `lease` is given. `progress` is called with days done and days in all. Raises redis.RedisError, `Lost`,
    and StoreError in the end where some days could not be made again; those are as they were.
    """
    if lease is None:
        with Lease(client, shard) as own:
            return rebuild(client, shard, days, zone, now, progress, archive, own, alone, lossy)
    check_zone(lease, zone)
    begun, wanted, local = time.monotonic(), set(days), calendar(zone)
    around = set(wanted) if alone else {day + shift for day in wanted for shift in (-1, 0, 1)}
    if around and max(around) >= local.day(now) - 1:
        around.add(local.day(now))
    recent = local.day(now) - _RECENT
    sizes = _sizes(client, shard, around)
    job, steps = _Job(lease, History(client, archive), wanted, local, now, lossy), Steps()
    counts: list[tuple[int, int]] = []

    def make(run: list[int]) -> None:
        """A run at once; where one of its days is to blame, each by itself."""
        try:
            reopen(lease, archive, {keys.month(day) for day in run}, lossy)
            counts.append(job.rebuild(run))
        except StoreError as error:
            if len(run) == 1 or is_away(error):
                raise
            for day in run:
                steps.attempt(partial(make, [day]), partial(_reads_archive, client, shard, [day]))

    done = 0
    for run in _runs(sorted(around), sizes, recent):
        steps.attempt(partial(make, run), partial(_reads_archive, client, shard, run))
        done += len(run)
        progress(done, len(around))
    steps.finish()
    events, refusals = (sum(column) for column in zip((0, 0), *counts, strict=True))
    return Rebuilt(sorted(around), events, time.monotonic() - begun, refusals)


def _reads_archive(client: redis.Redis, shard: Shard, run: list[int]) -> bool:
    """Whether files are read to make these days again."""
    if not closed_months(client, shard).isdisjoint(map(keys.month, run)):
        return True
    return not manifest.days_of_events(client, shard).isdisjoint(range(run[0] - 1, run[-1] + 2))


def marked_days(client: redis.Redis, shard: Shard) -> list[int]:
    """The days of a shard that wait for their rebuild."""
    return sorted(keys.ordinal(day.decode()) for day in cast("list[bytes]", client.hkeys(shard.marked())))


def _sizes(client: redis.Redis, shard: Shard, days: Iterable[int]) -> dict[int, int]:
    """About how many events each day has."""
    sizes = about_rows(client, shard, days)
    for file in manifest.files(client, shard).values():
        for day, rows in file.days if file.kind == manifest.EVENTS else ():
            if day in sizes:
                sizes[day] += rows
    return sizes


def _runs(days: list[int], sizes: Mapping[int, int], recent: int) -> Iterator[list[int]]:
    """Neighbouring days together, as many as memory holds; those from `recent` on apart from those before."""
    run: list[int] = []
    held = 0
    for day in days:
        held += sizes[day]
        if run and (day != run[-1] + 1 or len(run) >= _AT_ONCE or held > _EVENTS_AT_ONCE or day == recent):
            yield run
            run, held = [], sizes[day]
        run.append(day)
    if run:
        yield run


class _Job(NamedTuple):
    """What all runs of one rebuild share."""

    lease: Lease
    history: History
    wanted: set[int]
    local: Calendar
    now: int
    lossy: bool

    def rebuild(self, run: list[int]) -> tuple[int, int]:
        """Make a run of days again; events counted, and how often it had to begin anew."""
        client, shard = self.lease.client, self.lease.shard
        refusals, holder = 0, f"rebuild-{os.getpid()}"
        try:
            while True:
                begun = time.monotonic()
                events, names, shadows, argument = self._prepare(run)
                try:
                    call(self.lease, "swap", names, argument)
                    return events, refusals
                except Changed:
                    client.unlink(*shadows)  # else each refusal left its own
                refusals += 1
                if refusals >= TRIES:  # others wait for this job's lease: marked days are tried again later
                    raise StoreError(f"{shard.site}: {keys.iso(run[0])} is written to faster than it can be made again")
                if refusals >= 3:
                    hold = int(2_000 + 3_000 * (time.monotonic() - begun))
                    client.hset(shard.state(), keys.LEASE, f"{holder} {time.time_ns() // 1_000_000 + hold}")
        finally:
            held = cast("bytes | None", client.hget(shard.state(), keys.LEASE)) if refusals >= 3 else None
            if (held or b"").decode().partition(" ")[0] == holder:
                client.hdel(shard.state(), keys.LEASE)

    def _count(self, run: list[int]) -> Counted:
        if run[-1] < self.local.day(self.now) - _RECENT:
            found = recount_columns(self.history, self.lease.shard, run, self.local)
            return Counted(found.revisions, found.events, {}, found.visitors, found.rows)
        look, states, out = recount(self.history, self.lease.shard, run, self.local)
        ids = {
            day: {e.visitor for e in look.events[day] if e.class_ == "human" and e.type not in SIGNALS} for day in run
        }
        rows = {day: arrays(found.items()) for day, found in out.items() if day in ids}
        return Counted(look.revisions, {day: len(events) for day, events in look.events.items()}, states, ids, rows)

    def _prepare(self, run: list[int]) -> tuple[int, list[str], list[str], dict[str, Any]]:
        """How many events were read; keys of the script, those of them that are shadows, and its argument."""
        client, shard = self.lease.client, self.lease.shard
        done = _marks(client, shard, [day for day in run if day in self.wanted])
        counted = self._count(run)
        names = [shard.dense(), shard.open(), shard.state(), shard.marked()]
        names += [shard.daily(day) for day in counted.revisions]
        # Two rebuilds at once must not share shadows: the slower would put the other's rows in place.
        holder, whole, shadows = secrets.token_hex(6), [], []
        for day in run:
            whole.append(write_shadow(client, shard, holder, day, counted, self.lossy))
            pair = [shard.shadow(shard.daily(day), holder), shard.shadow(shard.unique(day), holder)]
            names += [shard.daily(day), pair[0], shard.unique(day), pair[1]]
            shadows += pair
        recent = run[-1] >= self.local.day(self.now) - 1
        argument = {
            "days": [keys.iso(day) for day in run],
            "revisions": [value.decode() for value in counted.revisions.values()],
            "whole": whole,
            "states": _states(client, shard, counted.states, self.local, self.now) if recent else [],
            "done": done,
        }
        return sum(counted.events.values()), names, shadows, argument


def _marks(client: redis.Redis, shard: Shard, days: list[int]) -> list[bytes | str]:
    """Marks as day, value, ..: one that is set anew after the events were read must stay."""
    names = [keys.iso(day) for day in days]
    try:
        values = cast("list[bytes | None]", client.hmget(shard.marked(), names)) if names else []
    except ResponseError:  # of a wrong type, until the next flush sets it aside
        return []
    return [part for name, value in zip(names, values, strict=False) if value for part in (name, value)]


def _states(
    client: redis.Redis, shard: Shard, states: dict[int, State], local: Calendar, now: int
) -> list[bytes | str]:
    """States that may still get events and are stored otherwise, as field, value, field, value."""
    recent = local.start(local.day(now) - 1)
    for state in states.values():
        if state.steps:
            forget(state, max(state.steps) - 2)
    chosen = [v for v, s in states.items() if s.handed or (s.visit and s.visit.alive >= recent) or s.orphan >= recent]
    flat: list[bytes | str] = []
    for part in chunked(chosen, 5_000):
        found = cast("list[bytes | None]", client.hmget(shard.state(), map(keys.visitor_field, part)))
        for visitor, value in zip(part, found, strict=True):
            if value is None or _decode_state(value[4:]) != states[visitor]:
                version = (int.from_bytes(value[:4]) + 1) % (1 << 32) if value else 1
                flat += [keys.visitor_field(visitor), version.to_bytes(4) + _encode(states[visitor])]
    return flat
