"""A site's imported events in, the same by the shards that their visitors' live events go to out.

The rule is that of live events: the day's count of shards, and the place that address and user agent give. Where a
count begins to hold, though, nobody stays on the shard of the day before: a visit over that one midnight may be cut.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import redis

from collector.distinct import Distinct, Ints, pairs
from collector.found import Found, Views
from collector.sender import Request, told_by
from common.keys import Shard
from common.shards import Layout
from common.visitors import SALT_BYTES, network_of, place_of

Bytes = npt.NDArray[np.uint8]


class ImportPlaces:
    """Keeps the sites' keys, which they share with their collectors."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._keys: dict[str, bytes] = {}

    def by_shard(
        self, site: str, layout: Layout, found: Found, days: Mapping[int, pa.Table]
    ) -> dict[Shard, dict[int, pa.Table]]:
        """Events of days, each known by its line, by shards. Raises redis.RedisError."""
        if layout.most == 1:
            return {Shard(site): dict(days)}
        numbers, places = self._places(site, found)
        parts: dict[Shard, dict[int, pa.Table]] = {}
        for day, events in days.items():
            here = places[np.searchsorted(numbers, events["seq"].to_numpy())] % layout.count(day)
            for number in np.unique(here).tolist():
                parts.setdefault(Shard(site, number), {})[day] = events.filter(pa.array(here == number))
        return dict(sorted(parts.items()))

    def _places(self, site: str, found: Found) -> tuple[Ints, Bytes]:
        """The numbers of lines, rising, and the place of each."""
        key = self._key(site)
        hits = [
            (hit.number, told_by(Request(0, hit.address, hit.user_agent, visitor=hit.visitor))) for hit in found.hits
        ]
        numbers = [np.array([number for number, _ in hits], dtype=np.int64)]
        places = [np.array([place_of(key, *who) for _, who in hits], dtype=np.uint8)]
        if found.views:
            numbers.append(found.views.number)
            places.append(_of_views(key, found.views))
        joined = np.concatenate(numbers)
        order = np.argsort(joined, kind="stable")
        return joined[order], np.concatenate(places)[order]

    def _key(self, site: str) -> bytes:
        """The site's key: the first one written wins."""
        if site not in self._keys:
            fresh = secrets.token_bytes(SALT_BYTES)
            stored = self._client.set(Shard(site).place(), fresh, nx=True, get=True)
            self._keys[site] = stored if isinstance(stored, bytes) else fresh
        return self._keys[site]


def _of_views(key: bytes, views: Views) -> Bytes:
    """Places of page views, reckoned once for each pair of address and user agent."""
    agents = views.agent or Distinct([""], np.zeros(len(views.number), dtype=np.int32))
    networks = views.address.told(network_of)
    pair, addresses, names = pairs(networks.places, agents.places)
    found = [
        place_of(key, networks.values[address], agents.values[name])
        for address, name in zip(addresses.tolist(), names.tolist(), strict=True)
    ]
    return np.array(found, dtype=np.uint8)[pair]
