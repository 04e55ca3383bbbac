"""A few words in, whole events out, and events applied as the collector applies them: for tests one can read."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import redis as redis_py

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common.events import VISIT_DIMENSIONS, Event
from common.keys import Shard

SITE = Shard("example.com")
_records = itertools.count(1)


def ms(text: str, zone: str = "UTC") -> int:
    """2026-05-05 12:00 on the wall of a zone, as ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def event(visitor: int, time: int, page: str = "/", **changes: Any) -> Event:
    """A pageview of a human, unless the changes say otherwise; unset dimensions are empty."""
    fields: dict[str, Any] = dict.fromkeys(VISIT_DIMENSIONS, "") | {
        "time": time,
        "seq": 0,
        "visitor": visitor,
        "before": 0,
        "type": "pageview",
        "class_": "human",
        "page": page,
        "hostname": "example.com",
        "source": "(direct)",
    }
    return Event(**(fields | changes))


def apply(client: redis_py.Redis, events: Iterable[Event], zone: str = "UTC", shard: Shard = SITE) -> Flusher:
    """One flush of these events, by a collector whose records go on counting."""
    listed, number = list(events), next(_records)
    now = max(item.time for item in listed)
    flusher = Flusher(client, f"made-{number}")
    flusher.apply(shard, [Numbered(1, Batch(shard.site, zone, now, 0, listed))], now)
    return flusher
