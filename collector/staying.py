"""Visitors at the midnight from which a site has more shards in, whether each stays where it was out; noted in a file.

A visit that goes on over that midnight is on the shard of the day before, and its visitor stays there for the day: else
one visit would be two, and one visitor, too.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

import msgspec
import redis

from collector.refusals import Early
from common import keys
from common.events import Event
from common.keys import Shard
from common.visits import State, continues

_decode_state = msgspec.msgpack.Decoder(State).decode
_VERSION = 4


class Staying:
    """Decides for one journal. What was decided for a record stays decided while the record may be read again."""

    def __init__(self, client: redis.Redis, folder: Path) -> None:
        self._client, self._path = client, folder / "staying"
        self._decided: dict[tuple[int, int], bool] = {}  #: record, day
        self._fresh: dict[tuple[int, int], bool] = {}
        self._noted: set[tuple[int, int]] = set()
        self._passed: set[tuple[Shard, int]] = set()
        self._stayed: set[tuple[int, int]] = set()  #: visitor, day
        if self._path.exists():
            for line in self._path.read_text().splitlines():
                try:
                    record, day, stays = json.loads(line)
                except ValueError:  # torn: nothing was applied by it
                    break
                self._decided[record, day] = bool(stays)
            self._noted = set(self._decided)

    def begin(self) -> None:
        """What was sorted before is applied, or stops at its first record that is not."""
        self._passed, self._stayed = set(), set()

    def stays(self, record: int, event: Event, day: int, earlier: Shard) -> bool:
        """Whether an event's visitor is still on the shard of the days before. Raises `Early` where something of it
        that goes there is not applied yet, redis.RedisError.
        """
        decided = self._decided.get((record, day))
        if decided is None and (event.visitor, day) not in self._stayed:
            if not self._passed.isdisjoint((earlier, visitor) for visitor in (event.visitor, event.before)):
                raise Early
            decided = self._held(event, day, earlier)
        self._decided.setdefault((record, day), decided is not False)
        if (record, day) not in self._noted:
            self._fresh[record, day] = self._decided[record, day]
        if decided is not False:
            self._stayed.add((event.visitor, day))
        return decided is not False

    def is_decided(self, record: int, day: int) -> bool:
        """Whether `stays` has answered before."""
        return (record, day) in self._decided

    def passes(self, event: Event, shard: Shard) -> None:
        """An event that goes to a shard of the days before shortly before its visitor may go elsewhere."""
        self._passed.add((shard, event.visitor))

    def note(self) -> None:
        """Make what was decided durable. Raises OSError."""
        if not self._fresh:
            return
        with self._path.open("a") as file:
            for (record, day), stays in self._fresh.items():
                file.write(f"[{record}, {day}, {int(stays)}]\n")
            file.flush()
            os.fsync(file.fileno())
        self._noted |= self._fresh.keys()
        self._fresh = {}

    def forget(self, upto: int) -> None:
        """Records up to this one are not read again."""
        if self._decided and all(record <= upto for record, _ in self._decided):
            self._decided, self._fresh, self._noted = {}, {}, set()
            self._path.unlink(missing_ok=True)

    def _held(self, event: Event, day: int, shard: Shard) -> bool:
        """Whether the shard knows the visitor of this day, or a visit of the day before that may go on."""
        visitors = [visitor for visitor in (event.visitor, event.before) if visitor]
        found = self._client.hmget(shard.state(), [keys.visitor_field(visitor) for visitor in visitors])
        for value in cast("list[bytes | None]", found):
            state = _decode_state(value[_VERSION:]) if value else None
            if state is None or state.handed:
                continue
            if state.day >= day or day in state.steps:
                return True
            if state.visit and continues(state.visit.first, state.visit.alive, event.time):
                return True
        return False
