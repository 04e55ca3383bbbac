"""Events that came whole in, their answer out, without a task of their own: the fast way past uvicorn's request cycle.

A POST of events is nearly all that a collector is asked, and comes in one piece. It is handed to the acceptor when it
is parsed, and its answer is written in one go when its record is durable. Everything else takes the usual way through
ASGI, which answers the same: a body in pieces, another path, a site that has to be asked about first, a request behind
one that is not answered yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any

from collector.accept import Waiting
from collector.answers import FULL, Answer, on_the_wire
from collector.app import Track
from collector.guard import Guard
from collector.proxies import Network, Proxies
from common.bodies import MOST_BYTES

_log = logging.getLogger("footfall")


class _Taken:
    """What uvicorn's protocol asks of the request under way, for one that was taken directly."""

    __slots__ = ("body", "disconnected", "keep_alive", "message_event", "more_body", "response_complete")

    def __init__(self, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = self.more_body = False
        self.message_event = _NOBODY
        self.body = bytearray()


class _Nobody(asyncio.Event):
    """Nobody waits for the body of a request that came whole."""

    def set(self) -> None:
        """Nothing to tell."""


_NOBODY = _Nobody()


class Direct(Guard):
    """Takes whole posts of events itself. `protocol` makes it for one collector."""

    track: Track

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._direct = False
        self._parts: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        """Parse; what did not come whole with this data goes the usual way."""
        super().data_received(data)
        if self._direct:
            self._usual()

    def on_headers_complete(self) -> None:
        """Decide which way the request takes."""
        self._direct = (
            self.url in self.track.urls
            and (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_method() == b"POST"
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and len(self.connections) < (self.limit_concurrency or 1 << 62)
            and len(self.tasks) < (self.limit_concurrency or 1 << 62)
        )
        if self._direct:
            self._parts = []
            self.check_headers()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._direct:
            self._parts.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here."""
        if self._direct and not self._take(b"".join(self._parts)):
            self._usual()
        self._direct = False
        super().on_message_complete()

    def _usual(self) -> None:
        """Hand what is here of the request to ASGI."""
        self._direct = False
        super().on_headers_complete()
        for part in self._parts:
            super().on_body(part)

    def _take(self, body: bytes) -> bool:
        """Begin to answer; whether it could be."""
        if len(body) > MOST_BYTES:
            return False
        try:
            begun = self.track.acceptor().accept_now(body, self.headers, self.client[0] if self.client else "")
        except Exception:  # a fault of ours: the parser, which called this, would take it for one of the request
            _log.exception("a request could not be answered")
            begun = Answer(500, {"error": "internal error"})
        if begun is None:
            return False
        keep = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        cycle: Any = _Taken(keep)
        self.cycle = cycle
        if isinstance(begun, Waiting):
            waiting = begun.answer
            self.track.acceptor().commit.then(lambda well: self._answer(cycle, waiting if well else FULL))
        else:
            self._answer(cycle, begun)
        return True

    def _answer(self, cycle: Any, answer: Answer) -> None:
        self.track.acceptor().count(answer)
        cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            return
        self.transport.write(on_the_wire(answer, self.server_state.default_headers, close=not cycle.keep_alive))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def protocol(trusted: tuple[Network, ...], track: Track) -> type[Direct]:
    """The protocol class for one server."""
    return type("CollectorProtocol", (Direct,), {"trusted": Proxies(trusted), "held": Counter(), "track": track})
