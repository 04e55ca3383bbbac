"""Entries of the original list, under the names that they may have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made import ms

from collector.logs import Hit
from collector.original_events import hit_of

NOON = ms("2026-05-05 12:00")


def hit(**fields: Any) -> Hit:
    found = hit_of(7, json.dumps({"timestamp": NOON, "pathname": "/", **fields}).encode(), "a.com")
    assert isinstance(found, Hit)
    return found


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (NOON, NOON),
        (NOON / 1000, NOON),
        (str(NOON), NOON),
        ("2026-05-05T12:00:00Z", NOON),
        ("2026-05-05T14:00:00+02:00", NOON),
        ("2026-05-05T12:00:00", NOON),
        ("2026-05-05T12:00:00.250Z", NOON + 250),
    ],
)
@pytest.mark.parametrize("name", ["timestamp", "time", "ts", "created_at"])
def test_times(name: str, time: object, expected: int) -> None:
    found = hit_of(7, json.dumps({name: time, "path": "/"}).encode(), "a.com")
    assert isinstance(found, Hit)
    assert found.time == expected


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[1]", "no JSON object"),
        (b'{"pathname": "/"}', "no time"),
        (b'{"pathname": "/", "timestamp": "yesterday"}', "no time"),
        (b'{"pathname": "/", "timestamp": true}', "no time"),
        (b'{"pathname": "/", "timestamp": -5}', "no time"),
        (b'{"timestamp": 1778000000}', "no path"),
    ],
)
def test_what_is_no_event(data: bytes, why: str) -> None:
    assert hit_of(1, data, "a.com") == why


def test_all_that_an_event_may_say() -> None:
    found = hit(
        type="purchase",
        hostname="shop.a.com",
        referrer="https://news.example/",
        title="T",
        screen="1920x1080",
        language="de",
        props={"plan": "pro"},
        revenue={"amount": 5, "currency": "EUR"},
        interactive=False,
        sessionId="s1",
        userAgent="Firefox",
        ip="203.0.113.9",
        country="DE",
        unknown=[1],
    )
    raw = found.raw
    assert (raw.type, raw.pathname, raw.hostname, raw.referrer) == (
        "purchase",
        "/",
        "shop.a.com",
        "https://news.example/",
    )
    assert (raw.title, raw.screen, raw.language, raw.props, raw.interactive) == (
        "T",
        (1920, 1080),
        "de",
        {"plan": "pro"},
        False,
    )
    assert raw.revenue
    assert (raw.revenue.amount, raw.revenue.currency) == (5, "EUR")
    assert (found.visitor, found.user_agent, found.address, found.country) == ("s1", "Firefox", "203.0.113.9", "DE")
    assert (found.number, found.site, found.time) == (7, "a.com", NOON)


@pytest.mark.parametrize(
    ("fields", "path", "host"),
    [
        ({"pathname": "/a?b=c"}, "/a?b=c", None),
        ({"pathname": "", "url": "https://a.com/b"}, "/b", "a.com"),
        ({"pathname": "https://a.com"}, "/", "a.com"),
        ({"pathname": "docs"}, "/docs", None),
    ],
)
def test_paths(fields: dict[str, Any], path: str, host: str | None) -> None:
    assert (hit(**fields).raw.pathname, hit(**fields).raw.hostname) == (path, host)


def test_fields_of_a_strange_kind_cost_only_themselves() -> None:
    found = hit(type=5, screen="wide", props="no", revenue={"amount": []}, title={"a": 1}, x="y", scroll=True)
    raw = found.raw
    assert (raw.type, raw.screen, raw.props, raw.revenue, raw.title, raw.x, raw.scroll) == ("5", *[None] * 6)
    assert found.user_agent is None
    assert hit(screen=[800, 600]).raw.screen == (800, 600)
    assert hit(screen={"width": 800, "height": 600}).raw.screen == (800, 600)
