"""GoatCounter's batches of back ends in; what was counted, and its answers, out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis as redis_py
from adapted import KEY, KEYS, OTHER_KEY, Adapted, adapted
from collectors import CHROME

from common.settings import Settings

NO_SESSION = "session or browser/IP not set; use no_sessions if you don't want to track unique visits"
WHO = {"ip": "203.0.113.1", "user_agent": CHROME, "location": "AT"}


@pytest.fixture
def goatcounter(settings: Settings, redis: redis_py.Redis) -> Iterator[Adapted]:
    named = {"gc.b.example": "b.example"}
    with adapted(replace(settings, api_keys=KEYS, goatcounter_sites=named), redis) as running:
        yield running


def post(running: Adapted, body: object, key: str = KEY, **headers: str) -> tuple[int, Any]:
    found = running.http.post("/api/v0/count", json=body, headers={"authorization": f"Bearer {key}"} | headers)
    return found.status_code, found.json()


def test_a_batch(goatcounter: Adapted) -> None:
    hits = [
        WHO | {"path": "/a", "title": "A", "ref": "https://news.example/", "size": [1920, 1080, 1]},
        WHO | {"path": "/b?x=y", "created_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()},
        {"path": "signup", "event": True, "session": "s1", "language": "de", "size": "390,844,3"},
        {"path": "/b", "session": "s1", "query": "?utm_source=letter"},
    ]
    assert post(goatcounter, {"hits": hits}) == (202, {"status": "ok"})
    goatcounter.counted(4)
    assert goatcounter.table("event") == {"pageview": 3, "signup": 1}
    assert goatcounter.table("page", "visitors") == {"/a": 1, "/b": 2, "/": 1}
    assert goatcounter.table("country", "visitors") == {"AT": 1, "(none)": 1}
    assert goatcounter.table("hostname", "visitors") == {"example.com": 2}


def test_errors_by_place_while_the_others_are_counted(goatcounter: Adapted) -> None:
    hits = [
        {"path": "/nobody"},
        WHO | {"path": ""},
        WHO | {"path": "/bot", "bot": 7},
        WHO | {"path": "/address", "ip": "here"},
        WHO | {"path": "/when", "created_at": "soon"},
        WHO | {"path": "/counted"},
    ]
    expected = {
        "0": NO_SESSION,
        "1": "path: must be set.",
        "2": "wrong value: b=7",
        "3": "ip: not an IP address",
        "4": "created_at: not a date and time",
    }
    assert post(goatcounter, {"hits": hits}) == (400, {"errors": expected})
    goatcounter.counted(1)


def test_without_sessions_each_is_somebody_else(goatcounter: Adapted) -> None:
    assert post(goatcounter, {"no_sessions": True, "hits": [{"path": "/"}, {"path": "/"}]}) == (202, {"status": "ok"})
    goatcounter.counted(2)
    assert goatcounter.table("page", "visitors") == {"/": 2}


def test_bots_and_old_ones(goatcounter: Adapted) -> None:
    hits = [WHO | {"path": "/", "bot": 153}, WHO | {"path": "/old", "created_at": "2020-01-01T00:00:00Z"}]
    found = goatcounter.http.post("/api/v0/count", json={"hits": hits}, headers={"authorization": f"Bearer {KEY}"})
    assert (found.status_code, found.headers["x-footfall-dropped"]) == (202, "old=1")
    goatcounter.counted(1, class_="bot")


def test_refused_as_a_whole(goatcounter: Adapted) -> None:
    assert goatcounter.http.post("/api/v0/count", json={}).json() == {"error": "no Authorization header"}
    assert post(goatcounter, {"hits": [WHO]}, "wrong") == (401, {"error": "unknown token"})
    assert post(goatcounter, {"hits": []}) == (400, {"error": "no hits"})
    most = "maximum amount of pageviews in one batch is 500"
    assert post(goatcounter, {"hits": [WHO | {"path": "/"}] * 501}) == (400, {"error": most})
    status, answer = post(goatcounter, {"hits": "many"})
    assert (status, "hits" in answer["error"]) == (400, True)


def test_a_token_for_two_sites_needs_the_host_that_names_one(goatcounter: Adapted) -> None:
    body = {"hits": [WHO | {"path": "/"}]}
    assert post(goatcounter, body, OTHER_KEY) == (400, {"error": "no site at this domain"})
    assert post(goatcounter, body, OTHER_KEY, host="gc.b.example") == (202, {"status": "ok"})
    goatcounter.counted(1, "b.example")
