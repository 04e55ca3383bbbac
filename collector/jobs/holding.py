"""A shard in, what it holds of days out: which keys and files there are, and what says whether they were written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, cast

import redis

from collector.key_walk import of_shard
from common import dense, keys, manifest
from common.chunked import chunked
from common.keys import Shard
from common.manifest import File
from common.raw import DROPS, extent
from common.rows import unpack_row

_AT_ONCE = 500
_VISITOR = b"v:"


class Day(NamedTuple):
    """A day with keys, as it was looked at: what is written later changes one of these."""

    revision: bytes  #: b"" without a daily hash
    lengths: list[int]  #: blocks in each of its raw lists


@dataclass
class Holding:
    """What a shard holds."""

    days: dict[int, Day] = field(default_factory=dict)  #: with a daily hash or raw lists
    uniques: list[int] = field(default_factory=list)
    opened: int = 0  #: how many days are noted as open
    files: dict[str, File] = field(default_factory=dict)

    def archived(self) -> dict[int, int]:
        """Days in the archive, and their events."""
        found: dict[int, int] = {}
        for file in self.files.values():
            for day, rows in file.days if file.kind == manifest.EVENTS else ():
                found[day] = found.get(day, 0) + rows
        return found

    def changed(self, before: Holding) -> set[int]:
        """Days that were written to between two looks."""
        return {day for day in self.days.keys() | before.days.keys() if self.days.get(day) != before.days.get(day)}


def look(client: redis.Redis, shard: Shard) -> Holding:
    """Everything of days. Raises redis.RedisError."""
    found = Holding(opened=client.scard(shard.open()), files=manifest.files(client, shard))
    lists, hashes = dict[int, int](), set[int]()
    for name in client.scan_iter(of_shard(shard), count=1_000):
        parsed = keys.parse(cast(bytes, name).decode("utf-8", "replace"))
        if not parsed or parsed.schema != keys.SCHEMA:
            continue
        if parsed.family == "visits:events":
            day = keys.ordinal(parsed.rest[0])
            lists[day] = max(lists.get(day, 0), int(parsed.rest[1]) + 1)
        elif parsed.family == "visits:daily":
            hashes.add(keys.ordinal(parsed.rest[0]))
        elif parsed.family == "unique:visits":
            found.uniques.append(keys.ordinal(parsed.rest[0]))
    found.uniques.sort()
    for some in chunked(sorted(hashes | lists.keys()), _AT_ONCE):
        pipe = client.pipeline(transaction=False)
        for day in some:
            pipe.hget(shard.daily(day), keys.REVISION)
            for number in range(lists.get(day, 0)):
                pipe.llen(shard.raw(day, number))
        replies = iter(pipe.execute())
        for day in some:
            found.days[day] = Day(next(replies) or b"", [next(replies) for _ in range(lists.get(day, 0))])
    return found


def states(client: redis.Redis, shard: Shard) -> list[bytes]:
    """The fields of all visitors in the state hash."""
    found = (cast(bytes, name) for name, _ in client.hscan_iter(shard.state(), count=1_000))
    return [name for name in found if name.startswith(_VISITOR)]


class Noted(NamedTuple):
    """What rollups say of a day that its events cannot tell again, or can be compared with."""

    events: int  #: raw events that were counted
    dropped: dict[str, list[int]]  #: rows of what was not counted


NOTHING = Noted(0, {})


def noted_closed(client: redis.Redis, shard: Shard) -> dict[int, Noted]:
    """Of every folded day, also of closed months. Raises redis.RedisError, StoreError."""
    found: dict[int, Noted] = {}
    for name, blob in client.hscan_iter(shard.dense(), count=20):
        text = cast(bytes, name).decode()
        if len(text) == len("2026-11-24"):
            day = dense.decode_day(blob).day_rows()
            found[keys.ordinal(text)] = Noted(day.events, {drop: day.rows[drop] for drop in DROPS if drop in day.rows})
        elif len(text) == len("2026-11") and text[0].isdigit():
            month = dense.decode_month(blob)
            for number, rows in month.days.items():
                values, array = rows.get("dropped", ([], None))
                counts = array.tolist() if array is not None else []
                listed = {keys.field("dropped", value): row for value, row in zip(values, counts, strict=True)}
                dropped = {drop: row for drop, row in listed.items() if drop in DROPS}
                found[number] = Noted(month.events.get(number, 0), dropped)
    return found


def noted_open(client: redis.Redis, shard: Shard, day: int, seen: Day) -> Noted:
    """Of a day's hash: what came since it was folded, or all of it. No events where it was written to since a look."""
    stored = extent(client, shard, day)
    rows = stored.rows if stored.revision and stored.revision == seen.revision else 0
    return Noted(rows, {name: unpack_row(value) for name, value in stored.dropped.items()})


def together(one: Noted, other: Noted) -> Noted:
    """The sum of both."""
    dropped = dict(one.dropped)
    for name, row in other.dropped.items():
        known = dropped.get(name)
        dropped[name] = row if known is None else [a + b for a, b in zip(known, row, strict=True)]
    return Noted(one.events + other.events, dropped)
