"""Bodies with a key in; whose visits they were, and the answer, out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis as redis_py
from adapted import KEY, KEYS, OTHER_KEY, Adapted, adapted
from collectors import CHROME, FIREFOX, environ_of, serving, wait_for

from common.frames import Traffic
from common.settings import Settings


@pytest.fixture
def keyed(settings: Settings, redis: redis_py.Redis) -> Iterator[Adapted]:
    with adapted(replace(settings, api_keys=KEYS), redis) as running:
        yield running


def post(running: Adapted, body: Any, key: str | None = KEY) -> tuple[int, Any]:
    headers = {"user-agent": "back-end/1"} | ({"authorization": f"Bearer {key}"} if key else {})
    kept = {"content": body} if isinstance(body, bytes) else {"json": body}
    found = running.http.post("/api/track", headers=headers, **kept)
    return found.status_code, found.json()


def accepted(number: int, **dropped: int) -> tuple[int, Any]:
    return 202, {"accepted": number, "dropped": dropped}


def test_visitors_are_who_the_caller_says(keyed: Adapted) -> None:
    """An event's facts go before the batch's; a visitor's own id before both."""
    batch = {
        "batch": "b1",
        "address": "203.0.113.1",
        "userAgent": CHROME,
        "language": "de",
        "country": "DE",
        "events": [
            {"pathname": "/a"},
            {"pathname": "/b", "address": "203.0.113.2"},
            {"pathname": "/b", "userAgent": FIREFOX, "language": "fr", "country": "FR"},
            {"pathname": "/c", "visitor": "v1", "address": "203.0.113.3"},
            {"pathname": "/c", "visitor": "v1"},
        ],
    }
    for _ in range(2):  # the second time it is known by its id
        assert post(keyed, batch) == accepted(5)
    keyed.counted(5)
    assert keyed.table("page", "visitors") == {"/a": 1, "/b": 2, "/c": 1}
    assert keyed.table("browser", "visitors") == {"Chrome": 3, "Firefox": 1}
    assert keyed.table("country", "visitors") == {"DE": 3, "FR": 1}
    assert keyed.table("language", "visitors") == {"de": 3, "fr": 1}


def test_nothing_of_the_back_end_is_taken_for_the_visitors(keyed: Adapted) -> None:
    assert post(keyed, {"pathname": "/", "visitor": "v"}) == accepted(1)
    keyed.counted(1)
    assert keyed.table("browser", "visitors") == {"(none)": 1}


def test_without_a_key_the_facts_are_ignored(keyed: Adapted) -> None:
    events = [{"pathname": "/", "site": "example.com", "address": f"203.0.113.{n}", "visitor": "v"} for n in range(3)]
    assert post(keyed, events, None) == accepted(3)
    keyed.counted(3)
    assert keyed.table("page", "visitors") == {"/": 1}


def test_a_key_speaks_for_its_sites_only(keyed: Adapted) -> None:
    events = [{"pathname": "/"}, {"pathname": "/", "site": "a.example"}, {"pathname": "/", "hostname": "b.example"}]
    assert post(keyed, events) == accepted(2, site=1)
    assert post(keyed, events, OTHER_KEY) == accepted(2, site=1)
    assert post(keyed, {"site": "example.com", "events": events[:1]}, OTHER_KEY) == accepted(0, site=1)
    keyed.counted(2)
    keyed.counted(1, "a.example")
    keyed.counted(1, "b.example")


@pytest.mark.parametrize("key", ["k" * 15, "", "ö"])
def test_an_unknown_key(keyed: Adapted, key: str) -> None:
    headers = {"authorization": f"Bearer {key}".encode("latin-1")}
    found = keyed.http.post("/api/track", json={"pathname": "/"}, headers=headers)
    assert (found.status_code, found.json()) == (401, {"error": "authorization: unknown key"})
    assert found.headers["www-authenticate"] == "Bearer"


def test_a_bad_event_costs_only_itself(keyed: Adapted) -> None:
    events = [{"pathname": "/"}, {"pathname": 7}, {"pathname": "no"}, {"pathname": "/", "address": "home"}]
    assert post(keyed, events) == accepted(1, invalid=3)
    assert post(keyed, events[1:2])[1]["error"].startswith("pathname: ")
    assert post(keyed, events[2:3])[1]["error"].startswith("pathname: ")
    assert post(keyed, events[3:]) == (400, {"error": "address: expected an IP address"})
    assert post(keyed, {"address": 7, "events": events[:1]}) == (
        400,
        {"error": "address: expected `str | null`, got `int`"},
    )
    assert post(keyed, b"no json")[0] == 400
    keyed.counted(1)
    assert keyed.dropped() == {"invalid": 4}


def test_no_rate_applies_to_a_back_end(keyed: Adapted) -> None:
    body = {"address": "203.0.113.1", "events": [{"pathname": "/"}] * 100}
    assert [post(keyed, body)[0] for _ in range(25)] == [202] * 25
    alone = {"site": "example.com", "events": [{"pathname": "/"}] * 100}
    assert 429 in [post(keyed, alone, None)[0] for _ in range(25)]


def test_the_fast_way_leaves_keys_to_the_usual_one(
    settings: Settings, redis: redis_py.Redis, free_port: Any, tmp_path: Any
) -> None:
    environ = environ_of(settings) | {"FOOTFALL_API_KEYS": f"example.com={KEY}"}
    with serving(environ, free_port(), tmp_path / "log") as served:
        events = [{"pathname": "/", "address": f"203.0.113.{n}", "userAgent": CHROME} for n in range(3)]
        for key, status in ((KEY, 202), ("wrong", 401)):
            assert served.post(events, authorization=f"Bearer {key}").status_code == status
        traffic = Traffic(site="example.com", client=redis, settings=settings)
        wait_for(lambda: traffic.totals(traffic.today(), traffic.today())["visitors"] == 3)
    for file in [tmp_path / "log", *(tmp_path / "data").rglob("*")]:
        assert not file.is_file() or (KEY.encode() not in file.read_bytes() and b"203.0.113." not in file.read_bytes())
