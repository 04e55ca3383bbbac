"""Days of a shard in, what a rebuild would change out: counted in memory, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import redis

from collector.jobs.recount import recount
from collector.preview import Preview
from collector.reclassify import Reclassified
from collector.stored import StoredDays
from collector.verify import runs
from common.calendars import calendar
from common.capped import capped
from common.history import History
from common.keys import Shard
from common.raw import DROPS

if TYPE_CHECKING:
    from common.archive import Archive


def preview(
    client: redis.Redis,
    archive: Archive,
    shard: Shard,
    days: Sequence[int],
    zone: str,
    again: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Preview:
    """Compare days; with `again` under today's lists of sources and channels. Raises redis.RedisError, StoreError."""
    history = Reclassified(client, archive) if again else History(client, archive)
    stored, local, found = StoredDays(client, shard, archive), calendar(zone), Preview()
    for run in runs(sorted(days)):
        counted = recount(history, shard, run, local).rows
        for day in run:
            before = {name: row for name, row in stored.day(day).rows.items() if name not in DROPS}
            found.add(day, before, capped({name: list(row) for name, row in counted.get(day, {}).items()}))
        progress(found.looked, len(days))
    return found
