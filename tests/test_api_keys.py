"""Authorization headers in, sites out."""

from __future__ import annotations

import pytest

from collector.api_keys import bearer, speaks_for

KEYS = {"a.com": frozenset({"k" * 16, "l" * 16}), "b.com": frozenset({"k" * 16})}


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (b"Bearer abc", "abc"),
        (b" bearer  abc= ", "abc="),
        (b"Bearer", ""),
        (b"Basic YWJj", None),
        (b"abc", None),
        (b"Bearer \xff", "\xff"),
    ],
)
def test_tokens(value: bytes, token: str | None) -> None:
    assert bearer([(b"user-agent", b"Bearer no"), (b"authorization", value)]) == token


def test_no_header() -> None:
    assert bearer([(b"cookie", b"authorization")]) is None


@pytest.mark.parametrize(
    ("token", "sites"),
    [("k" * 16, {"a.com", "b.com"}), ("l" * 16, {"a.com"}), ("k" * 15, set()), ("", set()), ("\xff", set())],
)
def test_sites(token: str, sites: set[str]) -> None:
    assert speaks_for(token, KEYS) == sites
