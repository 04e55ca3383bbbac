"""Tokens for reading one site's figures: made, shown once, kept as a digest, and checked in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Any, NamedTuple

import redis

from common.saved import TOKEN, Saved

#: What a token may do: ask the API anything, or show one view of the site to whoever has its address.
READ, SHARE = "read", "share"
_PREFIX = "ff_"


class Held(NamedTuple):
    """A token that was presented and is known."""

    name: str
    scope: str
    contents: dict[str, Any]


def make(client: redis.Redis, site: str, name: str, scope: str, now: float | None = None, **contents: Any) -> str:
    """A new token under a name, in place of one that had it; it cannot be read again. Raises ValueError."""
    if scope not in (READ, SHARE):
        raise ValueError(f"scope={scope!r}: expected {READ} or {SHARE}")
    token = _PREFIX + secrets.token_urlsafe(24)
    since = int(time.time() if now is None else now)
    Saved(client, site).put(TOKEN, name, contents | {"scope": scope, "digest": digest(token), "since": since})
    return token


def check(client: redis.Redis, site: str, token: str, scope: str) -> Held | None:
    """What a token of this scope is known as; None for any other text. All are compared."""
    given, found = digest(token), None
    for name, contents in Saved(client, site).all(TOKEN).items():
        same = hmac.compare_digest(given, str(contents.get("digest", "")))
        if same and contents.get("scope") == scope:
            found = Held(name, scope, contents)
    return found


def digest(token: str) -> str:
    """What is kept of a token. They are long and random, so that a plain digest cannot be turned around."""
    return hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
