"""The public address of a collector in; whether its proxies tell it who visits, and what to set if not, out.

It asks twice the way an event comes (`seen.py` answers): as itself, and as a client that pretends to be somebody else.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec

from collector.seen import Seen
from common.store import StoreError

#: An address of the documentation range that the second request pretends to be forwarded for.
FORGED = "192.0.2.123"
_TIMEOUT_S = 10.0


class Told(NamedTuple):
    """What is wrong and its cure; a note is nothing that is wrong."""

    problem: str
    cure: str
    note: bool = False


class Asked(NamedTuple):
    """Two answers, and the address that this machine used."""

    plain: Seen
    forged: Seen
    own: str


class NoAnswer(StoreError):
    """What came back is no collector's answer; one line with what to do."""


def ask(url: str, token: str, client: httpx.Client | None = None) -> Asked:
    """Ask a collector through its proxies. Raises `NoAnswer`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NoAnswer(f"{url}: expected the address that pages post to, such as https://example.com/api/track")
    if parts.scheme == "http" and not _local(parts.hostname):
        raise NoAnswer(f"{url}: would send the token in the open; ask over https, or from the machine itself")
    # Without the environment: a proxy that is set there would be the one that is looked at.
    with client or httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as http:
        plain, own = _one(http, url, {"authorization": f"Bearer {token}"})
        forged, _ = _one(http, url, {"authorization": f"Bearer {token}", "x-forwarded-for": FORGED})
    return Asked(plain, forged, own)


def judge(asked: Asked, expected: str | None = None) -> Iterator[Told]:
    """What is wrong with the proxies on the way; `expected` is this machine's public address, where it is known."""
    seen = asked.plain
    if asked.forged.address == FORGED:
        yield Told(
            f"any client can choose its address: X-Forwarded-For arrived as {', '.join(asked.forged.forwarded)} "
            f"and was believed up to {FORGED}",
            "let the proxy that faces the internet append or replace X-Forwarded-For (nginx: "
            "$proxy_add_x_forwarded_for), and name nobody but proxies in FOOTFALL_TRUSTED_PROXIES",
        )
    if seen.forwarded and not seen.trusted:
        yield Told(
            f"the proxy {seen.peer} forwards addresses and is not believed: all its visitors share {seen.peer}",
            f"FOOTFALL_TRUSTED_PROXIES={_network(seen.peer)}, with any others that you have, and restart the collector",
        )
    elif seen.trusted and not seen.forwarded:
        yield Told(
            f"the proxy {seen.peer} sends no X-Forwarded-For: all its visitors share {seen.peer}",
            "let it send one (deploy/nginx, deploy/Caddyfile, deploy/haproxy.cfg)",
        )
    elif expected and seen.address != expected:
        yield Told(
            f"it takes this machine for {seen.address}, expected {expected}; {_way(seen)}",
            "name each proxy between the two in FOOTFALL_TRUSTED_PROXIES, nearest first",
        )
    elif not expected and seen.address != asked.own and _private(seen.address):
        yield Told(
            f"it takes this machine for {seen.address}, a private address that it does not have; {_way(seen)}",
            f"if {seen.address} is a proxy of yours, name it in FOOTFALL_TRUSTED_PROXIES too; else use --expect",
        )
    if not seen.forwarded and not seen.trusted:
        yield Told("no proxy was on the way", f"the connection came from {seen.peer} itself", True)
    yield Told(
        f"the collector takes this machine for {seen.address}",
        "that should be the address by which the internet knows it" if not expected else _way(seen),
        True,
    )


def _one(http: httpx.Client, url: str, headers: dict[str, str]) -> tuple[Seen, str]:
    try:
        with http.stream("GET", url, headers=headers) as answer:
            body = answer.read()
            stream = answer.extensions.get("network_stream")
            own = stream.get_extra_info("client_addr") if stream else None
    except (httpx.HTTPError, OSError) as error:
        raise NoAnswer(
            f"{url} cannot be reached ({error}): see that the proxy runs and its certificate is valid"
        ) from None
    if answer.is_redirect:
        raise NoAnswer(
            f"{url} redirects to {answer.headers.get('location')}: name that address, events are not sent on"
        )
    if answer.status_code == 405:
        raise NoAnswer(
            f"{url} is a collector that does not answer this token: set the same FOOTFALL_METRICS_TOKEN there"
        )
    try:
        seen = msgspec.json.decode(body, type=Seen)
    except msgspec.MsgspecError:
        raise NoAnswer(
            f"{url} answers {answer.status_code} and is no collector's /api/track: correct the path, or what the proxy "
            "sends it to"
        ) from None
    return seen, str(own[0]) if own else ""


def _way(seen: Seen) -> str:
    return f"the way was {' -> '.join([*seen.forwarded, seen.peer])}"


def _network(address: str) -> str:
    try:
        return f"{address}/{ipaddress.ip_address(address).max_prefixlen}"
    except ValueError:
        return address


def _private(address: str) -> bool:
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return True


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
