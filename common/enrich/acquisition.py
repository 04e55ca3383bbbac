"""Referrer and query string of a page in; source, referrer, channel and UTM values of the visit out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from common.enrich.channel import channel
from common.enrich.client import hostname
from common.enrich.lists import rows
from common.enrich.source import Site, site_of_host, site_of_tag
from common.enrich.text import clean
from common.events import DIRECT

_LONGEST_VALUE = 120
#: Longer strings are rare and made by nobody honest: they are read, but take no room in the cache.
_LONGEST_CACHED = 1024
_LONGEST_QUERY = 4096
_REFERRER = re.compile(r"(https?|android-app)://([^/?#\\]*)", re.IGNORECASE | re.ASCII)
_PORT = re.compile(r":[0-9]*$")
_PACKAGE = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
#: Click id, a site that gives it (None when any may) and the medium it stands for.
_CLICK_IDS = tuple((row["param"], site_of_tag(row["site"]), row["medium"]) for row in rows("click_ids"))
_WANTED = frozenset({*_UTM, "source", "ref", *(param for param, _, _ in _CLICK_IDS)})


class Acquisition(NamedTuple):
    """Where a visit came from; "" where nothing is known."""

    source: str
    referrer: str
    channel: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_content: str
    utm_term: str


def own_hosts(site: str, hostname: str) -> frozenset[str]:
    """The names that a site's own pages go by: a referrer among them is no source."""
    return frozenset(filter(None, (_bare(site), _bare(hostname))))


def acquisition(referrer: str, query: str, own: frozenset[str]) -> Acquisition:
    """Acquisition of a page view, from its raw referrer and its query string without the question mark.

    A click id (gclid, fbclid, ...) says what kind of traffic it was and so decides the channel, when the
    source is its own or unknown; it never names the source: that stays "(direct)" without a referrer.
    """
    if not referrer and not query:
        return _UNTOLD
    if len(referrer) + len(query) > _LONGEST_CACHED:
        return _acquisition.__wrapped__(referrer[:_LONGEST_QUERY], query[:_LONGEST_QUERY], own)
    return _acquisition(referrer, query, own)


@lru_cache(16384)
def _acquisition(referrer: str, query: str, own: frozenset[str]) -> Acquisition:
    host = _referrer(referrer, own)
    tags = _tags(query)
    tag = tags.get("utm_source") or tags.get("source") or tags.get("ref") or ""
    site = site_of_tag(tag) if tag else site_of_host(host)
    source = site.name if site else tag or host
    giver, implied = _click(tags, site, source)
    known = site or giver
    category = known.category if known else ""
    medium = tags.get("utm_medium") or implied
    group = channel(category, source, medium, tags.get("utm_campaign", ""))
    return Acquisition(source or DIRECT, host, group, *(tags.get(name, "") for name in _UTM))


def _referrer(referrer: str, own: frozenset[str]) -> str:
    match = _REFERRER.match(referrer.strip())
    if match is None:
        return ""
    scheme, host = match.groups()
    if scheme.lower() == "android-app":
        package = host.lower()
        return package if len(package) <= 253 and _PACKAGE.fullmatch(package) else ""
    host = _bare(host.rpartition("@")[2])
    return "" if host in own else host


def _bare(host: str) -> str:
    """A host name without port: a referrer's port tells nothing about where a visitor came from."""
    return _PORT.sub("", hostname(host))


def _tags(query: str) -> dict[str, str]:
    """The parameters that are understood, each with its first value that is not blank."""
    tags: dict[str, str] = {}
    if "=" not in query:
        return tags
    for key, value in parse_qsl(query):
        name = key.lower().removeprefix("amp;")  # links copied out of HTML source
        if name in _WANTED and name not in tags and (text := _value(value)):
            tags[name] = text
    return tags


def _value(value: str) -> str:
    return clean(value, 4 * _LONGEST_VALUE)[:_LONGEST_VALUE].rstrip()


def _click(tags: dict[str, str], site: Site | None, source: str) -> tuple[Site | None, str]:
    """The site and medium that a click id stands for.

    A link that was passed on keeps its id: beside the name of another source the id proves nothing.
    """
    for param, giver, medium in _CLICK_IDS:
        if param in tags and (giver is None or not source or giver == site):
            return giver, medium
    return None, ""


#: Most events of a visit come from its site's own pages, which the tracker does not repeat.
_UNTOLD = _acquisition("", "", frozenset())
