"""A port in, the same port with some of its replies lost out: a proxy in a thread of its own.

A reply is lost by closing the connection after the request was carried out, when its answer arrives here: what a
client sees of a server or a network that fails at the worst moment. It works for Redis and HTTP alike, where one side
asks and the other answers.
"""

from __future__ import annotations

import asyncio
import random
import threading

from common import valkey
from tests.chaos.sender import Target


class Dropper:
    """Listens in front of `target`, passes everything, and loses a share of the replies. A context manager."""

    def __init__(self, target: Target, share: float) -> None:
        self.listens, self.share = Target("127.0.0.1", valkey.free_port()), share
        self.replies = self.lost = 0
        self._target, self._ready = target, threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="dropper", daemon=True)

    def __enter__(self) -> Dropper:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def __str__(self) -> str:
        return f"{self.lost:,} of {self.replies:,}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, *self.listens))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.wait(left))
        self._loop.run_until_complete(asyncio.sleep(0.01))  # aborted transports close a turn later
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # From the client's own address: the collector bounds what one address may do.
        host, _ = writer.get_extra_info("peername")
        try:
            upstream, out = await asyncio.open_connection(*self._target, local_addr=(host, 0))
        except OSError:
            writer.transport.abort()
            return
        asked = asyncio.Event()
        there = asyncio.create_task(self._pass(reader, out, asked))
        try:
            while data := await upstream.read(65_536):
                if asked.is_set():
                    asked.clear()
                    self.replies += 1
                    if random.random() < self.share:
                        self.lost += 1
                        break
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):  # the second at the end, when nobody waits for this task
            pass
        finally:
            there.cancel()
            for side in (writer, out):
                side.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter, asked: asyncio.Event) -> None:
        try:
            while data := await reader.read(65_536):
                asked.set()
                out.write(data)
                await out.drain()
        except OSError:
            pass
        finally:
            out.transport.abort()
