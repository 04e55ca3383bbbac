"""A host, an Android package or a utm_source in; the known site it belongs to out."""

from __future__ import annotations

import re
from typing import NamedTuple

from common.enrich.lists import rows


class Site(NamedTuple):
    """A site that sends visitors; category is search, social, video, shopping, email, ai, audio or ""."""

    name: str
    category: str


_SITES = {row["domain"]: Site(row["name"], row["category"]) for row in rows("sources")}
#: Endings under which brands have their national sites: amazon.de, google.co.uk, yandex.com.tr.
_COUNTRY = re.compile(r"\.(?:com?\.[a-z]{2}|com|[a-z]{2})$")


def site_of_host(host: str) -> Site | None:
    """The known site of a host in lower case, by itself or by the nearest domain above it."""
    labels = host.split(".")
    ending = _COUNTRY.search(host)
    brands = host[: ending.start()].split(".") if ending else []
    for start in range(len(labels) - 1):
        if site := _SITES.get(".".join(labels[start:])):
            return site
        if start < len(brands) and (site := _SITES.get(".".join(brands[start:]) + ".*")):
            return site
    return None


def site_of_tag(tag: str) -> Site | None:
    """The known site that a utm_source, source or ref names: an alias such as `fb`, or a host."""
    name = tag.lower()
    if site := _SITES.get(name):
        return site
    host = name.removeprefix("https://").removeprefix("http://").partition("/")[0].removeprefix("www.")
    return site_of_host(host) if "." in host and " " not in host else None
