"""Sites and days in, salts out: kept in Redis alone, cached here only as long as they live there."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import NamedTuple

import redis.asyncio
from redis.exceptions import RedisError

from common.calendars import Calendar, calendar
from common.keys import Shard
from common.visitors import SALT_BYTES, expiry, period, place_of

#: A collector that had to make a salt of its own asks Redis again after this many ms.
_AGAIN = 2_000
_log = logging.getLogger("footfall.salts")


class Salt(NamedTuple):
    """A salt, and whether only this process knows it because Redis was away."""

    value: bytes
    local: bool
    expires: int  #: ms


class Salts:
    """Yesterday's, today's and tomorrow's salt of every site that sends events."""

    def __init__(self, client: redis.asyncio.Redis, rotation: str) -> None:
        self._client = client
        self._rotation = rotation
        self._known: dict[tuple[str, str], Salt] = {}
        self._ready: dict[tuple[str, int], int] = {}
        self._places: dict[str, bytes] = {}
        self._own = secrets.token_bytes(SALT_BYTES)  #: decides shards while Redis is away and was never asked
        self._asking: dict[str, asyncio.Lock] = {}  #: by site; only while somebody asks

    def is_ready(self, site: str, day: int, now: int) -> bool:
        """Whether the salts around a site's day are at hand."""
        return self._ready.get((site, day), 0) > now

    async def prepare(self, site: str, zone: str, now: int) -> None:
        """Fetch or make the salts around now; without Redis make local ones. Never raises.

        One request asks for all: a crowd that meets a cold collector would use up the client's connections.
        """
        lock = self._asking.setdefault(site, asyncio.Lock())
        async with lock:
            if not self.is_ready(site, calendar(zone).day(now), now):
                await self._prepare(site, calendar(zone), now)
        self._asking.pop(site, None)

    async def _prepare(self, site: str, days: Calendar, now: int) -> None:
        today = days.day(now)
        wanted = {period(day, self._rotation): day for day in (today - 1, today, today + 1)}
        wanted = {name: day for name, day in wanted.items() if expiry(day, self._rotation, days) > now}
        missing = [(name, day) for name, day in wanted.items() if self._known.get((site, name), _LOCAL).local]
        if all((site, name) in self._known for name in wanted):
            self._ready[site, today] = now + _AGAIN  # while this request asks Redis, others go on with what there is
        try:
            if site not in self._places:
                self._places[site] = await self._agree(Shard(site).place(), None)
            for name, day in missing:
                expires = expiry(day, self._rotation, days)
                value = await self._agree(Shard(site).salt(name), expires)
                self._known[site, name] = Salt(value, False, expires)
            self._ready[site, today] = days.start(today + 1)
        except (RedisError, OSError) as error:
            _log.warning("no salts for a site, Redis is away: %s", type(error).__name__)
            for name, day in missing:
                fresh = Salt(secrets.token_bytes(SALT_BYTES), True, expiry(day, self._rotation, days))
                self._known.setdefault((site, name), fresh)
            self._ready[site, today] = now + _AGAIN
        self.forget(now)

    def of(self, site: str, day: int) -> Salt:
        """The salt of a site's local day; raises KeyError unless prepared."""
        return self._known[site, period(day, self._rotation)]

    def before(self, site: str, day: int) -> Salt | None:
        """The salt of the day before, when it differs and still lives."""
        name = period(day - 1, self._rotation)
        return None if name == period(day, self._rotation) else self._known.get((site, name))

    def place(self, site: str, address: str, user_agent: str) -> int:
        """Which of a site's 16 places a visitor has, whatever the day."""
        return place_of(self._places.get(site, self._own), address, user_agent)

    async def _agree(self, key: str, expires: int | None) -> bytes:
        """The salt all collectors share: the first one written wins."""
        fresh = secrets.token_bytes(SALT_BYTES)
        known = await self._client.set(key, fresh, nx=True, get=True, pxat=expires)
        return known if isinstance(known, bytes) else fresh

    def drop(self, site: str) -> None:
        """Ask for a site's salts anew: its days begin at another hour from now on."""
        self._known = {place: salt for place, salt in self._known.items() if place[0] != site}
        self._ready = {place: until for place, until in self._ready.items() if place[0] != site}

    def forget(self, now: int) -> None:
        """Drop the salts whose time is over, here as in Redis."""
        for place in [place for place, salt in self._known.items() if salt.expires <= now]:
            del self._known[place]
        for day in [day for day, until in self._ready.items() if until <= now]:
            del self._ready[day]


def first_half_hour(days: Calendar, day: int, time: int) -> bool:
    """Whether an event may continue a visit of the day before."""
    return time - days.start(day) < 1_800_000


_LOCAL = Salt(b"", True, 0)
