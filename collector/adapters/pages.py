"""Addresses and names as other products' scripts send them in, those of our events out."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from common.events import PAGEVIEW, SIGNALS

_ROUTE = re.compile(r"/?#!?/?")


def pathname(path: str, query: str = "", fragment: str = "") -> str:
    """A path with its query. A fragment that is given names a route, as with the tracker's hash option: /app#/users is
    /app/users; the fragment's own query goes.
    """
    route = fragment.partition("?")[0]
    path = path if path.startswith("/") else f"/{path}"
    if route:
        path = _ROUTE.sub("/", f"{path}#{route}", count=1)
    return f"{path}?{query}" if query else path


def host_of(url: SplitResult) -> str:
    """Host without port, "" where there is none."""
    return url.hostname or ""


def custom(name: str) -> str:
    """The name of a custom event, which must not be taken for a signal or a pageview of ours."""
    return name.capitalize() if name == PAGEVIEW or name in SIGNALS else name
