"""Days of a site in, their rollup rows and raw events out: pipelined in bounded chunks, closed days cached."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import redis

from common import keys
from common.events import Event
from common.keys import Shard
from common.raw import read_day
from common.rollups import METRICS
from common.rows import unpack_row

#: Commands a pipeline holds at most, and days whose whole hashes are asked for at once.
CHUNK = 500
_DAYS_AT_ONCE = 30
#: Raw events that stay decoded.
MOST_RAW = 1_000_000
#: A day's revision is asked for again after this many s.
_TRUST = 0.4

Rows = dict[str, tuple[list[str], npt.NDArray[np.int64]]]


class Day:
    """One day's rollups: dimension -> its values and an array of one row a value, columns as METRICS."""

    __slots__ = ("checked", "revision", "rows")

    def __init__(self, revision: bytes, rows: Rows, checked: float) -> None:
        self.revision, self.rows, self.checked = revision, rows, checked


class Reader:
    """Reads one site; holds decoded days until their revision changes."""

    def __init__(self, client: redis.Redis, site: str) -> None:
        self.client = client
        self.shard = Shard(site)
        self._days: dict[int, Day] = {}
        self._raw: dict[int, tuple[bytes, list[Event]]] = {}

    def days(self, days: Sequence[int]) -> dict[int, Rows]:
        """Rollup rows of every day (ordinals); days without any are empty. Raises redis.RedisError."""
        revisions = self.revisions(days)
        stale = [day for day in days if self._days[day].revision != revisions[day]]
        for begin in range(0, len(stale), _DAYS_AT_ONCE):
            some = stale[begin : begin + _DAYS_AT_ONCE]
            pipe = self.client.pipeline(transaction=False)
            for day in some:
                pipe.hgetall(self.shard.daily(day))
            for day, stored in zip(some, pipe.execute(), strict=True):
                self._days[day] = Day(stored.get(b"revision", b""), decode(stored), time.monotonic())
        return {day: self._days[day].rows for day in days}

    def revisions(self, days: Iterable[int]) -> dict[int, bytes]:
        """The revision of every day; b"" for a day without rollups."""
        now = time.monotonic()
        days = list(days)
        for day in days:
            self._days.setdefault(day, Day(b"", {}, 0.0))
        known = {day: entry for day, entry in self._days.items() if now - entry.checked < _TRUST and entry.revision}
        asked = [day for day in days if day not in known]
        found = {day: known[day].revision for day in days if day in known}
        for begin in range(0, len(asked), CHUNK):
            some = asked[begin : begin + CHUNK]
            pipe = self.client.pipeline(transaction=False)
            for day in some:
                pipe.hget(self.shard.daily(day), keys.REVISION)
            for day, revision in zip(some, pipe.execute(), strict=True):
                found[day] = revision or b""
                if found[day] == self._days[day].revision:
                    self._days[day].checked = now
        return found

    def events(self, days: Iterable[int]) -> list[Event]:
        """Raw events of the days, as far as they are still kept raw."""
        days = list(days)
        revisions = self.revisions(days)
        events: list[Event] = []
        for day in days:
            held = self._raw.get(day)
            if held is None or held[0] != revisions[day]:
                held = (revisions[day], read_day(self.client, self.shard, day))
            self._raw.pop(day, None)
            self._raw[day] = held  # at the end: asked for last
            events += held[1]
        self._make_room()
        return events

    def _make_room(self) -> None:
        """Let go of the raw days that were asked for longest ago."""
        held = sum(len(events) for _, events in self._raw.values())
        while held > MOST_RAW and len(self._raw) > 1:
            held -= len(self._raw.pop(next(iter(self._raw)))[1])

    def first_day(self) -> int | None:
        """The first day with rollups, found by walking the keys; None for a site without any."""
        pattern = self.shard.daily(1).replace(keys.iso(1), "*")
        found = [keys.parse(key.decode()) for key in self.client.scan_iter(_escaped(pattern), count=1_000)]
        days = [keys.ordinal(parsed.rest[0]) for parsed in found if parsed]
        return min(days, default=None)

    def first_raw_day(self) -> int | None:
        """The first day with raw events, found by walking the keys; None where there are none."""
        pattern = self.shard.raw(1, 0).replace(f"{keys.iso(1)}:0", "*")
        found = [keys.parse(key.decode()) for key in self.client.scan_iter(_escaped(pattern), count=1_000)]
        return min((keys.ordinal(parsed.rest[0]) for parsed in found if parsed), default=None)

    def live(self, now: int, window: int = 300_000) -> int:
        """Distinct human visitors whose last event is at most `window` ms old."""
        count: int = self.client.zcount(self.shard.live(), now - window, "+inf")
        return count


def decode(stored: dict[bytes, bytes]) -> Rows:
    """The rows of a daily hash by dimension."""
    values: dict[str, list[str]] = {}
    rows: dict[str, list[list[int]]] = {}
    for name, data in stored.items():
        if b"=" not in name or name.startswith(b"count="):
            continue
        dimension, value = keys.split_field(name.decode())
        unpacked = unpack_row(data)
        if any(unpacked):
            values.setdefault(dimension, []).append(value)
            rows.setdefault(dimension, []).append(unpacked)
    width = len(METRICS)
    return {
        dimension: (names, np.array(rows[dimension], dtype=np.int64).reshape(-1, width))
        for dimension, names in values.items()
    }


def _escaped(pattern: str) -> str:
    """A scan pattern whose only wildcard is its star."""
    return pattern.replace("[", "\\[").replace("?", "\\?")
