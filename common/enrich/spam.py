"""A referrer's host in, whether it is known referrer spam out."""

from __future__ import annotations

from functools import cache, lru_cache

from common.enrich.lists import rows


@cache
def _domains() -> frozenset[str]:
    return frozenset(row["domain"] for row in rows("referrer_spam"))


@lru_cache(50_000)
def is_spam(host: str) -> bool:
    """Whether a host, or one above it, is on the list: it sends visits that nobody made."""
    parts = host.split(".")
    return any(".".join(parts[place:]) in _domains() for place in range(len(parts) - 1))
