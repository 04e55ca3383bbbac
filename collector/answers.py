"""What was accepted in, an answer of HTTP out: status, headers and JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

Headers = tuple[tuple[bytes, bytes], ...]
CORS: Headers = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


class Answer(NamedTuple):
    """Status, JSON body and extra headers."""

    status: int
    body: dict[str, Any]
    headers: Headers = ()


#: What cannot be taken now may be sent again after some seconds.
FULL = Answer(503, {"error": "the journal is full, try again later"}, ((b"retry-after", b"5"),))
_encode = msgspec.json.Encoder().encode


def encode_answer(answer: Answer) -> bytes:
    """An answer's body as JSON."""
    return _encode(answer.body)


def headers_of(body: bytes, extra: Headers) -> Headers:
    """All headers of a JSON answer."""
    return (
        (b"content-length", str(len(body)).encode()),
        (b"content-type", b"application/json"),
        *extra,
        *CORS,
    )


def on_the_wire(answer: Answer, common: list[tuple[bytes, bytes]], close: bool) -> bytes:
    """A whole answer as HTTP/1.1. `common` are the headers of every answer of the server."""
    body = encode_answer(answer)
    lines = [_STATUS[answer.status]]
    for name, value in (*common, *headers_of(body, answer.headers)):
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"connection: close\r\n\r\n" if close else b"\r\n")
    lines.append(body)
    return b"".join(lines)


_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
