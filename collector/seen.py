"""A request's headers in; what a collector takes its sender for, and why, out: for whoever sets proxies up.

It answers with addresses, so it is for the bearer of FOOTFALL_METRICS_TOKEN alone, and nothing of it is kept. It stands
where events are posted to, since that is the way whose proxies matter: a site's own path may lead to nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from collector.accept import Acceptor
from collector.metrics import may_read
from collector.proxies import Proxies
from common.settings import Settings

#: Addresses of a forwarded header that are told; a chain that is longer says nothing more.
_MOST_HOPS = 20


class Seen(msgspec.Struct):
    """What the collector saw of a request."""

    address: str  #: whom it takes the sender for
    peer: str  #: who opened the connection
    trusted: bool  #: whether the peer is one of FOOTFALL_TRUSTED_PROXIES
    forwarded: list[str]  #: X-Forwarded-For as it came, nearest last
    country: str = ""  #: what a CDN's country header says, where it is believed


def seen(acceptor: Acceptor, settings: Settings, headers: Iterable[tuple[bytes, bytes]], peer: str) -> Seen | None:
    """What is seen of this request; None for who may not ask."""
    listed = list(headers)
    given = {name: value.decode("latin-1") for name, value in listed}
    if not settings.metrics_token or not may_read(peer, False, given.get(b"authorization", ""), settings.metrics_token):
        return None
    request = acceptor.request_of(listed, peer)
    lines = [value.decode("latin-1") for name, value in listed if name == b"x-forwarded-for"]
    hops = [part.strip() for line in lines for part in line.split(",")]
    trusted = Proxies(settings.trusted_proxies).holds(peer)
    return Seen(request.address, peer, trusted, hops[-_MOST_HOPS:], request.country)
