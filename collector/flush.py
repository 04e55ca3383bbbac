"""Batches of one site in, one atomic script call out: events folded into rollups, states, raw blocks and marks.

`apply` reads the visitors' states, folds, and calls `flush.lua`, which writes only when nothing it was computed
from has changed; else it is computed again. Commands per flush: docs/data-model.md.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import redis
from redis.exceptions import ResponseError

from collector.batch_ids import days_around, placed
from collector.batches import Batch
from collector.folding import Work, fold_batches, rows_of
from collector.quarantine import set_aside
from collector.refusals import Behind, Contended, Relaid
from common import keys, store
from common.calendars import calendar
from common.events import SIGNALS, Event
from common.keys import Shard
from common.rows import pack_events, script_argument
from common.visits import State

#: How long a visitor counts as live, in ms.
LIVE = 300_000
#: The lease of a collector that was refused twice, in ms.
LEASE = 1_000
_VERSION = 4
_log = logging.getLogger("footfall.flush")

_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(State).decode
SCRIPT = (Path(__file__).parent / "flush.lua").read_text()


class Numbered(NamedTuple):
    """A batch and the number of its journal record."""

    number: int
    batch: Batch


class Stored(NamedTuple):
    """A visitor's state as it is stored: a version that every write changes, and the state."""

    version: bytes
    state: State | None


class Flusher:
    """Applies batches for one collector, known to Redis by its journal's id.

    `patience` is the s after which `apply` gives up on a shard that others keep busy and raises `Contended`.
    """

    def __init__(self, client: redis.Redis, collector: str, patience: float = math.inf, replicated: bool = False):
        self._patience, self.replicated = patience, replicated
        self.layouts: dict[str, str] = {}  #: of sites of several shards, as their batches were sorted
        self.client, self.collector, self._mark = client, collector, keys.mark_field(collector)
        self._script = client.register_script(SCRIPT)
        self._lists: dict[tuple[Shard, int], int] = {}
        self._trimmed: dict[Shard, int] = {}
        self._marked = self._checked = False
        self.moved: set[Shard] = set()  #: whose state hash was set aside, marks and all
        self.marks: dict[Shard, int] = {}  #: records that are known to be in
        self._zones: dict[Shard, str] = {}
        self._named: dict[str, int] = {}  #: rollups of a wrong type, and when the log last said so

    def take_marked(self) -> bool:
        """Whether a day was marked for its rebuild since the last call."""
        marked, self._marked = self._marked, False
        return marked

    def check(self) -> None:
        """Raises `OlderSchema` while marks of an older version wait to be migrated: without them all counts twice."""
        if not self._checked:
            store.refuse_older(self.client)
            self._checked = True

    def apply(self, shard: Shard, batches: Sequence[Numbered], now: int) -> int:
        """Apply the batches of one shard, in order, once; how many were new. Raises redis.RedisError.

        Batches whose record was applied before, or whose id was seen before, add nothing.
        """
        refused, moved, begun = 0, False, time.monotonic()
        if self.replicated and shard not in self.marks:  # a journal that is kept begins with what is in already
            self.marks[shard] = int(cast("bytes", self.client.hget(shard.state(), self._mark)) or 0)
            batches = [item for item in batches if item.number > self.marks[shard]]
        while batches:
            try:
                applied, batches = self._attempt(shard, batches, now, refused)
            except ResponseError as error:
                if moved or "WRONGTYPE" not in str(error):
                    raise
                moved = self._set_aside(shard, batches, now)
                if not moved:
                    raise
                continue
            if applied:
                return len(batches)
            refused += 1
            if refused == 2:
                self._lease(shard, now)
            elif refused > 2:
                if time.monotonic() - begun > self._patience:
                    raise Contended(f"{shard.site}: others keep it busy")
                time.sleep(min(0.05 * refused, 0.5))
                now = max(now, time.time_ns() // 1_000_000)
                if refused % 10 == 0:
                    self._lease(shard, now)
        return 0

    def _attempt(
        self, shard: Shard, batches: Sequence[Numbered], now: int, refused: int
    ) -> tuple[bool, Sequence[Numbered]]:
        visitors = {visitor for item in batches for event in item.batch.events for visitor in _visitors(event)}
        days = days_around(item.batch for item in batches)
        mark, zone, stored, counts = self._read(shard, sorted(visitors), days)
        if self.replicated and mark < self.marks.get(shard, 0) and (mark or shard not in self.moved):
            self.marks[shard] = mark
            raise Behind(mark)
        # A state hash that was set aside took its marks along; what this process applied is not applied again.
        known = mark or self.marks.get(shard, 0)
        fresh = _once([item for item in batches if item.number > known])
        if not fresh:
            return True, []
        zone = self._zones[shard] = zone or self._zones.get(shard) or fresh[-1].batch.zone
        states = {visitor: one.state for visitor, one in stored.items() if one.state}
        work = fold_batches([item.batch for item in fresh], states, zone)
        ids = placed((item.batch for item in fresh), counts)
        call = self._call(shard, work, ids, fresh[-1].number, mark, stored, now, zone)
        reply = [text if isinstance(text, bytes) else str(text).encode() for text in self._run(call)]
        match reply[0]:
            case b"ok":
                self._trimmed[shard] = now // 60_000
                self.marks[shard] = fresh[-1].number
                self._marked |= bool(work.folded.marked) or len(reply) > 1
                self._name([name.decode() for name in reply[1:] if b":" in name], now)
                if b"aside" in reply:
                    self._set_aside(shard, fresh, now)
                return True, fresh
            case b"seen":
                seen = {int.from_bytes(number) for number in reply[1:]}
                # A duplicate adds nothing, but its record number must still move the mark.
                return False, [
                    Numbered(number, _emptied(batch)) if batch.id in seen else Numbered(number, batch)
                    for number, batch in fresh
                ]
            case b"shards":
                raise Relaid(reply[1].decode())
            case b"raw":
                self._lists[shard, keys.ordinal(reply[1].decode())] = int(reply[2])
        return False, fresh

    def _name(self, broken: list[str], now: int) -> None:
        """Say which rollups have a wrong type, once a minute: every flush meets them until their day is made again."""
        for name in broken:
            if now - self._named.get(name, 0) >= 60_000:
                self._named[name] = now
                _log.error("%s has a wrong type: its day is made again from raw events, nothing is lost", name)

    def _set_aside(self, shard: Shard, batches: Sequence[Numbered], now: int) -> bool:
        """Move keys of a wrong type out of the way; the days they were about are made again."""
        zone = self._zones.get(shard)
        days = {calendar(zone or item.batch.zone).day(event.time) for item in batches for event in item.batch.events}
        moved = set_aside(self.client, shard, [shard.raw(day, self._list(shard, day)) for day in sorted(days)], now)
        if shard.state() in moved:
            self.moved.add(shard)
        for name in moved:
            _log.error("%s had a wrong type and was set aside, nothing else is lost; `doctor` names it", name)
        if moved and days:
            around = {day + shift for day in days for shift in (-1, 0)}
            self.client.hset(shard.marked(), mapping={keys.iso(day): now for day in around})
            self._marked = True
        return bool(moved)

    def _run(self, call: tuple[list[str], bytes]) -> list[Any]:
        names, argument = call
        reply: list[Any] = self._script(keys=names, args=[argument])
        return reply

    def _read(
        self, shard: Shard, visitors: list[int], days: list[int]
    ) -> tuple[int, str, dict[int, Stored], dict[int, int]]:
        """The mark, the zone, the states of visitors, and how many batch ids days hold."""
        fields = [keys.mark_field(self.collector), keys.ZONE]
        fields += [*map(keys.ids_count, days), *map(keys.visitor_field, visitors)]
        values: list[bytes | None] = []
        for begin in range(0, len(fields), 7_000):
            found = self.client.hmget(shard.state(), fields[begin : begin + 7_000])
            values += cast("list[bytes | None]", found)
        stored = {
            visitor: Stored(value[:_VERSION], _decode_state(value[_VERSION:])) if value else Stored(b"", None)
            for visitor, value in zip(visitors, values[2 + len(days) :], strict=True)
        }
        counts = {day: int(count or 0) for day, count in zip(days, values[2:], strict=False)}
        return int(values[0] or 0), (values[1] or b"").decode(), stored, counts

    def _lease(self, shard: Shard, now: int) -> None:
        """Ask the others to wait, so that a much visited state cannot starve this collector."""
        current = cast("bytes | None", self.client.hget(shard.state(), keys.LEASE))
        owner, _, till = (current or b" 0").decode().partition(" ")
        if owner == self.collector or int(till) < now:
            self.client.hset(shard.state(), keys.LEASE, f"{self.collector} {now + LEASE}")

    def _call(
        self,
        shard: Shard,
        work: Work,
        ids: dict[str, list[Any]],
        upto: int,
        mark: int,
        stored: dict[int, Stored],
        now: int,
        zone: str,
    ) -> tuple[list[str], bytes]:
        days = sorted(work.events.keys() | work.folded.increments.keys())
        trim = now // 60_000 > self._trimmed.get(shard, 0)
        names = [shard.state(), shard.live(), shard.marked(), shard.open()]
        for day in days:
            names += [shard.daily(day), shard.raw(day, self._list(shard, day)), shard.unique(day)]
        argument = ids | {
            "owner": self.collector,
            "mark": keys.mark_field(self.collector),
            "zone": zone,
            "shards": self.layouts.get(shard.site, ""),
            "from": str(mark),
            "to": str(upto),
            "now": now,
            "states": [
                [keys.visitor_field(v), stored[v].version, _next_version(stored[v].version) + _encode(state)]
                for v, state in work.states.items()
            ],
            "marked": [keys.iso(day) for day in sorted(work.folded.marked)],
            "days": [self._day(shard, day, work) for day in days],
            "list_bytes": keys.RAW_LIST_BYTES,
            "live": _live(work.events.values(), now),
            "trim": str(now - LIVE) if trim else "",
        }
        return names, script_argument(argument)

    def _list(self, shard: Shard, day: int) -> int:
        return self._lists.get((shard, day), 0)

    def _day(self, shard: Shard, day: int, work: Work) -> dict[str, Any]:
        events = work.events.get(day, [])
        dims, rows = rows_of(work.folded.increments.get(day, {}))
        visitors = {event.visitor for event in events if event.class_ == "human" and event.type not in SIGNALS}
        return {
            "day": keys.iso(day),
            "list": self._list(shard, day),
            "block": pack_events(events) if events else b"",
            "count": len(events),
            "dims": dims,
            "rows": rows,
            "visitors": [visitor.to_bytes(8) for visitor in sorted(visitors)],
        }


def _visitors(event: Event) -> tuple[int, ...]:
    return (event.visitor, event.before) if event.before else (event.visitor,)


def _once(batches: list[Numbered]) -> list[Numbered]:
    """A batch sent twice within one flush keeps its first copy's events."""
    seen: set[int] = set()
    kept = []
    for number, batch in batches:
        double = batch.id in seen
        if batch.id:
            seen.add(batch.id)
        kept.append(Numbered(number, _emptied(batch) if double else batch))
    return kept


def _emptied(batch: Batch) -> Batch:
    return Batch(batch.site, batch.zone, batch.received, 0, [])


def _live(events: Iterable[list[Event]], now: int) -> list[Any]:
    """Members for the live set, score before member."""
    last: dict[int, int] = {}
    for event in (event for of_day in events for event in of_day):
        if event.class_ == "human" and event.type not in SIGNALS and now - event.time < LIVE:
            last[event.visitor] = max(event.time, last.get(event.visitor, 0))
    return [part for visitor, time_ in last.items() for part in (str(time_), visitor.to_bytes(8))]


def _next_version(version: bytes) -> bytes:
    return ((int.from_bytes(version) + 1) % (1 << 32)).to_bytes(4) if version else os.urandom(4)
