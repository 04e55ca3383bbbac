"""Slow, endless and deeply nested requests in, while honest clients send; what the honest ones notice of it out.

Every client has a loopback address of its own, as on the internet. A second server, the same application behind a
plain uvicorn, is the control: its slow connections must still be open when the collector's have been closed. Some
honest clients send to it meanwhile: all that is sent to it beside are those few slow connections, so what they notice
is the load of machine and clients.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import secrets
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]

from collector.guard import DEADLINE
from tests.chaos.process import Collector
from tests.chaos.rig import Rig
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE, Connection, Target
from tests.chaos.watch import Watch

HONEST = 40
#: Requests a second of each honest client.
PACE = 5.0
MOST_P99 = 0.250
#: On a machine that is busy with other things: so many times what is noticed of the other server, and so much at most.
MOST_TIMES, MOST_EVER = 2.0, 1.0
#: Honest clients of that server.
BESIDE = 10
MOST_GROWTH = 100e6
BODY = 200 << 20
#: The collector itself with a shorter deadline, for the quick run.
_HASTY = "import collector.guard as g; g.DEADLINE = {}; from collector.serve import command; command()"
_PLAIN = (
    "import os, uvicorn; from collector.app import create_app; from common.settings import load; s = load();"
    "uvicorn.run(create_app(s), host='127.0.0.1', port=s.collector_port, log_level='warning', access_log=False)"
)


class Felt(NamedTuple):
    """What honest clients noticed."""

    p99: float
    errors: int
    requests: int


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """Quiet, then hostile; both for as long as the deadline lasts, and a little more."""
    slow, deadline = (300, 4.0) if quick else (2_000, DEADLINE)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the collectors inherit it
    with rig_factory() as rig:
        collector = rig.collector()
        if quick:
            collector.command = [sys.executable, "-c", _HASTY.format(deadline)]
            collector.restart()
        plain = _plain(rig)
        quiet = asyncio.run(_honest(collector.target, 3.0 if quick else 15.0))
        before = _held(collector)
        with _Most(collector) as held:
            felt, beside, left, open_, large = asyncio.run(_hostile(collector.target, plain.target, slow, deadline))
        growth = held.most - before
        plain.kill()
    return Outcome(
        f"{slow:,} slow sockets, {large} x 200 MB, deep JSON: honest p99 {1_000 * felt.p99:.0f} ms "
        f"({felt.p99 / quiet.p99:.1f} x quiet, {felt.p99 / beside.p99:.1f} x the server beside), "
        f"{felt.errors + quiet.errors} errors in {felt.requests:,}, "
        f"memory +{growth / 1e6:.0f} MB; {left} slow sockets open {deadline:.0f} s later",
        f"plain uvicorn: {open_} of {slow // 10} still open",
        felt.p99 < max(MOST_P99, min(MOST_EVER, MOST_TIMES * beside.p99 * (not beside.errors)))
        and felt.errors == quiet.errors == left == 0
        and felt.requests > 0
        and growth < MOST_GROWTH
        and open_ == slow // 10,
    )


def _plain(rig: Rig) -> Collector:
    """The same application without the guard, with a journal of its own."""
    environ = rig.collector().environ | {"FOOTFALL_DATA": str(rig.data / "plain")}
    plain = Collector(rig.folder / "plain.log", environ)
    plain.command = [sys.executable, "-c", _PLAIN]
    plain.start()
    return plain


async def _hostile(target: Target, plain: Target, slow: int, deadline: float) -> tuple[Felt, Felt, int, int, int]:
    """What honest clients felt, here and there; slow sockets that are open afterwards, here and there; large bodies
    that were sent.
    """
    guarded = [await _open(target, number) for number in range(slow)]
    unguarded = [await _open(plain, number) for number in range(slow // 10)]
    large = [asyncio.create_task(_large(target, number)) for number in range(4)]
    deep = [asyncio.create_task(_deep(target, number, deadline)) for number in range(4)]
    dripping = asyncio.create_task(_drip([*_begun(guarded), *_begun(unguarded)]))
    felt, beside = await asyncio.gather(
        _honest(target, deadline + 2.0), _honest(plain, deadline + 2.0, BESIDE, "127.5.0")
    )
    dripping.cancel()
    await asyncio.gather(*deep)
    sent = sum(await asyncio.gather(*large))
    left, open_ = _still_open(guarded), _still_open(unguarded)
    for _, writer in [*guarded, *unguarded]:
        writer.transport.abort()
    return felt, beside, left, open_, sent


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
#: How a slow request begins: nothing at all, in the middle of its headers, in the middle of its body.
_BEGINNINGS = (
    b"",
    f"POST /api/track HTTP/1.1\r\nhost: {SITE}\r\n".encode(),
    f"POST /api/track HTTP/1.1\r\nhost: {SITE}\r\ncontent-length: 1000\r\n\r\n[".encode(),
)


async def _open(target: Target, number: int) -> Stream:
    address = f"127.1.{number // 250}.{1 + number % 250}"
    stream = await asyncio.open_connection(*target, local_addr=(address, 0))
    stream[1].write(_BEGINNINGS[number % len(_BEGINNINGS)])
    return stream


def _begun(streams: list[Stream]) -> list[Stream]:
    """Those that have sent something; to the others nothing is added."""
    return [stream for number, stream in enumerate(streams) if _BEGINNINGS[number % len(_BEGINNINGS)]]


async def _drip(streams: Iterable[Stream]) -> None:
    """A byte a second."""
    while True:
        await asyncio.sleep(1)
        for _, writer in streams:
            if not writer.is_closing():
                writer.write(b"x")


def _still_open(streams: Iterable[Stream]) -> int:
    """Those that the other side has not closed."""
    return sum(not reader.at_eof() and not writer.is_closing() and not reader.exception() and not _ended(reader)
               for reader, writer in streams)  # fmt: skip


def _ended(reader: asyncio.StreamReader) -> bool:
    return bool(getattr(reader, "_eof", False))  # at_eof is false while an answer waits to be read


async def _large(target: Target, number: int) -> int:
    """One body of 200 MB, as fast as it is taken; 1 when some of it was sent and it was refused."""
    reader, writer = await asyncio.open_connection(*target, local_addr=(f"127.2.0.{1 + number}", 0))
    head = f"POST /api/track HTTP/1.1\r\nhost: {SITE}\r\ncontent-length: {BODY}\r\n\r\n"
    writer.write(head.encode())
    with contextlib.suppress(OSError):
        for _ in range(BODY >> 16):
            writer.write(bytes(1 << 16))
            await asyncio.wait_for(writer.drain(), 30)
    with contextlib.suppress(OSError, TimeoutError):
        line = await asyncio.wait_for(reader.readline(), 10)
        writer.transport.abort()
        return int(b" 413 " in line)
    writer.transport.abort()
    return 0


async def _deep(target: Target, number: int, seconds: float) -> None:
    """Bodies of 64 KB of nothing but nesting, twenty a second."""
    connection = Connection(f"127.3.0.{1 + number}")
    bodies = [b"[" * 65_000, b'{"events":' * 6_000, b'{"props":{"a":' * 4_000, b"[" * 32_000 + b"]" * 32_000]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError, EOFError):
            await connection.post(target, bodies[number % len(bodies)])
        await asyncio.sleep(0.2)
    connection.close()


async def _honest(target: Target, seconds: float, clients: int = HONEST, network: str = "127.4.0") -> Felt:
    """Clients that send a pageview now and then; the 99th of 100 answers, and how many were no 202."""
    took: list[float] = []
    errors = 0

    async def client(number: int) -> None:
        nonlocal errors
        connection = Connection(f"{network}.{1 + number}")
        await asyncio.sleep(number / clients / PACE)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            body = {"site": SITE, "batch": secrets.token_hex(8), "events": [{"pathname": "/", "hostname": SITE}]}
            begun = time.monotonic()
            try:
                status, _ = await asyncio.wait_for(connection.post(target, json.dumps(body).encode()), 5)
            except (OSError, EOFError, ValueError, TimeoutError):
                status = 0
                connection.close()
            took.append(time.monotonic() - begun)
            errors += status != 202
            await asyncio.sleep(max(0.0, 1 / PACE - took[-1]))
        connection.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return Felt(sorted(took)[len(took) * 99 // 100], errors, len(took))


def _held(collector: Collector) -> float:
    """Memory of the collector and its flusher."""
    found = [psutil.Process(collector.pid), *psutil.Process(collector.pid).children()]
    return float(sum(process.memory_info().rss for process in found))


class _Most(Watch):
    """The most memory held while the context lasts."""

    def __init__(self, collector: Collector) -> None:
        super().__init__()
        self.most = 0.0
        self._collector = collector

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            with contextlib.suppress(psutil.Error):
                self.most = max(self.most, _held(self._collector))
