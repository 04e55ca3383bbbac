"""Umami's payloads in; the event we make of them, and the answer that Umami would give, out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import redis as redis_py
from adapted import KEY, KEYS, Adapted, adapted
from collectors import wait_for

from collector.adapters import umami as module
from collector.adapters.umami import NOBODY, event, site_of
from collector.answers import FULL, Answer
from common.settings import Settings

ID, OTHER, UNKNOWN = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123")
SITES = {ID: "example.com", OTHER: "blog.example"}
#: As the script sends it.
PAGE = {
    "website": ID,
    "screen": "1920x1080",
    "language": "de-AT",
    "title": "Pricing",
    "hostname": "www.example.com",
    "url": "https://www.example.com/pricing?utm_source=letter&mail=a@b.example",
    "referrer": "https://news.example/",
}
NOW = 1_770_000_000_000


@pytest.fixture
def umami(settings: Settings, redis: redis_py.Redis) -> Iterator[Adapted]:
    sites = {"example.com": "UTC", "blog.example": "UTC"}
    with adapted(replace(settings, sites=sites, umami_sites=SITES, api_keys=KEYS), redis) as running:
        yield running


#: Type and payload -> what is not as in a bare pageview of /.
EVENTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("event", {}, {}),
    ("event", {"url": "/a/b?c=d#e"}, {"pathname": "/a/b?c=d"}),
    ("event", {"url": "/app#/users?t=1"}, {"pathname": "/app/users"}),
    ("event", {"url": "https://shop.example/x", "hostname": ""}, {"pathname": "/x", "hostname": "shop.example"}),
    ("event", {"hostname": "www.example.com", "title": "T", "language": "de", "referrer": "/before"},
     {"hostname": "www.example.com", "title": "T", "language": "de", "referrer": "/before"}),
    ("event", {"url": "x/../y", "hostname": "["}, {"pathname": "/y", "hostname": "["}),
    ("event", {"screen": "390x844"}, {"screen": (390, 844)}),
    ("event", {"screen": "wide"}, {}),
    ("event", {"name": "Signup"}, {"type": "Signup"}),
    ("event", {"name": "click"}, {"type": "Click"}),
    ("event", {"name": " "}, {}),
    ("event", {"data": {"plan": "pro", "user": {"age": 7, "tags": ["a", 1]}, "no": None}, "tag": "beta"},
     {"props": {"plan": "pro", "user.age": 7, "user.tags": '["a", 1]', "tag": "beta"}}),
    ("event", {"name": "Order", "data": {"revenue": 19.9, "currency": "USD", "id": 4}},
     {"type": "Order", "revenue": {"amount": 19.9, "currency": "USD"}, "props": {"id": 4}}),
    ("event", {"data": {"revenue": 19.9}}, {"props": {"revenue": 19.9}}),
    ("event", {"timestamp": NOW // 1000 - 60}, {"age": 60_000.0}),
    ("event", {"id": "ann@example.com", "browser": "x", "os": "y"}, {}),
    ("engagement", {"engagement": 900}, {"type": "engagement", "engaged": 900}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "payload", "changed"), EVENTS, ids=str)
def test_events(kind: str, payload: dict[str, Any], changed: dict[str, Any]) -> None:
    usual = msgspec.to_builtins(event("event", {}, "example.com", NOW))
    assert (usual["type"], usual["pathname"], usual["hostname"]) == ("pageview", "/", "")  # the site, then
    assert msgspec.to_builtins(event(kind, payload, "example.com", NOW)) == usual | changed


def test_a_visitor_is_not_known_by_name() -> None:
    assert event("identify", {"id": "ann", "data": {"a": 1}}, "example.com", NOW) is None


def test_measurements_are_a_signal_or_nothing() -> None:
    assert event("performance", {"url": "/a", "lcp": -1, "duration": 7}, "example.com", NOW) is None
    found = event("performance", {"url": "/a", "lcp": 1200.5, "cls": 0.02}, "example.com", NOW)
    assert found is not None
    assert (found.type, found.pathname, found.interactive, found.props) == (
        "vitals",
        "/a",
        False,
        {"lcp": 1200.5, "cls": 0.02},
    )


#: Payload, FOOTFALL_UMAMI_SITES -> site.
@pytest.mark.parametrize(
    ("payload", "sites", "site"),
    [
        ({"website": ID}, SITES, "example.com"),
        ({"website": ID.upper(), "hostname": "else.example"}, SITES, "example.com"),
        ({"pixel": OTHER}, SITES, "blog.example"),
        ({"website": UNKNOWN, "hostname": "example.com"}, SITES, ""),
        ({"website": UNKNOWN, "hostname": "www.Example.com"}, {}, "example.com"),
        ({"website": UNKNOWN, "url": "https://example.com/x"}, {}, "example.com"),
        ({"website": UNKNOWN, "url": "/x"}, {}, ""),
    ],
)
def test_sites(payload: dict[str, Any], sites: dict[str, str], site: str) -> None:
    assert site_of(payload, sites) == site


def test_the_exchange_of_a_page_that_is_looked_at(umami: Adapted) -> None:
    """As a browser has it: preflight, page, custom event with what the answer gave, and the far end."""
    names = "content-type,x-umami-cache,x-umami-hostname,x-umami-website-id"
    asked = {"origin": "https://example.com", "access-control-request-method": "POST",
             "access-control-request-headers": names}  # fmt: skip
    found = umami.http.options("/api/send", headers=asked)
    assert (found.status_code, found.headers["access-control-allow-headers"]) == (204, names)
    assert found.headers["access-control-max-age"] == "86400"

    found = umami.http.post("/api/send", json={"type": "event", "payload": PAGE})
    assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.json() == {"cache": found.json()["cache"], "sessionId": NOBODY, "visitId": NOBODY}
    head, claims, signature = found.json()["cache"].split(".")
    assert [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims)] == [
        {"alg": "none", "typ": "JWT"},
        {"websiteId": ID, "type": "cache"},
    ]
    assert signature == ""

    signup = {"name": "Signup", "data": {"plan": "pro", "revenue": "9.90", "currency": "EUR"}}
    again = umami.http.post(
        "/api/send",
        json={"type": "event", "payload": PAGE | signup},
        headers={"x-umami-cache": found.json()["cache"], "x-umami-website-id": ID},
    )
    assert again.json() == found.json()
    for kind in ("identify", "performance"):
        sent = umami.http.post("/api/send", json={"type": kind, "payload": PAGE | {"lcp": 900}})
        assert (sent.status_code, sent.json()) == (200, found.json())
    umami.counted(2)
    assert umami.table("event") == {"Signup": 1, "pageview": 1}
    assert umami.table("source", "visits") == {"letter": 1}
    assert umami.table("referrer", "visits") == {"news.example": 1}
    assert umami.table("screen", "visits") == {"XL (>=1440 px)": 1}
    assert umami.table("language", "visits") == {"de-AT": 1}
    assert umami.table("prop:plan") == {"pro": 1}
    assert umami.table("hostname") == {"example.com": 2}


def test_what_browsers_measured_is_counted(umami: Adapted) -> None:
    umami.http.post("/api/send", json={"type": "event", "payload": PAGE})
    umami.counted(1)
    for measured in ({"lcp": 900, "cls": 0.1}, {"ttfb": 7}):
        sent = umami.http.post("/api/send", json={"type": "performance", "payload": PAGE | measured})
        assert sent.status_code == 200
    traffic = umami.traffic()

    def told() -> list[list[Any]]:
        return traffic.vitals(traffic.today(), traffic.today())[["metric", "p75", "count", "good"]].to_numpy().tolist()

    wait_for(lambda: len(told()) == 3)
    assert told() == [
        ["LCP", pytest.approx(900, rel=0.05), 1, 1],
        ["CLS", pytest.approx(0.1, rel=0.05), 1, 1],
        ["TTFB", 7, 1, 1],
    ]


def test_a_measurement_of_nothing_is_dropped_with_a_reason(umami: Adapted) -> None:
    sent = umami.http.post("/api/send", json={"type": "performance", "payload": PAGE})
    umami.http.post("/api/send", json={"type": "event", "payload": PAGE})
    umami.counted(1)
    assert (sent.status_code, umami.dropped()) == (200, {"unsupported": 1})


BAD = {"message": "Bad request", "code": "bad-request", "status": 400}


def test_errors(umami: Adapted) -> None:
    found = umami.http.post("/api/send", json={"type": "event", "payload": PAGE | {"website": UNKNOWN}})
    assert (found.status_code, found.json()) == (400, {"error": BAD | {"message": "Website not found."}})
    assert found.headers["access-control-allow-origin"] == "*"
    for body in (b"", b"x", b"null"):
        found = umami.http.post("/api/send", content=body)
        assert (found.status_code, found.json()) == (
            400,
            {"error": BAD | {"errors": ["Invalid input: expected object, received null"]}},
        )
    found = umami.http.post("/api/send", content=b" " * 65_537)
    assert (found.status_code, found.json()["error"]["code"]) == (413, "payload-too-large")
    assert umami.http.get("/api/send").status_code == 405


def test_bots_are_counted_apart_and_told_so(umami: Adapted) -> None:
    found = umami.http.post(
        "/api/send", json={"type": "event", "payload": PAGE}, headers={"user-agent": "Googlebot/2.1"}
    )
    assert (found.status_code, found.json()) == (200, {"beep": "boop"})
    umami.counted(1, class_="bot")


def test_visitors_that_a_back_end_names_count_with_a_key_only(umami: Adapted) -> None:
    def post(address: str, **headers: str) -> int:
        payload = PAGE | {"ip": address, "userAgent": "Mozilla/5.0 (Windows NT 10.0) Firefox/145.0"}
        return umami.http.post("/api/send", json={"type": "event", "payload": payload}, headers=headers).status_code

    assert [post("203.0.113.1"), post("203.0.113.2"), post("junk", authorization=f"Bearer {KEY}")] == [200] * 3
    umami.counted(3)
    assert umami.table("event", "visitors") == {"pageview": 2}  # ours, and the one without an address
    assert [post(f"203.0.113.{n}", authorization=f"Bearer {KEY}") for n in (1, 2)] == [200] * 2
    umami.counted(5)
    assert umami.table("event", "visitors") == {"pageview": 4}
    assert umami.table("os", "visitors") == {"Linux": 1, "Windows": 3}
    assert post("203.0.113.1", authorization="Bearer wrong") == 401


def test_a_batch(umami: Adapted) -> None:
    items: list[Any] = [
        {"type": "event", "payload": PAGE},
        {"type": "event", "payload": PAGE | {"website": UNKNOWN}},
        {"type": "event", "payload": {"website": OTHER, "url": "/b"}},
        7,
        {"type": "event", "payload": PAGE | {"name": "Signup", "url": "/done"}},
    ]
    found = umami.http.post("/api/batch", json=items)
    told = found.json()
    assert (found.status_code, told["size"], told["processed"], told["errors"]) == (200, 5, 3, 2)
    assert told["details"] == [
        {"index": 1, "response": {"error": BAD | {"message": "Website not found."}}},
        {"index": 3, "response": {"error": BAD | {"errors": ["Invalid input: expected object, received number"]}}},
    ]
    assert told["cache"].count(".") == 2
    umami.counted(2)
    umami.counted(1, "blog.example")
    assert umami.table("entry_page", "visits") == {"/pricing": 1}
    for body in (b"{}", b"x"):
        assert umami.http.post("/api/batch", content=body).status_code == 400
    assert umami.http.post("/api/batch", json=[]).json() == {
        "size": 0, "processed": 0, "errors": 0, "details": [], "cache": None,
    }  # fmt: skip


def test_what_cannot_be_taken_now_is_no_200() -> None:
    assert module._outcome(FULL, (200, {})) == (
        503,
        {
            "error": {"message": "the journal is full, try again later", "code": "server-error", "status": 503},
            "retry": "5",
        },
    )
    assert module._outcome(Answer(202, {"accepted": 1, "dropped": {}}), (200, {"a": 1})) == (200, {"a": 1})
