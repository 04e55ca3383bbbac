"""A site's day in, the salt for imported events out: the live one while it lives, else one made for imports."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import redis

from common import keys
from common.calendars import calendar
from common.chunked import chunked
from common.keys import Shard
from common.visitors import SALT_BYTES, expiry, period

#: An import's salt lives this many s from its making, so that split files and several servers' logs meet.
_LIFE = 48 * 3_600
#: The one day (1970-01-01) whose salt all days of a file share that has lasting ids of its own.
_ANY = 719_163


class ImportSalts:
    """Salts as the steps want them (`ingest.Salted`), fetched or made when first asked for."""

    def __init__(
        self, client: redis.Redis, rotation: str, zone_of: Callable[[str], str], now: int, lasting: bool = False
    ) -> None:
        self._client, self._rotation, self._zone_of, self._now = client, rotation, zone_of, now
        self._known: dict[tuple[str, int], tuple[bytes, bool, int]] = {}
        self._noted = False
        self._lasting = lasting

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        """The salt of a site's local day, never a local one, and when it expires. Raises redis.RedisError."""
        day = _ANY if self._lasting else day
        salt = self._known.get((site, day))
        if salt is None:
            salt = self._known[site, day] = self._agree(site, day)
        return salt

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        """The salt of the day before; None where both days share one."""
        earlier = self.of(site, day - 1)
        return None if earlier[0] == self.of(site, day)[0] else earlier

    def drop(self, site: str) -> None:
        """Forget the salts that were asked for: no other file of their days will come. Raises redis.RedisError."""
        days = [day for name, day in self._known if name == site]
        for some in chunked((Shard(site).import_salt(day) for day in days), 500):
            self._client.unlink(*some)

    def _agree(self, site: str, day: int) -> tuple[bytes, bool, int]:
        """The salt that all collectors and imports share: the first one written wins."""
        fresh, shard = secrets.token_bytes(SALT_BYTES), Shard(site)
        expires = expiry(day, self._rotation, calendar(self._zone_of(site)))
        if expires > self._now:
            name = shard.salt(period(day, self._rotation))
            stored = self._client.set(name, fresh, nx=True, get=True, pxat=expires)
        else:
            expires = self._now + _LIFE * 1_000
            stored = self._client.set(shard.import_salt(day), fresh, nx=True, get=True, ex=_LIFE)
            if not stored and not self._noted:  # one note for all of an import: they expire within its duration
                self._client.zadd(keys.import_expiries(), {str(expires): expires})
                self._noted = True
        return (stored if isinstance(stored, bytes) else fresh), False, expires
