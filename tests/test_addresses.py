"""What a Redis URL names: one server, a master that Sentinels know, or a cluster."""

from __future__ import annotations

import pytest

from common.addresses import CLUSTER, SENTINEL, SINGLE, parse


@pytest.mark.parametrize("url", ["redis://h:1/0", "rediss://u:p@h", "unix:///run/redis.sock?db=1"])
def test_plain_urls_are_left_to_the_library(url: str) -> None:
    assert (parse(url).kind, parse(url).url) == (SINGLE, url)


def test_a_cluster() -> None:
    at = parse("rediss+cluster://me:s%40cret@a:7000,b,[::1]:7002/0?ssl_cert_reqs=none")
    assert (at.kind, at.tls) == (CLUSTER, True)
    assert at.hosts == (("a", 7000), ("b", 6379), ("::1", 7002))
    assert at.options == {"username": "me", "password": "s@cret", "ssl_cert_reqs": "none"}
    assert not parse("redis+cluster://a").tls


def test_sentinels() -> None:
    at = parse("redis+sentinel://:secret@a,b:26380/my%20master/2?sentinel_password=other")
    assert (at.kind, at.service, at.tls) == (SENTINEL, "my master", False)
    assert at.hosts == (("a", 26379), ("b", 26380))
    assert (at.options, at.sentinel) == ({"password": "secret", "db": 2}, {"password": "other"})


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis+cluster://", "no host"),
        ("redis+cluster://a:1/3", "database 0"),
        ("redis+cluster://a:70000", "no host:port"),
        ("redis+cluster://a:x", "invalid literal"),
        ("redis+cluster://[::1", "no host"),
        ("redis+sentinel://a", "name is missing"),
        ("redis+other://a", "no kind of Redis"),
        ("http+cluster://a", "no kind of Redis"),
        ("redis+cluster:a", "no kind of Redis"),
    ],
)
def test_what_cannot_be_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(url)
