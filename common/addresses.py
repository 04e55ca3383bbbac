"""A Redis URL in, what it names out: one server, a master that Sentinels know, or a cluster; and its options. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote

from redis.connection import parse_url

SINGLE, SENTINEL, CLUSTER = "single", "sentinel", "cluster"
_PORTS = {CLUSTER: 6379, SENTINEL: 26379}
#: Options of a connection that a URL may carry which are the Sentinels' own.
_OF_SENTINEL = "sentinel_"


class Address(NamedTuple):
    """What a URL names."""

    kind: str
    url: str
    hosts: tuple[tuple[str, int], ...] = ()  #: nodes or Sentinels to begin with
    options: dict[str, Any] = {}  # noqa: RUF012 - of each connection, as redis-py calls them
    service: str = ""  #: the master's name
    tls: bool = False
    sentinel: dict[str, Any] = {}  # noqa: RUF012 - of connections to Sentinels


def parse(url: str) -> Address:
    """What a URL names; raises ValueError. Plain URLs are left to redis-py."""
    scheme, slashes, rest = url.partition("://")
    base, plus, kind = scheme.lower().partition("+")
    if not plus:
        return Address(SINGLE, url)
    if not slashes or base not in ("redis", "rediss") or kind not in _PORTS:
        raise ValueError(f"{scheme}:// is no kind of Redis")
    place, _, query = rest.partition("?")
    place, _, path = place.partition("/")
    credentials, at, hosts = place.rpartition("@")
    options = parse_url(f"{base}://{credentials}{at}host/{'?' + query if query else ''}")  # type: ignore[no-untyped-call]
    for name in ("host", "port", "connection_class"):
        options.pop(name, None)
    own = {name[len(_OF_SENTINEL) :]: options.pop(name) for name in list(options) if name.startswith(_OF_SENTINEL)}
    found = tuple(_host(text, _PORTS[kind]) for text in hosts.split(",") if text)
    if not found:
        raise ValueError("no host is named")
    if kind == CLUSTER:
        if own or path not in ("", "0") or options.pop("db", 0):
            raise ValueError("a cluster has database 0 alone")
        return Address(CLUSTER, url, found, options, tls=base == "rediss")
    service, _, database = path.partition("/")
    if not service:
        raise ValueError("the master's name is missing: redis+sentinel://host:26379/mymaster")
    if database:
        options["db"] = int(database)
    return Address(SENTINEL, url, found, options, unquote(service), base == "rediss", own)


def _host(text: str, port: int) -> tuple[str, int]:
    """host, host:port or [v6]:port."""
    if text.startswith("["):
        name, bracket, after = text[1:].partition("]")
        if not bracket:
            raise ValueError(f"{text} is no host")
        return name, int(after.removeprefix(":") or port)
    name, colon, number = text.partition(":")
    if not name or (colon and not 0 < int(number) < 65_536):
        raise ValueError(f"{text} is no host:port")
    return name, int(number or port)
