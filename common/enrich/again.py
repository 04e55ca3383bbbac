"""What is stored of where an event came from in; its source and channel under today's lists out. Pure.

Click ids are not stored, only the channel they led to: where one would explain the stored channel, it stays.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from common.enrich.channel import channel
from common.enrich.lists import rows
from common.enrich.source import Site, site_of_host, site_of_tag
from common.events import DIRECT, Event


class Came(NamedTuple):
    """Where an event came from, as it is stored."""

    source: str
    referrer: str
    channel: str
    utm_source: str
    utm_medium: str
    utm_campaign: str


_NAMED = {row["name"]: Site(row["name"], row["category"]) for row in rows("sources")}
_CLICKS = {(site_of_tag(row["site"]), row["medium"]) for row in rows("click_ids") if row["medium"]}


def came(event: Event) -> Came:
    """Of an event what its source and channel are made of."""
    return Came(event.source, event.referrer, event.channel, event.utm_source, event.utm_medium, event.utm_campaign)


@lru_cache(16_384)
def again(stored: Came) -> tuple[str, str]:
    """Source and channel as today's lists tell them."""
    site = _site(stored)
    direct = stored.source == DIRECT and site is None
    source = stored.source if site is None else site.name
    category = site.category if site else ""
    name = "" if direct else source
    found = channel(category, name, stored.utm_medium, stored.utm_campaign)
    if not stored.utm_medium and found != stored.channel and stored.channel in _clicked(site, name, stored):
        found = stored.channel
    return source, found


def _site(stored: Came) -> Site | None:
    """The site that a tag, the source or the referrer names."""
    if stored.utm_source:
        return site_of_tag(stored.utm_source)
    if stored.source == DIRECT:
        return None
    of_referrer = site_of_host(stored.referrer) if stored.referrer else None
    if stored.source == stored.referrer or (of_referrer and of_referrer.name == stored.source):
        return of_referrer
    return _NAMED.get(stored.source) or site_of_tag(stored.source)  # a tag of another name


def _clicked(site: Site | None, name: str, stored: Came) -> set[str]:
    """Channels that a click id leads to."""
    return {
        channel((site or giver or Site("", "")).category, name, medium, stored.utm_campaign)
        for giver, medium in _CLICKS
        if giver is None or not name or giver == site
    }
