"""A site and a zone in, the site after the change out, and what one tells that had the zone from the beginning."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import redis as redis_py
from exported import FIRST, LAST, NOW, everything
from lives import load, tend
from made import SITE

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs.lease import Lease
from collector.jobs.rezone import Rezoned, Rezoning
from collector.verify import verify
from collector.verify_shard import days_of, verify_keys, verify_shard
from common import manifest
from common.archive import Archive
from common.calendars import calendar
from common.events import Event
from common.history import History
from common.settings import Settings

ZONES = ["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati"]
EVERY = range(FIRST - 3, LAST + 4)
DROPPED = (FIRST + 3, FIRST + 20, LAST)


def archive(data: Path) -> Archive:
    return Archive.open(Settings(data=data))


def kept(client: redis_py.Redis, data: Path) -> list[Event]:
    found = History(client, archive(data)).events(SITE, EVERY)
    return [event for day in EVERY for event in found[day]]


def counted(events: list[Event]) -> Counter[tuple[object, ...]]:
    """Without the visitor's ids: settling changes them once."""
    return Counter((one.time, one.seq, one.type, one.page, one.class_, one.title) for one in events)


def rezoned(client: redis_py.Redis, data: Path, zone: str, now: int = NOW) -> Rezoned:
    with Lease(client, SITE) as lease:
        done = Rezoning(lease, archive(data), zone, clock=lambda: now).run(5)
    assert done.faults == []
    return done


def told(client: redis_py.Redis, data: Path) -> dict[str, pd.DataFrame]:
    return everything(client, data, FIRST - 2, LAST + 2)


_BEGUN: dict[tuple[str, ...], dict[str, pd.DataFrame]] = {}


def from_the_beginning(client: redis_py.Redis, data: Path, zone: str, events: list[Event]) -> dict[str, pd.DataFrame]:
    """What a site tells that had the zone always, and got the same events; of the same ones it is asked once."""
    of = (zone, *sorted(map(repr, events)))
    if of not in _BEGUN:
        _BEGUN[of] = _begun(client, data, zone, events)
    return _BEGUN[of]


def _begun(client: redis_py.Redis, data: Path, zone: str, events: list[Event]) -> dict[str, pd.DataFrame]:
    client.flushall()
    local, by_day = calendar(zone), dict[int, list[Event]]()
    for one in sorted(events, key=lambda one: one.time):
        by_day.setdefault(local.day(one.time), []).append(one)
    load(client, zone, by_day.values())
    for number, day in enumerate(DROPPED):
        received = local.start(day) + 3_600_000
        batch = Batch(SITE.site, zone, received, 0, [], {"spam": 3, "invalid": day - FIRST})
        Flusher(client, f"begun-{number}").apply(SITE, [Numbered(1, batch)], received)
    assert tend(client, data, zone, NOW, raw_days=5).faults == []
    return told(client, data)


def faults(client: redis_py.Redis, data: Path, zone: str) -> list[str]:
    history, days = History(client, archive(data)), sorted(days_of(client, SITE))
    found = [str(fault) for fault in verify(history, SITE, days, calendar(zone))]
    return [*found, *verify_shard(client, SITE, archive(data)), *verify_keys(client)]


def swept(client: redis_py.Redis, data: Path, zone: str) -> bool:
    """Whether nothing but what is noted is left in the archive once the daily job came by."""
    assert tend(client, data, zone, NOW, raw_days=5).faults == []
    return sorted(archive(data).names(SITE.site)) == sorted(manifest.files(client, SITE))
