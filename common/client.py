"""Events of a back end in, batches posted to a collector out: a client without dependencies, for threads and asyncio.

    from common.client import Client

    footfall = Client("https://stats.example.com", "example.com", key="...")
    footfall.pageview("/pricing", address="203.0.113.7", user_agent=request.headers["user-agent"])
    footfall.event("Purchase", "/checkout", revenue=(49.0, "EUR"), address=..., user_agent=...)

Calls never wait, and never fail for want of a collector. With a key (`FOOTFALL_API_KEYS`) the visitor is who the call
says; without one those facts are ignored, and the visitor is the back end itself. Events are sent every 10 s, as soon
as 100 wait, and at exit; `common/outbox.py` has the rest.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import threading
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, NamedTuple, Self, TypedDict, Unpack

from common.outbox import MOST_EVENTS, Batch, Outbox

_log = logging.getLogger("footfall.client")


class Facts(TypedDict, total=False):
    """What may be said of an event besides its name and page; units and meaning: docs/http.md."""

    hostname: str
    referrer: str
    title: str
    language: str
    timezone: str
    screen: tuple[int, int]
    props: Mapping[str, str | int | float | bool]
    revenue: tuple[float | str, str]  #: amount and currency
    interactive: bool
    timestamp: datetime  #: with its zone; without: now
    address: str
    user_agent: str
    visitor: str  #: an id of your own, instead of address and user agent
    country: str


class Reply(NamedTuple):
    """An answer; status 0 when there was none."""

    status: int
    body: bytes = b""
    retry_after: str = ""


Post = Callable[[str, bytes, Mapping[str, str], float], Reply]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST arrives as a GET, and its answer acknowledges nothing."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none."""


_opener = urllib.request.build_opener(_NoRedirect)


def post(url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Reply:
    """One request. Whatever goes wrong on the way is an answer that did not come."""
    request = urllib.request.Request(url, body, dict(headers), method="POST")  # noqa: S310 - the client checked it
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return Reply(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, b"", error.headers.get("Retry-After", ""))
    except (OSError, HTTPException):
        return Reply(0)


class _Sender(ABC):
    """What both clients share: the outbox, and one exchange with the collector."""

    def __init__(
        self,
        url: str,
        site: str,
        key: str | None = None,
        *,
        every: float = 10.0,
        at_once: bool = False,
        most: int = 10_000,
        timeout: float = 10.0,
        post: Post = post,
    ) -> None:
        """What waits is sent every `every` s, or `at_once`; `most` events are kept while it cannot be."""
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"url: expected http:// or https://, got {url!r}")
        self._url, self._site, self._every, self._timeout = f"{url.rstrip('/')}/api/track", site, every, timeout
        self._headers = {"Content-Type": "application/json", "User-Agent": "footfall-client"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._at_once, self._most, self._post = at_once, most, post
        self._warned = False
        self._begin()

    def _begin(self) -> None:
        self.outbox = Outbox(self._most)
        self._lock = threading.Lock()
        self._exchange = threading.Lock()

    def pageview(self, pathname: str, **facts: Unpack[Facts]) -> None:
        """A page was looked at. `pathname` may carry the query string."""
        self._add("pageview", pathname, facts)

    def event(self, name: str, pathname: str, **facts: Unpack[Facts]) -> None:
        """Something happened on a page."""
        self._add(name, pathname, facts)

    def _add(self, kind: str, pathname: str, facts: Facts) -> None:
        event = event_of(kind, pathname, facts)
        with self._lock:
            self.outbox.add(event, None if "timestamp" in event else time.monotonic())
            urgent = self._at_once or self.outbox.held >= MOST_EVENTS
        self._added(urgent)

    @abstractmethod
    def _added(self, urgent: bool) -> None:
        """An event was put into the buffer; `urgent` where it should not wait there."""

    def _once(self) -> float | None:
        """Send the oldest batch. None: nothing waits; else the seconds to wait before going on."""
        with self._exchange:
            with self._lock:
                batch = self.outbox.next()
                if batch is None:
                    return None
                body = batch.body(self._site, time.monotonic())
            reply = self._post(self._url, body, self._headers, self._timeout)
            with self._lock:
                wait = self.outbox.answered(batch, *reply)
        self._warn(batch, reply.status)
        return wait

    def _warn(self, batch: Batch, status: int) -> None:
        if not self._warned and 300 <= status < 500 and status not in {408, 429}:
            self._warned = True
            _log.warning("%s answers %d: %d events were given up", self._url, status, len(batch.events))


class Client(_Sender):
    """For threads. A thread of its own sends; it begins with the first event, also after a fork."""

    def _begin(self) -> None:
        super()._begin()
        self._pid, self._wake, self._stopped = os.getpid(), threading.Event(), False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def flush(self, timeout: float = 5.0) -> bool:
        """Send what waits, now; whether all of it was acknowledged in time."""
        deadline = time.monotonic() + timeout
        while (wait := self._once()) is not None:
            if time.monotonic() + wait >= deadline:
                return False
            time.sleep(wait)
        return True

    def close(self, timeout: float = 5.0) -> bool:
        """Flush, and end the thread. Done at exit for whoever has not."""
        self._stopped = True
        self._wake.set()
        atexit.unregister(self.close)
        return self._pid != os.getpid() or self.flush(timeout)

    def _added(self, urgent: bool) -> None:
        if self._thread is None and not self._stopped:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="footfall", daemon=True)
                    self._thread.start()
                    atexit.register(self.close)
        if urgent:
            self._wake.set()

    def _add(self, kind: str, pathname: str, facts: Facts) -> None:
        if self._pid != os.getpid():  # what waited before the fork is the parent's to send
            self._begin()
        super()._add(kind, pathname, facts)

    def _run(self) -> None:
        wait: float | None = None
        while not self._stopped:
            if wait:  # after a failure no event is urgent
                time.sleep(min(wait, 1.0))
                wait -= min(wait, 1.0)
                continue
            if wait is None:
                self._wake.wait(self._every)
                self._wake.clear()
            if not self._stopped:
                wait = self._once()


class AsyncClient(_Sender):
    """For asyncio. `async with AsyncClient(...)`, or `await close()`; requests are made in threads."""

    def _begin(self) -> None:
        super()._begin()
        self._task: asyncio.Task[None] | None = None
        self._urgent, self._stopped = asyncio.Event(), False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def flush(self, timeout: float = 5.0) -> bool:
        """Send what waits, now; whether all of it was acknowledged in time."""
        deadline = time.monotonic() + timeout
        while (wait := await asyncio.to_thread(self._once)) is not None:
            if time.monotonic() + wait >= deadline:
                return False
            await asyncio.sleep(wait)
        return True

    async def close(self, timeout: float = 5.0) -> bool:
        """Flush, and end the task."""
        if self._task:
            self._stopped = True  # beside the cancelling, which is lost where an event has just come
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task, self._stopped = None, False
        return await self.flush(timeout)

    def _added(self, urgent: bool) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        if urgent:
            self._urgent.set()

    async def _run(self) -> None:
        while not self._stopped:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._urgent.wait()
            self._urgent.clear()
            while (wait := await asyncio.to_thread(self._once)) is not None:
                await asyncio.sleep(wait)


def event_of(kind: str, pathname: str, facts: Facts) -> dict[str, Any]:
    """An event as the collector takes it."""
    event: dict[str, Any] = {"type": kind, "pathname": pathname, **facts}
    if "user_agent" in facts:
        event["userAgent"] = event.pop("user_agent")
    if revenue := facts.get("revenue"):
        event["revenue"] = {"amount": revenue[0], "currency": revenue[1]}
    if props := facts.get("props"):
        event["props"] = dict(props)
    if moment := facts.get("timestamp"):
        event["timestamp"] = moment.astimezone(UTC).isoformat()
    return event
