"""A real server behind the guard: slow, oversized and too many connections are closed, decent ones are served."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from collector import guard

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the size of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    text = str(size).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(text)).encode())]}
    )
    await send({"type": "http.response.body", "body": text})


@contextlib.asynccontextmanager
async def serving(trusted: str | None = None) -> AsyncIterator[int]:
    """A server on a free port."""
    networks = (ipaddress.ip_network(trusted),) if trusted else ()
    config = uvicorn.Config(
        echo, port=0, http=guard.protocol(networks), ws="none", lifespan="off", log_level="critical"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def talk(port: int, *parts: bytes, pause: float = 0.0, last: bytes = b"\0") -> bytes:
    """Send parts with pauses between them; everything the server says until it closes, is quiet for a second, or has
    said the `last` that is asked of it.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        said = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            while chunk := await asyncio.wait_for(reader.read(4_096), 1.0):
                said += chunk
                if said.endswith(last):
                    break
        return said
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([GET + b"\r\n"], b"200"),
        ([GET[:9], GET[9:] + b"\r\n"], b"200"),
        ([b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", b"hello"], b"200"),
        ([GET], b"408"),
        ([b"GET / HT"], b"408"),
        ([b""], b"408"),
        ([b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel"], b"408"),
        ([GET + b"X-Big: " + b"x" * 20_000 + b"\r\n\r\n"], b"431"),
        ([GET, *[b"X-Many: x\r\n" * 800] * 3], b"431"),
    ],
)
async def test_deadline_and_size(parts: list[bytes], status: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "DEADLINE", 0.4)
    async with serving() as port:
        said = await talk(port, *parts, pause=0.02)
    assert said.split(b" ")[1] == status


async def test_a_kept_connection_may_rest_between_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "DEADLINE", 0.3)
    async with serving() as port:
        said = await talk(port, GET + b"\r\n", GET + b"\r\n", pause=0.6)
    assert said.count(b"200 OK") == 2


@pytest.mark.parametrize(("trusted", "refused"), [(None, 2), ("127.0.0.0/8", 0)])
async def test_one_address_has_its_share(trusted: str | None, refused: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_PER_ADDRESS", 3)
    async with serving(trusted) as port:
        pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        answers = []
        for reader, writer in pairs:
            writer.write(GET + b"\r\n")
            with contextlib.suppress(ConnectionError):
                answers.append((await reader.read(30)).split(b" ")[1])
        assert answers.count(b"503") == refused
        assert answers.count(b"200") == 5 - refused
        for _, writer in pairs:
            writer.close()
        await asyncio.sleep(0.05)
        assert b"200" in await talk(port, GET + b"\r\n")
