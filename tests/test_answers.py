"""Answers as they stand on the wire."""

from __future__ import annotations

from collector.answers import FULL, Answer, on_the_wire


def test_a_whole_answer() -> None:
    assert on_the_wire(Answer(202, {"accepted": 2, "dropped": {}}), [(b"date", b"now")], close=False) == (
        b"HTTP/1.1 202 Accepted\r\n"
        b"date: now\r\n"
        b"content-length: 27\r\n"
        b"content-type: application/json\r\n"
        b"access-control-allow-origin: *\r\n"
        b"access-control-expose-headers: Retry-After\r\n"
        b"cross-origin-resource-policy: cross-origin\r\n"
        b"\r\n"
        b'{"accepted":2,"dropped":{}}'
    )


def test_the_last_answer_of_a_connection_says_when_to_come_again() -> None:
    head, _, body = on_the_wire(FULL, [], close=True).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nretry-after: 5\r\n" in head
    assert head.endswith(b"\r\nconnection: close")
    assert body == b'{"error":"the journal is full, try again later"}'
