"""Site names in, whether their events are wanted and their zone out; remembers the sites that wrote."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from common import keys
from common.known import Known, decode, encode
from common.settings import Settings, valid_site
from common.shards import first
from common.zones import in_use

#: Without FOOTFALL_SITES, strangers may begin at most this many sites.
MOST_SITES = 100
#: After a no, or without Redis, it is asked again after this many ms.
_AGAIN = 5_000
#: What Redis said of a site is asked for anew, when a day begins, after this many ms.
_STALE = 3_600_000
_log = logging.getLogger("footfall.sites")


class Sites:
    """The sites this collector accepts, by setting or by first come."""

    def __init__(self, client: redis.asyncio.Redis, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._zones = {site: settings.zone(site) for site in settings.sites or {}}
        self._seen: dict[str, int] = {}  #: ms at which Redis was asked last
        self._full_until = self._away_until = 0
        self._listed: set[str] = set()  #: the sites that there are while it is full
        self._asking = asyncio.Lock()

    def zone(self, site: str) -> str | None:
        """The zone of an admitted site; None when `admit` has to be asked."""
        return self._zones.get(site) if site in self._seen else None

    async def admit(self, site: str, now: int) -> bool:
        """Whether events of the site are wanted; notes its first one. Without Redis new sites are let in."""
        if site in self._seen:
            return True
        if not valid_site(site) or not self._settings.knows(site):
            return False
        async with self._asking:  # one at a time: a crowd would use up the client's connections, and pass the limit
            known = await self._ask(site, now)
        if known is not None:
            return known
        if site not in self._zones and len(self._zones) >= MOST_SITES + len(self._settings.sites or {}):
            return False
        self._zones.setdefault(site, self._settings.zone(site))
        return True

    def zone_of(self, site: str) -> str:
        """The zone of a site that was admitted."""
        return self._zones.get(site, "UTC")

    async def zone_again(self, site: str, now: int) -> str:
        """The zone of an admitted site, asked for anew: it may have been changed since this collector began."""
        if site in self._seen and now - self._seen[site] >= _STALE and now >= self._away_until:
            self._seen[site] = now  # others need not ask meanwhile
            try:
                known = decode(await self._client.hget(keys.sites(), site))  # type: ignore[arg-type]
            except (RedisError, OSError):
                self._away_until = now + _AGAIN
            else:
                self._zones[site] = in_use(self._settings, site, known)
        return self.zone_of(site)

    async def _ask(self, site: str, now: int) -> bool | None:
        """What Redis says; None while it is away."""
        if site in self._seen:
            return True
        if now < self._full_until and site not in self._listed:
            return False
        if now < self._away_until:
            return None
        try:
            if not await self._register(site, now):
                self._full_until = now + _AGAIN
                return False
        except (RedisError, OSError):
            self._away_until = now + _AGAIN
            return None
        self._seen[site] = now
        return True

    async def _register(self, site: str, now: int) -> bool:
        stored: bytes | None = await self._client.hget(keys.sites(), site)  # type: ignore[assignment]
        known = decode(stored)
        if known is None:
            listed: set[Any] = set()
            if self._settings.sites is None:
                listed = {name.decode() for name in await self._client.hkeys(keys.sites())}  # type: ignore[union-attr]
            if len(listed) >= MOST_SITES:
                self._listed = listed
                _log.warning("%d sites write already and FOOTFALL_SITES is not set: new ones are dropped", MOST_SITES)
                return False
            known = Known(self._settings.zone(site), 0, first(self._settings.shards or 1))
        known.zone = in_use(self._settings, site, known)
        self._zones[site] = known.zone
        if not known.since or stored != encode(known):
            known.since = known.since or now
            await self._client.hset(keys.sites(), site, encode(known))
        return True
