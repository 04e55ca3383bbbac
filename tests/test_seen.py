"""What a collector sees of a request: for the bearer of the token alone, and true of proxies, forgeries and junk."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis as redis_py
from starlette.testclient import TestClient

from collector.app import create_app
from common.settings import Settings

BEARER = {"authorization": "Bearer t0ken"}


@pytest.fixture
def http(settings: Settings, redis: redis_py.Redis) -> Iterator[TestClient]:
    proxies = (ipaddress.ip_network("10.0.0.0/8"),)
    chosen = replace(settings, metrics_token="t0ken", trusted_proxies=proxies)
    with TestClient(create_app(chosen), client=("10.0.0.7", 5)) as client:
        yield client


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (None, "10.0.0.7"),
        ("198.51.100.4", "198.51.100.4"),
        ("192.0.2.123, 198.51.100.4", "198.51.100.4"),
        ("198.51.100.4, 10.9.9.9", "198.51.100.4"),
        ("junk", "10.0.0.7"),
    ],
)
def test_the_address_that_an_event_would_be_counted_by(http: TestClient, forwarded: str | None, address: str) -> None:
    given = BEARER | ({"x-forwarded-for": forwarded} if forwarded else {})
    answer = http.get("/api/track", headers=given)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["address"], told["peer"], told["trusted"]) == (address, "10.0.0.7", True)
    assert told["forwarded"] == (forwarded.split(", ") if forwarded else [])


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer other"}, {"authorization": "t0ken"}])
def test_nobody_else_is_told(http: TestClient, headers: dict[str, str]) -> None:
    answer = http.get("/api/track", headers=headers)
    assert (answer.status_code, answer.json()) == (405, {"error": "expected POST"})


def test_without_a_token_nobody_is_told(settings: Settings, redis: redis_py.Redis) -> None:
    """Not even loopback: a proxy that marks nothing comes from there."""
    with TestClient(create_app(settings), client=("127.0.0.1", 5)) as client:
        assert client.get("/api/track", headers={"authorization": "Bearer "}).status_code == 405


def test_a_long_chain_is_cut(http: TestClient) -> None:
    chain = ", ".join(f"10.1.1.{n}" for n in range(50))
    told = http.get("/api/track", headers=BEARER | {"x-forwarded-for": chain}).json()
    assert len(told["forwarded"]) == 20
    assert told["forwarded"][-1] == "10.1.1.49"
