"""Keys that belong to no site in; those of a wrong type set aside, and the list of sites made again, out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import cast

import redis
from redis.exceptions import ResponseError

from collector.families import TYPE, WHOLE, problem_of
from collector.jobs.adopt import noted
from collector.jobs.zoned import stored_zone
from collector.key_walk import OURS, escaped, walk
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.keys import Shard
from common.known import Known, encode
from common.settings import Settings
from common.shards import first
from common.shards import parsed as parsed_layout
from common.store import StoreError


def mend_whole(client: redis.Redis, settings: Settings, archive: Archive) -> list[str]:
    """Set aside keys of no site that have a wrong type; their names. Raises redis.RedisError.

    The list of sites is told again: by the names of keys, zones by their state, the archive and the settings.
    """
    now = time.time_ns() // 1_000_000
    names = [*WHOLE, *_counts(client)]
    found = []
    for name in names:
        problem = problem_of(name, cast(bytes, client.type(name)), client.ttl(name))
        if problem and problem.why == TYPE:
            found.append(name)
    known = known_again(client, settings, archive) if keys.sites() in found else {}
    pipe = client.pipeline(transaction=False)
    for name in found:
        pipe.renamenx(name, keys.aside(name, now))
    for site, entry in known.items():
        pipe.hsetnx(keys.sites(), site, encode(entry))
    pipe.execute()
    return found


def known_again(client: redis.Redis, settings: Settings, archive: Archive) -> dict[str, Known]:
    """Sites that have keys or files, with their zones and first days. Raises redis.RedisError."""
    firsts: dict[str, int] = {}
    counts: dict[str, int] = {}
    for seen in walk(client, OURS):
        parsed = keys.parse(seen.name)
        if (
            parsed
            and parsed.schema == keys.SCHEMA
            and parsed.family in ("visits:daily", "visits:events", "visits:dense")
        ):
            firsts.setdefault(parsed.site, 0)
            counts[parsed.site] = max(counts.get(parsed.site, 0), parsed.shard + 1)
            if parsed.rest:
                with suppress(ValueError):
                    day = keys.ordinal(parsed.rest[0])
                    firsts[parsed.site] = min(day, firsts[parsed.site] or day)
    zones = {site: settings.zone(site) for site in firsts}
    for site in _sites(archive):
        with suppress(StoreError):
            told = noted(archive, Shard(site))
            zones[site] = told.zone
            days = [day for file in told.files.values() for day, _ in file.days]
            firsts[site] = min([*days, firsts.get(site) or min(days, default=0)])
    for site in firsts:
        with suppress(ResponseError):  # of a wrong type, too
            zones[site] = stored_zone(client, Shard(site)) or zones[site]
    return {
        site: Known(
            zones.get(site, settings.zone(site)),
            calendar(zones[site]).start(day) if day else 0,
            _shards(client, site, counts.get(site, 1)),
        )
        for site, day in firsts.items()
    }


def _shards(client: redis.Redis, site: str, count: int) -> list[tuple[int, int]]:
    """A site's shards as they tell it themselves, else as many as have keys."""
    with suppress(ResponseError):
        if text := cast("bytes | None", client.hget(Shard(site).state(), keys.SHARDS)):
            return list(parsed_layout(text.decode()).steps)
    return first(count)


def _sites(archive: Archive) -> Iterable[str]:
    try:
        return archive.sites()
    except StoreError:
        return []


def _counts(client: redis.Redis) -> list[str]:
    return [name.decode() for name in client.scan_iter(escaped(keys.commands("")) + "*", count=1_000)]
