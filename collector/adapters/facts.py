"""A request in another product's words in; who sent it, what its key allows and its body out."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from collector.accept import Acceptor
from collector.api_keys import bearer, speaks_for
from collector.sender import Request
from common.bodies import MOST_BYTES
from common.settings import Settings


class Caller:
    """Who sent a request. Without `FOOTFALL_API_KEYS` no key is looked at: a proxy's may be among the headers."""

    def __init__(self, request: HttpRequest, acceptor: Acceptor, settings: Settings) -> None:
        headers = request.scope["headers"]
        self.token = bearer(headers) if settings.api_keys else None
        self.sites = speaks_for(self.token, settings.api_keys) if self.token is not None else frozenset()
        self.facts: Request = acceptor.request_of(headers, request.client.host if request.client else "")

    @property
    def has_unknown_key(self) -> bool:
        """A back end that is mistaken about its key should be told."""
        return self.token is not None and not self.sites

    def may_state(self, sites: Iterable[str]) -> bool:
        """Whether its key speaks for all these sites."""
        return bool(self.sites) and self.sites.issuperset(sites)


async def body_of(request: HttpRequest, most: int = MOST_BYTES) -> bytes | None:
    """The whole body; None as soon as it is larger than `most` bytes; b"" when the sender left."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                return None
            parts.append(part)
    except ClientDisconnect:
        return b""
    return b"".join(parts)
