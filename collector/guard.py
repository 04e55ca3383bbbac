"""Connections in, only decent ones through: uvicorn's HTTP protocol with the deadlines and bounds it lacks.

uvicorn waits for ever for headers and bodies, and lets one address hold every socket. Here a request has a deadline and
its headers a size, and an address may hold so many connections; trusted proxies carry many visitors and are exempt.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from collector.proxies import Network, Proxies
from common.visitors import network_of

#: A request, headers and body, has to arrive within this many s.
DEADLINE = 15.0
#: Request line and headers together, in bytes.
MOST_HEADER_BYTES = 16_384
#: Connections one address may hold.
MOST_PER_ADDRESS = 200


class Guard(HttpToolsProtocol):
    """Closes connections that are slow, oversized, or one too many. `protocol` makes it for some trusted proxies."""

    trusted: Proxies
    held: Counter[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = ""
        self._header_bytes = 0
        self._unfinished = False  #: a request has begun, and is not here as a whole
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the address; refuse it beyond its share, with an answer that says why."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self.trusted.holds(address):
            self._address = network_of(address)
            self.held[self._address] += 1
            if self.held[self._address] > MOST_PER_ADDRESS:
                transport.write(_REFUSED)
                transport.close()
                return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the address its share back."""
        super().connection_lost(exc)
        self._unwatch()
        if self._address:
            self.held[self._address] -= 1
            if self.held[self._address] <= 0:
                del self.held[self._address]
            self._address = ""

    def data_received(self, data: bytes) -> None:
        """Bound what arrives before the headers are complete."""
        if self.transport.is_closing():
            return
        self._unfinished = True
        if self._header_bytes >= 0:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._unfinished and self._deadline is None:  # most requests come whole, and need no deadline
            self._watch()
        if self._header_bytes > MOST_HEADER_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Another request, perhaps behind one that came whole with the same data."""
        super().on_message_begin()
        self._unfinished = True

    def on_headers_complete(self) -> None:
        """From here on the body counts, which the application bounds."""
        self.check_headers()
        super().on_headers_complete()

    def check_headers(self) -> None:
        """End a request whose headers are too large."""
        if self._header_bytes > MOST_HEADER_BYTES:  # perhaps: a body may have come along
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > MOST_HEADER_BYTES:
                self._header_bytes = size
                raise ValueError("headers too large")  # ends the parser, which then asks for `send_400_response`
        self._header_bytes = -1

    def send_400_response(self, msg: str) -> None:
        """What could not be parsed; too large is an answer of its own."""
        if self._header_bytes > MOST_HEADER_BYTES:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        else:
            super().send_400_response(msg)

    def on_message_complete(self) -> None:
        """The request is here: no deadline until the next one begins."""
        super().on_message_complete()
        self._unwatch()
        self._header_bytes, self._unfinished = 0, False

    def _watch(self) -> None:
        self._deadline = self.loop.call_later(DEADLINE, self._late)

    def _unwatch(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.write(_LATE)
            self.transport.close()


def protocol(trusted: tuple[Network, ...]) -> type[Guard]:
    """The protocol class for one server."""
    return type("GuardedProtocol", (Guard,), {"trusted": Proxies(trusted), "held": Counter()})


def _closing(status: bytes, message: bytes) -> bytes:
    head = b"HTTP/1.1 " + status + b"\r\ncontent-type: text/plain\r\nretry-after: 5\r\nconnection: close\r\n"
    return head + b"content-length: " + str(len(message)).encode() + b"\r\n\r\n" + message


_REFUSED = _closing(b"503 Service Unavailable", b"too many connections from this address")
_TOO_LARGE = _closing(b"431 Request Header Fields Too Large", b"headers: expected at most 16384 bytes")
_LATE = _closing(b"408 Request Timeout", b"the request did not arrive in time")
