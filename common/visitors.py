"""Site, address, user agent and a salt in, a 64-bit visitor id out; and which salt a day has. Pure."""

from __future__ import annotations

import ipaddress
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from common.calendars import Calendar
from common.keys import iso

SALT_BYTES = 32
DAY = 86_400_000


def visitor_id(salt: bytes, site: str, address: str, user_agent: str) -> int:
    """The visitor of a site under a salt. Without the salt nothing links the id to the address."""
    text = f"{site}\0{address}\0{user_agent}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8, key=salt).digest())


def place_of(key: bytes, address: str, user_agent: str) -> int:
    """Four bits of address and user agent: on which shard a visitor is, today and tomorrow."""
    text = f"{address}\0{user_agent}".encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=1, key=key).digest()[0] & 15


def network_of(address: str) -> str:
    """The part of an address that tells one household from another: IPv4 whole, IPv6 cut to /64, other text as is."""
    if ":" not in address and "%" not in address:  # IPv4 is written in one way only
        return address
    return _network(address)


@lru_cache(50_000)
def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


@lru_cache(1_000)
def period(day: int, rotation: str) -> str:
    """The name of the salt's period that a local day belongs to: the day, its Monday, or its month."""
    moment = date.fromordinal(day)
    if rotation == "weekly":
        return iso(day - moment.weekday())
    if rotation == "monthly":
        return moment.strftime("%Y-%m")
    return iso(day)


def expiry(day: int, rotation: str, calendar: Calendar) -> int:
    """When the salt of a day's period is gone, in ms: 48 h after a day began, or 24 h after a longer period's end."""
    if rotation == "daily":
        return calendar.start(day) + 2 * DAY
    last = day
    while period(last + 1, rotation) == period(day, rotation):
        last += 1
    return calendar.start(last + 1) + DAY
