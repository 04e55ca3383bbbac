"""Requests in; who sent them, what their key allows, and their body out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request as HttpRequest

from collector.adapters.facts import Caller, body_of
from collector.sender import Request
from common.settings import Settings

KEYED = replace(Settings(), api_keys={"a.com": frozenset({"k" * 16}), "b.com": frozenset({"k" * 16})})


class Known:
    """Takes the connection for the visitor."""

    def request_of(self, headers: Any, peer: str) -> Request:
        return Request(0, peer, "x")


def asked(authorization: str = "", *parts: dict[str, Any]) -> HttpRequest:
    left = list(parts)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    headers = [(b"authorization", authorization.encode())] if authorization else []
    return HttpRequest({"type": "http", "method": "POST", "headers": headers, "client": ("192.0.2.1", 5)}, receive)


#: Settings, header -> unknown key, may speak for a.com, for a.com and c.com.
@pytest.mark.parametrize(
    ("settings", "authorization", "expected"),
    [
        (Settings(), f"Bearer {'k' * 16}", (False, False, False)),
        (KEYED, "", (False, False, False)),
        (KEYED, "Basic abc", (False, False, False)),
        (KEYED, "Bearer wrong", (True, False, False)),
        (KEYED, f"Bearer {'k' * 16}", (False, True, False)),
    ],
)
def test_keys(settings: Settings, authorization: str, expected: tuple[bool, bool, bool]) -> None:
    known: Any = Known()
    caller = Caller(asked(authorization), known, settings)
    assert (caller.has_unknown_key, caller.may_state(["a.com"]), caller.may_state(["a.com", "c.com"])) == expected
    assert caller.facts.address == "192.0.2.1"


def part(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_bodies() -> None:
    assert await body_of(asked("", part(b"ab", True), part(b"c", False)), 3) == b"abc"
    assert await body_of(asked("", part(b"ab", True), part(b"cd", True)), 3) is None
    assert await body_of(asked("", part(b"ab", True), {"type": "http.disconnect"}), 3) == b""
