"""GoatCounter's queries in; the event we make of them, and the picture with its reason, out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import redis as redis_py
from adapted import Adapted, adapted

from collector.adapters.goatcounter import Invalid, answer, campaign, gif, page_host, read, site_of, size
from collector.answers import FULL
from collector.assets import PIXEL
from common.settings import Settings

PAGE = {"origin": "", "referer": "https://www.example.com/", "host": "stats.example.com"}


@pytest.fixture
def goatcounter(settings: Settings, redis: redis_py.Redis) -> Iterator[Adapted]:
    named = {"gc.blog.example": "blog.example"}
    chosen = replace(settings, sites={"example.com": "UTC", "blog.example": "UTC"}, goatcounter_sites=named)
    with adapted(chosen, redis) as running:
        yield running


#: Query -> what is not as in a bare pageview of /.
QUERIES: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"p": "/"}, {}),
    ({"p": "/a?page=2"}, {"pathname": "/a?page=2"}),
    ({"p": "a/b/"}, {"pathname": "/a/b/"}),
    ({"p": "/a#x?y"}, {"pathname": "/a"}),
    ({"p": "/", "q": "?utm_source=x&a=b"}, {"pathname": "/?utm_source=x&a=b"}),
    ({"p": "/?a=b", "q": "src=n&campaign=c"}, {"pathname": "/?src=n&campaign=c&source=n&utm_campaign=c&a=b"}),
    ({"p": "/", "t": "Title", "r": "https://n.example/"}, {"title": "Title", "referrer": "https://n.example/"}),
    ({"p": "/", "s": "1920"}, {"screen": (1920.0, 0.0)}),
    ({"p": "/", "s": "1280,800,2"}, {"screen": (1280.0, 800.0)}),
    ({"p": "/", "s": "wide", "rnd": "x7d", "ns": "1", "b": "0"}, {}),
    ({"p": "/", "e": "false"}, {}),
    ({"p": "/download", "e": "true"}, {"type": "download"}),
    ({"p": "click", "e": "1", "t": "Big button"}, {"type": "Click", "title": "Big button"}),
]


@pytest.mark.parametrize(("query", "changed"), QUERIES, ids=str)
def test_hits(query: dict[str, str], changed: dict[str, Any]) -> None:
    usual = msgspec.to_builtins(read({"p": "/"}, PAGE).event)
    assert (usual["type"], usual["pathname"]) == ("pageview", "/")
    assert msgspec.to_builtins(read(query, PAGE).event) == usual | changed


def test_something_that_happened_was_on_the_page_that_tells_it() -> None:
    assert read({"p": "x", "e": "1"}, {"referer": "https://a.com/shop"}).event.pathname == "/shop"
    assert [read({"p": "/", "b": bot}, PAGE).bot for bot in ("", "0", "150", "153")] == [False, False, True, True]


#: Query -> X-Goatcounter of the 400.
REFUSED = [
    ({}, "not valid: path: must be set."),
    ({"p": " "}, "not valid: path: must be set."),
    ({"p": "/", "e": "1"}, "not valid: path: must be set."),
    ({"p": "/" + "a" * 2_048}, "not valid: path: must be shorter than 2048 characters."),
    ({"p": "/", "t": "t" * 1_025}, "not valid: title: must be shorter than 1024 characters."),
    ({"p": "/", "r": "r" * 2_049}, "not valid: ref: must be shorter than 2048 characters."),
    ({"p": "/", "b": "7"}, "wrong value: b=7"),
    ({"p": "/", "b": "x"}, "error decoding parameters: b: not a number"),
    ({"p": "/", "e": "perhaps"}, "error decoding parameters: e: not a boolean"),
]


@pytest.mark.parametrize(("query", "reason"), REFUSED)
def test_refused(query: dict[str, str], reason: str) -> None:
    with pytest.raises(Invalid, match=f"^{reason}$"):
        read(query, PAGE)


#: Origin, Referer, Host -> the page's host, the site.
@pytest.mark.parametrize(
    ("origin", "referer", "host", "page", "site"),
    [
        ("https://www.a.com", "https://b.com/x", "stats.c.com", "www.a.com", "a.com"),
        ("null", "https://b.com:8080/x", "stats.c.com", "b.com:8080", "b.com:8080"),
        ("", "", "Stats.c.com", "", "stats.c.com"),
        ("", "about:blank", "stats.c.com:8000", "", "stats.c.com:8000"),
        ("", "https://[", "gc.d.com", "", "d.com"),
        ("https://a.com", "", "gc.d.com:8000", "a.com", "d.com"),
    ],
)
def test_sites(origin: str, referer: str, host: str, page: str, site: str) -> None:
    headers = {"origin": origin, "referer": referer, "host": host}
    assert (page_host(headers), site_of(headers, {"gc.d.com": "d.com"})) == (page, site)


def test_campaigns_and_sizes() -> None:
    assert [campaign(text) for text in ("", "?", "?utm_source=a", "src=a b")] == [
        "", "", "utm_source=a", "src=a b&source=a+b",
    ]  # fmt: skip
    assert [size(text) for text in ("", "1", "1,2,3", "1,x")] == [None, (1.0, 0.0), (1.0, 2.0), None]


def test_the_exchange_of_a_page_that_is_looked_at(goatcounter: Adapted) -> None:
    """As browsers have it: a picture, then a beacon without a body for a click."""
    query = {
        "p": "/pricing",
        "t": "Pricing",
        "r": "https://news.example/x",
        "s": "1280,800,1",
        "q": "?utm_source=letter",
    }
    found = goatcounter.http.get(
        "/count", params=query | {"b": "0", "rnd": "a1b2"}, headers={"referer": "https://example.com/"}
    )
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, PIXEL, "image/gif")
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "x-goatcounter" not in found.headers
    clicked = {"p": "signup", "e": "true", "t": "Sign up"}
    found = goatcounter.http.post("/count", params=clicked, headers={"origin": "https://www.example.com"})
    assert (found.status_code, found.content) == (200, PIXEL)
    goatcounter.counted(2)
    assert goatcounter.table("event") == {"pageview": 1, "signup": 1}
    assert goatcounter.table("source", "visits") == {"letter": 1}
    assert goatcounter.table("referrer", "visits") == {"news.example": 1}
    assert goatcounter.table("screen", "visits") == {"L (992-1439 px)": 1}


def test_what_is_not_counted(goatcounter: Adapted) -> None:
    from_page = {"referer": "https://example.com/"}
    for headers in ({"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}, {"x-moz": "prefetch"}):
        assert goatcounter.http.get("/count", params={"p": "/"}, headers=from_page | headers).status_code == 200
    assert goatcounter.http.head("/count", params={"p": "/"}, headers=from_page).status_code == 200
    found = goatcounter.http.get("/count", headers=from_page)
    assert (found.status_code, found.content) == (400, PIXEL)
    assert found.headers["x-goatcounter"] == "not valid: path: must be set."
    found = goatcounter.http.get("/count", params={"p": "/"}, headers={"referer": "https://else.example/"})
    assert (found.status_code, found.headers["x-goatcounter"]) == (400, "no site at this domain")
    spam = {"p": "/", "r": "https://semalt.com/"}
    found = goatcounter.http.get("/count", params=spam, headers=from_page)
    assert (found.status_code, found.headers["x-goatcounter"]) == (202, "ignored because of spam")
    assert goatcounter.http.get("/count", params={"p": "/", "b": "153"}, headers=from_page).status_code == 200
    goatcounter.counted(1, class_="bot")
    assert goatcounter.table("event") == {}


def test_the_host_that_is_asked_names_the_site(goatcounter: Adapted) -> None:
    found = goatcounter.http.get("/count", params={"p": "/"}, headers={"host": "gc.blog.example"})
    assert found.status_code == 200
    goatcounter.counted(1, "blog.example")


def test_reasons_are_no_header_lines() -> None:
    assert gif(400, "path: ü").headers["x-goatcounter"] == "path: ?"
    found = answer(FULL)
    assert (found.status_code, found.headers["retry-after"], found.body) == (503, "5", PIXEL)
