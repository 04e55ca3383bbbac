"""The headers of every answer, and who is answered at all."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer import headers


async def _page(_: Any) -> PlainTextResponse:
    return PlainTextResponse("figures", headers={"referrer-policy": "unsafe-url"})


async def _socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("figures")
    await websocket.close()


def client(host: str, guarded: bool) -> TestClient:
    inner = Starlette(routes=[Route("/", _page), WebSocketRoute("/stream", _socket)])
    return TestClient(headers.Guard(inner, guarded), base_url=f"http://{host}")


def scope(host: str | None, server: str | None) -> dict[str, Any]:
    return {
        "type": "http",
        "headers": [] if host is None else [(b"host", host.encode())],
        "server": None if server is None else (server, 8501),
    }


@pytest.mark.parametrize(
    ("host", "server", "here"),
    [
        ("127.0.0.1:8501", "127.0.0.1", True),
        ("localhost:8501", "127.0.0.1", True),
        ("[::1]:8501", "::1", True),
        ("evil.test:8501", "127.0.0.1", False),  # a name on the web that points here
        ("localhost:8501", "192.168.1.5", False),  # a stranger who says so
        ("localhost@evil.test", "127.0.0.1", False),
        ("[", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        (None, "127.0.0.1", False),
        ("localhost", None, True),
    ],
)
def test_from_here(host: str | None, server: str | None, here: bool) -> None:
    assert headers.from_here(scope(host, server)) is here


def test_every_answer_has_them() -> None:
    for path in ("/", "/missing"):
        found = client("example.com", guarded=True).get(path).headers
        assert {name: found[name] for name in headers.security_headers()} == headers.security_headers()
    found = headers.security_headers()
    assert found["x-frame-options"] == "DENY"
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"


def test_without_a_guard_others_get_nothing() -> None:
    open_, closed = client("example.com", guarded=True), client("example.com", guarded=False)
    assert open_.get("/").text == "figures"
    answer = closed.get("/")
    assert answer.status_code == 403
    assert "FOOTFALL_LOGIN" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    with open_.websocket_connect("/stream") as websocket:
        assert websocket.receive_text() == "figures"
    with pytest.raises(WebSocketDisconnect) as refused, closed.websocket_connect("/stream"):
        pass
    assert refused.value.code == 1008


def test_the_policy_names_nobody_else() -> None:
    rules = dict(rule.split(" ", 1) for rule in headers.security_headers()["content-security-policy"].split("; "))
    sources = {source for text in rules.values() for source in text.split()}
    assert {source for source in sources if not source.startswith("'")} == {"data:", "blob:"}
    assert "'unsafe-eval'" not in sources
    assert "'unsafe-inline'" not in rules["script-src"]
    assert rules["frame-ancestors"] == "'none'"
    # Of `alert(1)`: printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    assert headers.inline_scripts("<script>alert(1)</script><script src=x></script>") == [
        "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    ]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_carries_is_not_from_here(name: str) -> None:
    """A proxy on this machine may give the loopback's name for anybody."""
    assert client("127.0.0.1", guarded=False).get("/").status_code == 200
    assert client("127.0.0.1", guarded=False).get("/", headers={name: "203.0.113.9"}).status_code == 403
    assert client("127.0.0.1", guarded=True).get("/", headers={name: "203.0.113.9"}).status_code == 200
