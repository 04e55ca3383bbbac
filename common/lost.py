"""A shard's state hash in, the batches of each UTC day that never came out: settled ones as they are noted, the last
days' from the ids themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec
import numpy as np
import redis

from common import keys
from common.chunked import chunked
from common.keys import Shard
from common.loss import OWNED, PLAIN, Counts, Ids, counts, unpacked
from common.run_ids import MORE_BITS, bits, buckets

#: Buckets of a day that are read for figures that are not settled: of more, a sample of pages.
MOST_BUCKETS = 1_500
_DAY_MS = 86_400_000
#: Ids of a day lie here by themselves, or with their owners where a site has several shards.
_KINDS: tuple[tuple[Callable[[int], str], Callable[[int, int], str], int], ...] = (
    (keys.ids_count, keys.ids_field, PLAIN),
    (keys.claims_count, keys.claims_field, OWNED),
)


class Settling:
    """Collects ids from fields of a state hash as they come by, and says which days can be settled by them."""

    def __init__(self) -> None:
        self._packed: dict[int, dict[str, tuple[bytes, int]]] = {}
        self._done: set[int] = set()
        self._since: int | None = None

    def see(self, field: bytes, value: bytes) -> None:
        """Look at one field; the same one may come twice."""
        name, *rest = field.split(b":")
        if name == keys.NUMBERED.encode():
            self._since = int(value)
        elif name == b"loss":
            self._done.add(int(rest[0]))
        elif name in (b"ids", b"claims"):
            of_day = self._packed.setdefault(int(rest[0]), {})
            if len(rest) == 2:
                of_day[field.decode()] = value, OWNED if name == b"claims" else PLAIN

    def settled(self, today: int) -> dict[Any, Any]:
        """Fields to note: of days that get no batch any more, and none that belongs before one of theirs."""
        if self._since is None:
            return {}
        days = [day for day in self._packed if self._since <= day <= today - 2 and day not in self._done]
        around = {near for day in days for near in (day - 1, day, day + 1)} & self._packed.keys()
        ids = {day: _joined(self._packed[day].values()) for day in around}
        found = counts(ids, self._since)
        return {keys.loss_field(day): msgspec.msgpack.encode(found[day]) for day in sorted(days)}


def read(
    client: redis.Redis, shard: Shard, days: Sequence[int], now: int | None = None
) -> dict[int, tuple[Counts, bool]]:
    """Counts of UTC days and whether they are settled; nothing of days of which nothing is known. Two commands, where
    all is settled one. Raises redis.RedisError.
    """
    today = (time.time_ns() // 1_000_000 if now is None else now) // _DAY_MS
    recent = [day for day in range(today - 4, today + 1) if days[0] - 1 <= day <= days[-1] + 1]
    asked = [keys.NUMBERED, *map(keys.loss_field, days)]
    asked += [count_of(day) for count_of, _, _ in _KINDS for day in recent]
    values: list[bytes | None] = []
    for some in chunked(asked, 5_000):
        values += cast("list[bytes | None]", client.hmget(shard.state(), some))
    noted = zip(days, values[1:], strict=False)
    found = {day: (msgspec.msgpack.decode(value, type=Counts), True) for day, value in noted if value}
    sizes = [int(value or 0) for value in values[1 + len(days) :]]
    if values[0] is None or not any(sizes):
        return found
    since, largest = int(values[0]), max(sizes)
    sampled = 0
    while len(buckets(largest, sampled)) > MOST_BUCKETS and sampled < bits(largest):
        sampled += MORE_BITS
    ids = _sampled(client, shard, recent, sizes, sampled)
    for day, some_counts in counts(ids, since).items():
        if day in days and day not in found:
            found[day] = Counts().plus(some_counts, 1 << sampled), False
    return found


def _sampled(
    client: redis.Redis, shard: Shard, recent: Sequence[int], sizes: Sequence[int], sampled: int
) -> dict[int, Ids]:
    asked: list[tuple[str, int, int]] = []
    for (_, field_of, width), of_kind in zip(_KINDS, chunked(sizes, len(recent)), strict=True):
        for day, size in zip(recent, of_kind, strict=True):
            if size:
                asked += [(field_of(day, bucket), day, width) for bucket in buckets(size, sampled)]
    packed: dict[int, list[tuple[bytes, int]]] = {day: [] for day in recent}
    for some in chunked(asked, 5_000):
        values = cast("list[bytes | None]", client.hmget(shard.state(), [name for name, _, _ in some]))
        for (_, day, width), value in zip(some, values, strict=True):
            if value:
                packed[day].append((value, width))
    found = {}
    for day, parts in packed.items():
        # Buckets that are named by fewer bits than a sample is chosen by hold other pages, too.
        shifts = [(ids, 4 if width == OWNED else 0) for width in (PLAIN, OWNED) if len(ids := _joined(parts, width))]
        mask = np.uint64((1 << sampled) - 1)
        chosen = [ids[(ids >> np.uint64(shift)) & mask == 0] for ids, shift in shifts]
        found[day] = np.concatenate(chosen) if chosen else np.empty(0, np.uint64)
    return found


def _joined(parts: Iterable[tuple[bytes, int]], only: int = 0) -> Ids:
    listed = list(parts)
    widths = [only] if only else [PLAIN, OWNED]
    return np.concatenate([unpacked((data for data, width in listed if width == one), one) for one in widths])


def added(parts: Iterable[Mapping[int, tuple[Counts, bool]]]) -> dict[int, tuple[Counts, bool]]:
    """What several shards say, together: settled where it is on all of them."""
    found: dict[int, tuple[Counts, bool]] = {}
    for part in parts:
        for day, (some, settled) in part.items():
            before, all_settled = found.get(day, (Counts(), True))
            found[day] = before.plus(some), all_settled and settled
    return found
