"""Targets and a rate in, batches sent as tracker.js sends them, and what was acknowledged out.

A batch keeps its id through every retry, a client sends one batch at a time, waits longer after every failure (with
jitter), and believes a batch delivered only after a 202. Unlike in a browser, waits are a thirtieth, and no batch is
ever given up. Every event has a path of its own, so that each can be found again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

SITE = "example.com"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
#: Waits are those of tracker.js divided by this, so that an outage of seconds stands for one of minutes.
FASTER = 30
#: A request without an answer for this many s has failed.
PATIENCE = 5.0


class Target(NamedTuple):
    """Where a collector listens."""

    host: str
    port: int


class Reply(NamedTuple):
    """What the clients need of an answer."""

    at: float  #: monotonic s
    status: int  #: 0: no answer
    retry_after: str


class Sent:
    """What the clients did."""

    def __init__(self) -> None:
        self.made: set[str] = set()  #: paths of all events
        self.acknowledged: set[str] = set()  #: paths of events in batches that were answered 202
        self.replies: list[Reply] = []
        self.in_flight: Counter[Target] = Counter()  #: requests without an answer yet

    def statuses(self, begin: float = 0.0, end: float = float("inf")) -> Counter[int]:
        """Answers by status between two monotonic times; 0: none came."""
        return Counter(reply.status for reply in self.replies if begin <= reply.at <= end)


class Batch(NamedTuple):
    """Events that are sent together, under one id."""

    id: str
    made: float
    paths: list[str]


class Load:
    """Clients that send in a thread of their own, `rate` events/s in all, until `finish`; with rate 0 without pause.

    `retry=False` makes clients that give a batch up after one try, for controls. After a failure a client goes on to
    the next target; with `spread` they begin evenly among them, else all with the first. Without `ids` only the
    journal's record numbers keep a batch from being counted twice: to be combined with `retry=False`. Events happened
    `ago` s before they are made.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        rate: float,
        clients: int,
        batch: int = 5,
        retry: bool = True,
        spread: bool = True,
        ids: bool = True,
        name: str = "c",
        site: str = SITE,
        ago: float = 0.0,
    ) -> None:
        self.sent = Sent()
        self._targets, self._rate, self._clients, self._batch = list(targets), rate, clients, batch
        self._retry, self._spread, self._ids, self._name, self._site = retry, spread, ids, name, site
        self._ago = ago
        self._making = True
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="clients", daemon=True)
        self._thread.start()

    def finish(self, timeout: float = 60.0) -> Sent:
        """Make no more events, wait until every batch is acknowledged (or given up), end; raises TimeoutError."""
        self._making = False
        self._thread.join(timeout)
        if self._thread.is_alive():
            self.cancel()
            raise TimeoutError(f"{len(self.sent.made - self.sent.acknowledged)} events found no collector")
        if self._error:  # clients that broke down must not pass for clients that had nothing to send
            raise self._error
        return self.sent

    def cancel(self) -> None:
        """End at once, whatever is not acknowledged yet."""
        self._making = False
        self._stop.set()
        self._thread.join(10)

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except Exception as error:
            self._error = error

    async def _run(self) -> None:
        tasks = [asyncio.create_task(self._client(number)) for number in range(self._clients)]
        done = asyncio.gather(*tasks)
        while not done.done():
            await asyncio.wait([done], timeout=0.05)
            if self._stop.is_set():
                done.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await done

    async def _client(self, number: int) -> None:
        pause = self._batch * self._clients / self._rate if self._rate else 0.0
        due, made, failures, turn = time.monotonic() + pause * random.random(), 0, 0, number * self._spread
        connection = Connection(f"127.0.{1 + number // 250}.{1 + number % 250}")
        queue: deque[Batch] = deque()
        try:
            while self._making or queue:
                now = time.monotonic()
                while self._making and (now >= due if self._rate else not queue):
                    paths = [f"/{self._name}{number}/{n}" for n in range(made, made + self._batch)]
                    made, due = made + self._batch, due + pause
                    queue.append(Batch(secrets.token_hex(8), now, paths))
                    self.sent.made.update(paths)
                if not queue:
                    await asyncio.sleep(min(0.1, max(0.0, due - now)))
                    continue
                target = self._targets[turn % len(self._targets)]
                reply = await self._post(connection, target, queue[0])
                if reply.status == 202:
                    self.sent.acknowledged.update(queue.popleft().paths)
                    failures = 0
                elif self._retry:
                    turn, failures = turn + 1, failures + 1
                    backoff = 1 + random.random() * min(59, 2**failures)
                    await asyncio.sleep((float(reply.retry_after or 0) + backoff) / FASTER)
                else:
                    queue.popleft()
        finally:
            connection.close()

    async def _post(self, connection: Connection, target: Target, batch: Batch) -> Reply:
        age = round((time.monotonic() - batch.made + self._ago) * 1000)
        events = [{"pathname": path, "hostname": self._site, "age": age} for path in batch.paths]
        body = json.dumps({"site": self._site, "events": events} | ({"batch": batch.id} if self._ids else {})).encode()
        self.sent.in_flight[target] += 1
        try:
            status, retry_after = await asyncio.wait_for(connection.post(target, body), PATIENCE)
        except (OSError, EOFError, ValueError, TimeoutError):
            connection.close()
            status, retry_after = 0, ""
        finally:
            self.sent.in_flight[target] -= 1
        reply = Reply(time.monotonic(), status, retry_after)
        self.sent.replies.append(reply)
        return reply


class Connection:
    """A kept connection from one loopback address; opened again when it broke or the target changed."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._target: Target | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, target: Target, body: bytes, headers: str = f"user-agent: {AGENT}\r\n") -> tuple[int, str]:
        """Status and Retry-After of one request to /api/track. Raises OSError, EOFError, ValueError."""
        if self._streams is None or target != self._target:
            self.close()
            self._streams = await asyncio.open_connection(*target, local_addr=(self._address, 0))
            self._target = target
        reader, writer = self._streams
        head = f"POST /api/track HTTP/1.1\r\nhost: {SITE}\r\n{headers}content-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        await reader.readexactly(int(found.get("content-length", 0)))
        if found.get("connection", "").lower() == "close":
            self.close()
        return int(first.split()[1]), found.get("retry-after", "")

    def close(self) -> None:
        """Drop the connection, if there is one."""
        if self._streams:
            self._streams[1].transport.abort()
        self._streams = None
