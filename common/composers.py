"""Days of a site in, derived rows of all its shards' events out. Shards that cannot be asked are left out, named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import redis

from common.calendars import Calendar
from common.cluster import Cluster
from common.history import History
from common.keys import Shard
from common.parts import Composer
from common.sharded import Sharded

if TYPE_CHECKING:
    from common.archive import Archive


class Joined(NamedTuple):
    """Rows that cover some days of a site, each event once; other days may be among them."""

    paths: list[Path]
    tables: list[pa.Table]
    sources: list[str]
    held: frozenset[int]
    away: dict[Shard, str]  #: shards that are not among them, and why


class Composers:
    """One composer for each shard."""

    def __init__(
        self, client: redis.Redis, archive: Archive | None, reader: Sharded, local: Calendar, cache: Path | None = None
    ) -> None:
        self._client, self._archive, self._reader, self._local, self._cache = client, archive, reader, local, cache
        self._composers: dict[Shard, Composer] = {}

    def parts(self, days: range) -> Joined:
        """See `Composer.parts`."""
        found, away = [], dict[Shard, str]()
        shards = self._reader.shards
        for shard in shards:
            composer = self._composers.get(shard)
            if composer is None:
                history = History(self._client, self._archive)
                composer = self._composers[shard] = Composer(history, shard, self._local, self._cache)
            try:
                found.append(composer.parts(days))
            except (redis.ConnectionError, redis.TimeoutError) as error:
                if not isinstance(self._client, Cluster) or len(away) == len(shards) - 1:
                    raise
                away[shard] = str(error)
        return Joined(
            [path for part in found for path in part.paths],
            [table for part in found for table in part.tables],
            list(dict.fromkeys(source for part in found for source in part.sources)),
            frozenset(day for part in found for day in part.held),
            away,
        )
