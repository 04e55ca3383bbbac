"""HTTP requests in, answers with security headers out; an explorer that nobody guards answers this machine alone."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.login import loopback

_INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_CLOSED = (
    "This explorer is for the machine it runs on. To reach it under another name, set FOOTFALL_LOGIN, or "
    "FOOTFALL_EXPLORER_OPEN=1 where something else guards it; see docs/explorer.md.\n"
)


def inline_scripts(html: str) -> list[str]:
    """CSP sources that allow exactly the scripts written out in a page."""
    found = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found]


def policy(scripts: list[str]) -> str:
    """A Content-Security-Policy in which the browser asks nobody but the explorer for anything."""
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *scripts],
        "style-src": ["'self'", "'unsafe-inline'"],  # Streamlit makes its styles at run time
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "frame-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in rules.items())


def security_headers() -> dict[str, str]:
    """What every answer carries."""
    return {
        "content-security-policy": policy(inline_scripts(_INDEX.read_text())),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }


class Guard:
    """ASGI middleware: the headers, and without a guard a refusal of whatever did not come from this machine."""

    def __init__(self, app: ASGIApp, guarded: bool) -> None:
        self._app, self._guarded = app, guarded
        self._headers = security_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        if not self._guarded and not from_here(scope):
            # Refused before it is accepted, a websocket's handshake is answered 403.
            closed = PlainTextResponse(_CLOSED, 403) if scope["type"] == "http" else _close
            await closed(scope, receive, dressed)
            return
        await self._app(scope, receive, dressed)


_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via")


def from_here(scope: Scope) -> bool:
    """Whether a request came to a loopback address under a loopback name.

    The name matters: a page on the web can point its own name at 127.0.0.1 and would then read along.
    """
    given = Headers(scope=scope)
    if any(name in given for name in _FORWARDED):
        return False  # a proxy on this machine carries somebody else
    try:
        name = urlsplit(f"//{given.get('host', '')}").hostname
    except ValueError:
        return False
    reached = scope.get("server")
    return loopback(name) and (reached is None or loopback(reached[0]))


async def _close(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
