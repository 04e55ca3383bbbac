"""Days of a site in, the rollup rows of all its shards out: those of each node by one connection, nodes side by side.

Shards add up, unique counts too, since a visitor is on one of them. Where a node is away the answer is that of the
others, and `away` says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import redis

from common import lost
from common.arrays import Array, Rows, Values, added
from common.cluster import Cluster, side_by_side
from common.folded import Files
from common.keys import Shard
from common.known import Known, one_site
from common.loss import Counts
from common.reader import Reader
from common.shards import shards
from common.summed import Joined, Summed

#: How many shards there are is asked again after this many s.
_STALE = 600.0
_T = TypeVar("_T")


class Sharded:
    """Reads one site. `archive` opens the archive when a file of it is needed."""

    def __init__(
        self, client: redis.Redis, site: str, archive: Callable[[], Files] | None = None, known: Known | None = None
    ) -> None:
        self.client, self.site, self._archive = client, site, archive
        self._readers: list[Reader] = []
        self._asked = 0.0
        self.away: dict[Shard, str] = {}  #: shards that the last answer is without, and why
        if known is not None:
            self._grow(known)

    @property
    def shards(self) -> list[Shard]:
        """All shards of the site. Raises redis.RedisError."""
        return [reader.shard for reader in self._all()]

    def days(self, days: Sequence[int]) -> dict[int, Rows]:
        """See `Reader.days`."""
        found = self._each(lambda reader: reader.days(days))
        return {day: added(*(rows[day] for rows in found)) for day in days} if len(found) > 1 else found[0]

    def spans(self, days: Sequence[int]) -> list[Rows]:
        """See `Reader.spans`."""
        return [rows for found in self._each(lambda reader: reader.spans(days)) for rows in found]

    def summed(self, days: Sequence[int]) -> Summed | Joined:
        """See `Reader.summed`."""
        found = self._each(lambda reader: reader.summed(days))
        return Joined(found) if len(found) > 1 else found[0]

    def totals(self, days: Sequence[int], classes: Sequence[str]) -> Array:
        """See `Reader.totals`."""
        found = self._each(lambda reader: reader.totals(days, classes))
        return sum(found[1:], found[0])

    def by_value(self, days: Sequence[int], dimension: str, together: bool = False) -> list[dict[int, Values]]:
        """See `Reader.by_value`; the answers of all shards add up."""
        return self._each(lambda reader: reader.by_value(days, dimension, together))

    def revisions(self, days: Iterable[int]) -> dict[int, bytes]:
        """See `Reader.revisions`; of a day that some shard has not, the others'."""
        listed = list(days)
        found = self._each(lambda reader: reader.revisions(listed))
        joined = {day: b"|".join(one[day] for one in found) for day in listed}
        return {day: value if value.strip(b"|") else b"" for day, value in joined.items()}

    def first_day(self) -> int | None:
        """See `Reader.first_day`."""
        return min((day for day in self._each(lambda reader: reader.first_day()) if day is not None), default=None)

    def first_raw_day(self) -> int | None:
        """See `Reader.first_raw_day`."""
        return min((day for day in self._each(lambda reader: reader.first_raw_day()) if day is not None), default=None)

    def lost(self, days: Sequence[int], now: int | None = None) -> dict[int, tuple[Counts, bool]]:
        """Batches of UTC days (days since 1970) that never came, and whether that is settled; see `lost.read`."""
        return lost.added(self._each(lambda reader: lost.read(reader.client, reader.shard, days, now)))

    def live(self, now: int, window: int = 300_000) -> int:
        """See `Reader.live`."""
        return sum(self._each(lambda reader: reader.live(now, window)))

    def _all(self) -> list[Reader]:
        if not self._readers or time.monotonic() - self._asked > _STALE:
            try:
                self._grow(one_site(self.client, self.site) or Known())
            except (redis.ConnectionError, redis.TimeoutError):
                if not self._readers:
                    raise
        return self._readers

    def _grow(self, known: Known) -> None:
        self._asked = time.monotonic()
        for shard in shards(self.site, known.layout.most)[len(self._readers) :]:
            self._readers.append(Reader(self.client, self.site, self._archive, shard))

    def _each(self, read: Callable[[Reader], _T]) -> list[_T]:
        """What every shard says, of those whose nodes answer. Raises what is wrong, and where none does."""
        readers = self._all()
        if len(readers) == 1:
            return [read(readers[0])]
        found: dict[int, _T] = {}
        failed: dict[int, Exception] = {}

        def ask(numbers: list[int]) -> None:
            for number in numbers:
                try:
                    found[number] = read(readers[number])
                except Exception as error:
                    failed[number] = error
                    if isinstance(error, redis.TimeoutError):  # nobody waits for each of its shards
                        failed.update(dict.fromkeys(numbers[numbers.index(number) :], error))
                        return

        side_by_side([lambda some=some: ask(some) for some in self._by_node(readers)])  # type: ignore[misc]
        gone = {number: error for number, error in failed.items() if _is_away(error)}
        for error in failed.values():
            if not _is_away(error) or len(gone) == len(readers):
                raise error
        self.away = {readers[number].shard: str(error) for number, error in sorted(gone.items())}
        return [found[number] for number in sorted(found)]

    def _by_node(self, readers: Sequence[Reader]) -> list[list[int]]:
        if not isinstance(self.client, Cluster):
            return [list(range(len(readers)))]
        nodes: dict[str, list[int]] = {}
        for number, reader in enumerate(readers):
            try:
                name = self.client.name_of(reader.shard.state())
            except (redis.ConnectionError, redis.TimeoutError):
                name = ""
            nodes.setdefault(name, []).append(number)
        return list(nodes.values())


def _is_away(error: Exception) -> bool:
    return isinstance(error, redis.ConnectionError | redis.TimeoutError | OSError)
