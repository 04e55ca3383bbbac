"""Numbers in; persons with addresses and agents of their own, what they send, and a search for traces of them, out.

They come through a proxy that the collector trusts, so that they can have any address: IPv4 and IPv6 in turn.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.chaos.sender import SITE, Connection, Target

#: What the collector has to be told about the proxy.
TRUSTING = {"FOOTFALL_TRUSTED_PROXIES": "127.0.0.1/32"}


class Person(NamedTuple):
    """Who sends."""

    address: str
    agent: str

    @property
    def headers(self) -> str:
        """Of a request that the proxy passes on."""
        return f"x-forwarded-for: {self.address}\r\nuser-agent: {self.agent}\r\n"


def person(number: int) -> Person:
    """The same for the same number; no two of the first 65,536 share an address."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/{20_100_101 + number} Firefox/145.0"
    if number % 2:
        return Person(f"2a09:bac2:5c11:{number:x}:7c3f:9e1b:52d8:a604", agent)
    return Person(f"203.0.{number >> 8}.{number & 0xFF}", agent)


#: What all persons have in common and must be nowhere: addresses as text and as bytes, user agents.
TRACES = (b"203.0.", b"2a09:bac2", bytes.fromhex("2a09bac25c11"), b"Gecko/", b"Mozilla/")


class Request(NamedTuple):
    """One body, and by whom it is sent."""

    sender: Person
    body: bytes


def request(sender: Person, batch: str, paths: Iterable[str], site: str = SITE) -> Request:
    """A batch of pageviews."""
    events = [{"pathname": path, "hostname": site} for path in paths]
    return Request(sender, json.dumps({"site": site, "batch": batch, "events": events}).encode())


def deliver(requests: Iterator[Request], target: Callable[[], Target], clients: int = 6) -> int:
    """Send all, each again until it is answered 202; how many were sent again."""
    return asyncio.run(_deliver(requests, target, clients))


async def _deliver(requests: Iterator[Request], target: Callable[[], Target], clients: int) -> int:
    again = 0

    async def client() -> None:
        nonlocal again
        connection = Connection("127.0.0.1")
        for one in requests:
            while True:
                try:
                    status, _ = await asyncio.wait_for(connection.post(target(), one.body, one.sender.headers), 5)
                except (OSError, EOFError, ValueError, TimeoutError):
                    status = 0
                    connection.close()
                if status == 202:
                    break
                again += 1
                await asyncio.sleep(0.05)
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return again


class Delivery:
    """The same in a thread, so that something can be broken meanwhile."""

    def __init__(self, requests: Iterator[Request], target: Target) -> None:
        self.done: deque[int] = deque()
        self._thread = threading.Thread(
            target=lambda: self.done.append(deliver(requests, lambda: target)), name="persons", daemon=True
        )
        self._thread.start()

    def wait(self, timeout: float = 300.0) -> int:
        """How many requests were sent more than once; raises TimeoutError."""
        self._thread.join(timeout)
        if not self.done:
            raise TimeoutError("not everything was accepted")
        return self.done[0]


def found(traces: Iterable[bytes], folder: Path, more: Iterable[bytes] = ()) -> list[bytes]:
    """Which traces are in a folder's files or in other bytes."""
    texts = [*(path.read_bytes() for path in folder.rglob("*") if path.is_file()), *more]
    return [trace for trace in traces if any(trace in text for text in texts)]
