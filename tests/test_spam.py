"""Hosts on the list and below it are spam; look-alikes are not."""

from __future__ import annotations

import pytest

from common.enrich.spam import is_spam


@pytest.mark.parametrize(
    ("host", "spam"),
    [
        ("semalt.com", True),
        ("12.semalt.com", True),
        ("notsemalt.com", False),
        ("semalt.com.example.org", False),
        ("google.com", False),
        ("com", False),
        ("", False),
    ],
)
def test_is_spam(host: str, spam: bool) -> None:
    assert is_spam(host) is spam
