"""Addresses and names of other products' scripts in, ours out."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from collector.adapters.pages import custom, host_of, pathname
from common.events import SIGNALS


@pytest.mark.parametrize(
    ("path", "query", "fragment", "expected"),
    [
        ("/", "", "", "/"),
        ("/a", "b=c", "", "/a?b=c"),
        ("a", "", "", "/a"),
        ("/app", "", "/users/7", "/app/users/7"),
        ("/app/", "", "!/users", "/app/users"),
        ("/", "x=y", "users?token=1", "/users?x=y"),
        ("/", "", "?token=1", "/"),
    ],
)
def test_paths(path: str, query: str, fragment: str, expected: str) -> None:
    assert pathname(path, query, fragment) == expected


def test_hosts() -> None:
    assert [host_of(urlsplit(url)) for url in ("https://A.com:8080/x", "/x", "")] == ["a.com", "", ""]


def test_names_that_mean_something_here() -> None:
    assert [custom(name) for name in ("Signup", "pageview", "click", "Click")] == [
        "Signup",
        "Pageview",
        "Click",
        "Click",
    ]
    assert not {custom(name) for name in SIGNALS} & SIGNALS
