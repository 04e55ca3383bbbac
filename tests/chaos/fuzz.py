"""Mutated bodies and headers in; answers of 5xx, split log lines, and visitors that one client could forge, out."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from typing import Any

from common.keys import Shard
from common.raw import read_day
from tests.chaos.clock import HOUR, SECOND, Clock, midnight
from tests.chaos.rig import Rig
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import AGENT, SITE, Connection, Target

#: Every line of the collector's log begins so: the format of serve.py, of uvicorn, or of the start-up's errors.
_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \S+ [A-Z]+ |(INFO|WARNING|ERROR): |footfall: ")
#: What a line would hold that a visitor's text had begun.
CANARY = "2026-01-01 00:00:00,000 footfall CRITICAL forged"
BURST = 50  #: requests before the clock is moved on by a second, so that the rate limit stays out of it

_TEXTS: list[Any] = [
    "", "/", f"/a\n{CANARY}", f"\r\n{CANARY}\r\n", "\x00", "\x1b[31m", "\u202egnp.exe", "\ud800", "\u2028", "\x85",
    "a" * 5_000, "/é" * 400, "=1+1", "<img src=x>", "../../etc/passwd", "{}:*", "example.com\n", "-1", "1e999",
    "//evil", "💥",
]  # fmt: skip
_VALUES: list[Any] = [
    None, True, False, 0, -1, 1e308, 10**30, [], {}, [[]], {"a": {"b": {}}}, *_TEXTS
]  # fmt: skip
_KEYS = [
    "type", "pathname", "hostname", "site", "referrer", "timestamp", "age", "title", "screen", "timezone", "language",
    "sessionId", "props", "interactive", "revenue", "engaged", "scroll", "x", "y", "target", "batch", "events",
]  # fmt: skip


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control trusts the client as a proxy: then it makes visitors at will."""
    payloads, forged = (3_000, 500) if quick else (100_000, 10_000)
    with rig_factory() as rig:
        # Without FOOTFALL_SITES the names of sites are the senders' as well.
        clock = Clock(rig.folder, midnight() + 12 * HOUR)
        collector = rig.collector(environ=clock.environ | {"FOOTFALL_SITES": ""})
        answers = asyncio.run(_fuzz(collector.target, payloads, clock))
        begun = clock.now
        asyncio.run(_forge(collector.target, forged, clock))
        rig.settle(120)
        visitors, accepted = _visitors(rig, begun)
        lines = collector.log.read_text(errors="replace").split("\n")
    believed = _trusting(rig_factory, forged // 10)
    split = [line for line in lines if line and not _LINE.match(line)] + [line for line in lines if CANARY in line[:60]]
    failed = sum(count for status, count in answers.items() if status >= 500 or not status)
    return Outcome(
        f"{payloads:,} payloads: {failed} answers of 5xx or none ("
        + ", ".join(f"{count:,} x {status}" for status, count in sorted(answers.items()))
        + f"), {len(split)} split log lines; {accepted:,} forged X-Forwarded-For: {visitors} visitor",
        f"with the client as a trusted proxy {believed} visitors of {forged // 10}",
        failed == len(split) == 0 and visitors == 1 and accepted == forged and believed > 1,
    )


async def _fuzz(target: Target, count: int, clock: Clock) -> Counter[int]:
    """Answers by status; 0: the connection ended without one."""
    answers, numbers = Counter[int](), iter(range(count))

    async def client(place: int) -> None:
        connection = Connection(f"127.5.0.{1 + place}")
        for number in numbers:
            if number % BURST == 0:
                clock.advance(SECOND)
            draw = random.Random(number)
            try:
                status, _ = await asyncio.wait_for(connection.post(target, body(draw), _headers(draw)), 10)
            except (OSError, EOFError, ValueError, TimeoutError):
                status = 0
                connection.close()
            answers[status] += 1
        connection.close()

    await asyncio.gather(*(client(place) for place in range(8)))
    return answers


def body(draw: random.Random) -> bytes:
    """A body that was valid, until something happened to it."""
    events = [_event(draw) for _ in range(draw.choice((1, 1, 2, 5, 101)))]
    whole: Any = draw.choice((events, events[0], {"site": SITE, "batch": draw.choice(_VALUES), "events": events}))
    text = json.dumps(whole, ensure_ascii=draw.random() < 0.5, allow_nan=True)
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if draw.random() < 0.4:
        for _ in range(draw.randrange(1, 6)):
            _mutate(data, draw)
    return bytes(data)


def _event(draw: random.Random) -> dict[str, Any]:
    event: dict[str, Any] = {"pathname": "/a", "hostname": draw.choice((SITE, f"site{draw.randrange(300)}.example"))}
    for _ in range(draw.randrange(4)):
        event[draw.choice(_KEYS)] = draw.choice(_VALUES)
    if draw.random() < 0.3:
        event["props"] = {str(draw.choice(_TEXTS)): draw.choice(_VALUES) for _ in range(3)}
    if draw.random() < 0.2:
        event["revenue"] = {"amount": draw.choice(_VALUES), "currency": draw.choice(("EUR", *_TEXTS))}
    return event


def _mutate(data: bytearray, draw: random.Random) -> None:
    """Flip, insert, cut or repeat some bytes."""
    place = draw.randrange(len(data) + 1)
    match draw.randrange(4):
        case 0:
            data[place : place + 1] = bytes([draw.randrange(256)])
        case 1:
            data[place:place] = draw.choice((b"\n", b"\x00", b'"', b"\\u0000", b"[" * 50, b"\xff\xfe", b"NaN", b"{}"))
        case 2:
            del data[place : place + draw.randrange(1, 20)]
        case _:
            data[place:place] = data[max(0, place - 30) : place]


def _headers(draw: random.Random) -> str:
    """Headers are one line each: what would end one is left out, everything else is not."""
    text = str(draw.choice(_TEXTS)).encode("utf-8", "replace").decode("latin-1")
    text = "".join(char for char in text if char not in "\r\n\x00")[:1_000]
    agent = draw.choice((AGENT, text, "Googlebot/2.1", ""))
    # Encoded as UTF-8 by the connection, which makes two bytes of one: the more, the merrier.
    return f"user-agent: {agent}\r\naccept-language: {text}\r\nx-forwarded-for: {text}\r\ncf-ipcountry: {text[:20]}\r\n"


async def _forge(target: Target, count: int, clock: Clock) -> None:
    """One client, a new forwarded address with every event."""
    connection = Connection("127.6.0.1")
    for number in range(count):
        if number % (BURST // 2) == 0:
            clock.advance(SECOND)
        forged = f"x-forwarded-for: 198.51.{number >> 8}.{number & 0xFF}\r\nuser-agent: {AGENT}\r\n"
        events = json.dumps({"pathname": f"/forged/{number}", "hostname": SITE}).encode()
        status, _ = await connection.post(target, events, forged)
        assert status == 202
    connection.close()


def _visitors(rig: Rig, begun: int) -> tuple[int, int]:
    """Distinct visitors of the forged events, and how many events there are."""
    day = begun // 86_400_000 + 719_163
    with rig.valkey().client() as client:
        found = [event for event in read_day(client, Shard(SITE), day) if event.page.startswith("/forged/")]
    return len({event.visitor for event in found}), len(found)


def _trusting(rig_factory: RigFactory, count: int) -> int:
    with rig_factory() as rig:
        clock = Clock(rig.folder, midnight() + 12 * HOUR)
        environ = clock.environ | {"FOOTFALL_TRUSTED_PROXIES": "127.0.0.0/8"}
        collector = rig.collector(environ=environ)
        asyncio.run(_forge(collector.target, count, clock))
        rig.settle()
        time.sleep(0.1)
        return _visitors(rig, clock.now)[0]
