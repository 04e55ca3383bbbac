"""An Authorization header in, the sites that its key speaks for out."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

Headers = Iterable[tuple[bytes, bytes]]


def bearer(headers: Headers) -> str | None:
    """The token of `Authorization: Bearer TOKEN`; None without one. Other schemes belong to proxies in front."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").strip().partition(" ")
            if scheme.lower() == "bearer":
                return token.strip()
    return None


def speaks_for(token: str, keys: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The sites of a key; none for an unknown one. All keys are compared, each in constant time."""
    given = token.encode("utf-8", "surrogatepass")
    return frozenset(
        site for site, known in keys.items() if sum(hmac.compare_digest(given, key.encode()) for key in known)
    )
