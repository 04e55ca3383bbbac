"""What is kept about a site, in the hash of sites: Redis in, `Known` out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
import redis

from common import keys
from common.keys import Shard
from common.shards import Layout, layout_of, shards


class Known(msgspec.Struct, omit_defaults=True):
    """A site's zone, and when its first event came."""

    zone: str = "UTC"
    since: int = 0  #: ms of its first event; 0 while it waits for one
    shards: list[tuple[int, int]] = []  #: days from which counts of shards hold; none: one shard

    @property
    def layout(self) -> Layout:
        """Its shards, day by day."""
        return layout_of(self.shards)


def decode(stored: bytes | None) -> Known | None:
    """What the hash of sites says about one; None where it says nothing."""
    return msgspec.json.decode(stored, type=Known) if stored else None


def all_sites(client: redis.Redis) -> dict[str, Known]:
    """Every known site by name, sorted. Raises redis.RedisError."""
    stored = cast("dict[bytes, bytes]", client.hgetall(keys.sites()))
    return {name.decode(): msgspec.json.decode(value, type=Known) for name, value in sorted(stored.items())}


def one_site(client: redis.Redis, site: str) -> Known | None:
    """A site, or None while nothing is known of it. Raises redis.RedisError."""
    return decode(cast("bytes | None", client.hget(keys.sites(), site)))


def shards_of(client: redis.Redis, site: str) -> list[Shard]:
    """All shards of a site. Raises redis.RedisError."""
    return shards(site, (one_site(client, site) or Known()).layout.most)


def begun(client: redis.Redis, site: str, zone: str, first: int, shards: Sequence[tuple[int, int]] = ()) -> Known:
    """Note an event of `first` ms (0: none); what is known of the site then. A zone that days were made with stays.

    `shards` are those of a site that is new. Raises redis.RedisError.
    """
    found: list[Known] = []

    def change(pipe: Any) -> None:
        stored = pipe.hget(keys.sites(), site)
        known = decode(stored) or Known(zone, 0, list(shards))
        if not known.since:
            known.zone = zone
        if first and (not known.since or first < known.since):
            known.since = first
        found.append(known)
        pipe.multi()
        if stored != encode(known):
            pipe.hset(keys.sites(), site, encode(known))

    client.transaction(change, keys.sites())
    return found[-1]


def rezoned(client: redis.Redis, site: str, zone: str) -> None:
    """Note the zone by whose days a site is kept from now on. Raises redis.RedisError."""

    def change(pipe: Any) -> None:
        known = decode(pipe.hget(keys.sites(), site)) or Known()
        known.zone = zone
        pipe.multi()
        pipe.hset(keys.sites(), site, encode(known))

    client.transaction(change, keys.sites())


def laid(client: redis.Redis, site: str, layout: Layout) -> None:
    """Note the shards of a site, unless more changes of them are noted. Raises redis.RedisError."""

    def change(pipe: Any) -> None:
        known = decode(pipe.hget(keys.sites(), site)) or Known()
        pipe.multi()
        if len(layout.steps) > len(known.layout.steps) or (layout.most > known.layout.most and not known.shards):
            known.shards = list(layout.steps)
            pipe.hset(keys.sites(), site, encode(known))

    client.transaction(change, keys.sites())


def encode(known: Known) -> bytes:
    """As it is stored."""
    return msgspec.json.encode(known)
