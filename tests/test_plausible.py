"""Plausible's fields in; the event we make of them, and the answer that Plausible would give, out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import redis as redis_py
from adapted import KEY, KEYS, Adapted, adapted

from collector.adapters.plausible import Invalid, Sent, answer, read
from collector.answers import FULL
from common.settings import Settings

URL = "https://www.example.com/pricing"


@pytest.fixture
def plausible(settings: Settings, redis: redis_py.Redis) -> Iterator[Adapted]:
    sites = {"example.com": "UTC", "blog.example": "UTC"}
    with adapted(replace(settings, sites=sites, api_keys=KEYS), redis) as running:
        yield running


def sent(**fields: Any) -> Sent:
    return read(json.dumps({"n": "pageview", "u": URL} | fields).encode())


#: Fields -> what is not as in a bare pageview of URL.
FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"u": "http://example.com"}, {"pathname": "/"}),
    ({"u": "https://Example.com:8080/A%20b?utm_source=x&q=1#top"}, {"pathname": "/A%20b?utm_source=x&q=1"}),
    ({"u": "https://example.com/app#/users/7?tab=a", "h": 1}, {"pathname": "/app/users/7"}),
    ({"u": "https://example.com/#/users", "hashMode": "1"}, {"pathname": "/users"}),
    ({"u": "https://example.com/app#/users", "h": 0}, {"pathname": "/app"}),
    ({"u": "/only/a/path", "d": "x.com"}, {"pathname": "/only/a/path", "hostname": "(none)"}),
    ({"n": None, "name": "Signup"}, {"type": "Signup"}),
    ({"n": 404}, {"type": "404", "props": {"path": "/pricing"}}),
    ({"n": "404", "p": {"path": "/asked"}}, {"type": "404", "props": {"path": "/asked"}}),
    ({"n": "Form: Submission", "u": URL + "?a=b"}, {"type": "Form: Submission", "pathname": "/pricing?a=b",
                                                   "props": {"path": "/pricing"}}),
    ({"n": "click"}, {"type": "Click"}),  # which is a signal of ours
    ({"r": "https://news.example/x"}, {"referrer": "https://news.example/x"}),
    ({"r": None}, {}),
    ({"r": "r" * 3_000}, {"referrer": "r" * 2_000}),
    ({"p": {"a": "x", "b": 2, "c": True, "d": [1], "e": {}, "f": "", "g": None, "h": " "}},
     {"props": {"a": "x", "b": 2, "c": True}}),
    ({"p": '{"a":"x"}'}, {"props": {"a": "x"}}),
    ({"m": {"a": "m"}, "p": {"a": "p"}}, {"props": {"a": "m"}}),
    ({"props": {f"k{n}": n for n in range(40)}}, {"props": {f"k{n}": n for n in range(30)}}),
    ({"p": "no json"}, {}),
    ({"p": [1]}, {}),
    ({"i": False}, {"interactive": False}),
    ({"interactive": False}, {"interactive": False}),
    ({"i": "no"}, {}),
    ({"$": {"amount": 9.5, "currency": "EUR"}}, {"revenue": {"amount": 9.5, "currency": "EUR"}}),
    ({"revenue": '{"amount":"9.50","currency":"EUR"}'}, {"revenue": {"amount": "9.50", "currency": "EUR"}}),
    ({"$": {"amount": 9.5}}, {}),
    ({"n": "engagement", "sd": 140, "e": 1_500, "p": {"a": "b"}},
     {"type": "engagement", "scroll": 100, "engaged": 1_500}),
    ({"n": "engagement", "sd": "40"}, {"type": "engagement", "scroll": 40, "engaged": 0}),
    ({"n": "engagement", "e": 2, "sd": "x"}, {"type": "engagement", "engaged": 2}),
    ({"sd": 3, "e": 4, "v": 36}, {}),
    ({"w": 1440}, {"screen": (1440, 0)}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "changed"), FIELDS, ids=lambda value: json.dumps(value)[:60])
def test_fields(fields: dict[str, Any], changed: dict[str, Any]) -> None:
    usual = msgspec.to_builtins(sent().event)
    assert msgspec.to_builtins(sent(**fields).event) == usual | changed
    assert (usual["hostname"], usual["pathname"], usual["interactive"]) == ("example.com", "/pricing", True)


#: `d` -> sites.
@pytest.mark.parametrize(
    ("domain", "sites"),
    [
        (None, ["example.com"]),
        ("www.Example.com", ["example.com"]),
        ("a.com, b.com,,a.com", ["a.com", "b.com", "", "a.com"]),
        (7, ["example.com"]),
    ],
)
def test_sites(domain: object, sites: list[str]) -> None:
    assert sent(d=domain).sites == sites


BLANK = ["can't be blank"]
ENGAGEMENT = ["engagement event requires a valid integer value for at least one of 'sd' or 'e' fields"]
LONG = ["keys should have at most 300 bytes and values 2000 bytes"]


#: What is wrong -> Plausible's errors.
@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"n": None}, {"event_name": BLANK}),
        ({"n": " "}, {"event_name": BLANK}),
        ({"n": ["a"]}, {"event_name": ["is invalid"]}),
        ({"n": True}, {"event_name": ["is invalid"]}),
        ({"n": "n" * 121}, {"event_name": ["should be at most 120 character(s)"]}),
        ({"u": None}, {"url": ["is required"], "domain": BLANK}),
        ({"u": None, "d": "a.com"}, {"url": ["is required"]}),
        ({"u": 7, "d": "a.com"}, {"url": ["must be a valid url"]}),
        ({"u": "https://[", "d": "a.com"}, {"url": ["must be a valid url"]}),
        ({"u": "https://a.com/" + "x" * 2_000, "d": "a.com"}, {"url": ["must be a valid url"]}),
        ({"u": "data:text/html,x", "d": "a.com"}, {"url": ["scheme is not allowed"]}),
        ({"u": "/path"}, {"domain": BLANK}),
        ({"d": " "}, {"domain": BLANK}),
        ({"h": "yes"}, {"hash_mode": ["is invalid"]}),
        ({"p": {"k" * 301: 1}}, {"props": LONG}),
        ({"p": {"k": "v" * 2_001}}, {"props": LONG}),
        ({"n": "engagement"}, {"event_name": ENGAGEMENT}),
        ({"n": "engagement", "sd": -1, "e": 30 * 86_400_000}, {"event_name": ENGAGEMENT}),
        ({"n": None, "u": None}, {"event_name": BLANK, "url": ["is required"], "domain": BLANK}),
    ],
    ids=str,
)
def test_errors(fields: dict[str, Any], errors: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid) as raised:
        sent(**fields)
    assert raised.value.errors == errors


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b"7", None, b"[" * 9_000, b'{"n":NaN}', b'{"n":"\\ud800"}', b"\xff"]
)
def test_bodies_that_are_no_json_object(body: bytes | None) -> None:
    with pytest.raises(Invalid) as raised:
        read(body)
    assert raised.value.errors == {"request": ["Unable to parse request body as json"]}


def test_answers(plausible: Adapted) -> None:
    for kind in ("text/plain", "application/json"):
        body = json.dumps({"n": "pageview", "u": URL, "d": "example.com"})
        found = plausible.http.post("/api/event", content=body, headers={"content-type": kind, "origin": "https://x"})
        assert (found.status_code, found.text) == (202, "ok")
        assert found.headers["content-type"] == "text/plain; charset=utf-8"
        assert found.headers["access-control-allow-origin"] == "*"
        assert "x-plausible-dropped" not in found.headers
    bad = plausible.http.post("/api/event", content=b"{}")
    assert (bad.status_code, bad.headers["content-type"]) == (400, "application/json")
    assert bad.headers["access-control-allow-origin"] == "*"
    assert bad.json() == {"errors": {"event_name": BLANK, "url": ["is required"], "domain": BLANK}}
    assert plausible.http.post("/api/event", content=b" " * 65_537).status_code == 400
    assert plausible.http.get("/api/event").status_code == 405
    plausible.counted(2)


def test_preflight(plausible: Adapted) -> None:
    asked = {"origin": "https://a", "access-control-request-method": "POST",
             "access-control-request-headers": "content-type"}  # fmt: skip
    found = plausible.http.options("/api/event", headers=asked)
    assert (found.status_code, found.headers["access-control-allow-headers"]) == (204, "content-type")
    assert found.headers["access-control-allow-origin"] == "*"


def test_one_event_for_each_site_that_is_known(plausible: Adapted) -> None:
    body = {"n": "pageview", "u": URL, "d": "example.com,unknown.example,blog.example,"}
    found = plausible.http.post("/api/event", json=body)
    assert (found.status_code, found.text, found.headers["x-plausible-dropped"]) == (202, "ok", "2")
    for site in ("example.com", "blog.example"):
        plausible.counted(1, site)
        assert plausible.table("hostname", site=site) == {"example.com": 1}


def test_bots_are_counted_apart_and_called_dropped(plausible: Adapted) -> None:
    found = plausible.http.post("/api/event", json={"n": "pageview", "u": URL}, headers={"user-agent": "Googlebot/2.1"})
    assert (found.status_code, found.headers["x-plausible-dropped"]) == (202, "1")
    plausible.counted(1, class_="bot")
    assert plausible.table("event") == {}


def test_engagement_props_and_revenue_at_the_far_end(plausible: Adapted) -> None:
    for body in (
        {"n": "pageview", "u": URL + "?utm_source=letter&mail=a@b.example", "r": "https://news.example/"},
        {"n": "engagement", "u": URL, "sd": 70, "e": 12_000},
        {"n": "Purchase", "u": URL, "p": {"plan": "pro"}, "$": {"amount": "9.90", "currency": "EUR"}},
    ):
        assert plausible.http.post("/api/event", json=body).status_code == 202
    plausible.counted(2)
    today = plausible.traffic().today()
    totals = plausible.traffic().totals(today, today)
    assert (totals["visits"], totals["pageviews"], totals["events"], totals["bounce_rate"]) == (1, 1, 2, 0)
    assert totals["engagement"] == 12.0
    assert plausible.table("source", "visits") == {"letter": 1}
    assert plausible.table("page", "pageviews") == {"/pricing": 1}
    assert plausible.table("prop:plan") == {"pro": 1}
    revenue = plausible.traffic().revenue(today, today).iloc[0]
    assert (revenue["currency"], int(revenue["amount"])) == ("EUR", 990)


def test_a_back_end_forwards_addresses_with_a_key(plausible: Adapted) -> None:
    def post(address: str, **headers: str) -> int:
        given = {"x-forwarded-for": f"junk, {address}, 10.0.0.1"} | headers
        return plausible.http.post("/api/event", json={"n": "pageview", "u": URL}, headers=given).status_code

    for address in ("203.0.113.1", "203.0.113.2"):
        assert post(address) == 202
    plausible.counted(2)
    assert plausible.table("page", "visitors") == {"/pricing": 1}
    for address in ("203.0.113.1", "203.0.113.2"):
        assert post(address, authorization=f"Bearer {KEY}") == 202
    plausible.counted(4)
    assert plausible.table("page", "visitors") == {"/pricing": 3}
    assert post("203.0.113.1", authorization="Bearer wrong") == 401
    shown = {"x-debug-request": "true", "x-forwarded-for": "203.0.113.9", "authorization": f"Bearer {KEY}"}
    found = plausible.http.post("/api/event", json={"n": "pageview", "u": URL}, headers=shown)
    assert (found.status_code, found.text) == (200, "203.0.113.9")
    plausible.counted(4)


def test_what_cannot_be_taken_now_is_no_202() -> None:
    found = answer(FULL, 1)
    assert (found.status_code, found.headers["retry-after"]) == (503, "5")
