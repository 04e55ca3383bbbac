"""The API through real HTTP: what notebooks get, as JSON and CSV; tokens; and what is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import explorer_site as site
import pytest
import redis as redis_py
from starlette.applications import Starlette
from starlette.testclient import TestClient

from common import tokens
from common.frames import Traffic
from common.settings import Settings
from explorer import api

YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
DAYS = {"from": YESTERDAY, "to": YESTERDAY}


@pytest.fixture
def ask(redis: redis_py.Redis, redis_url: str) -> Iterator[Any]:
    """Asks for a path of the site with a right token, or with another."""
    site.ordinary(redis)
    token = tokens.make(redis, site.SITE, "notebook", tokens.READ)
    sites = api.Sites(lambda: Settings(redis_url=redis_url))
    with TestClient(Starlette(routes=api.routes(sites))) as client:

        def get(name: str, given: Any = DAYS, token: str | None = token, of: str = site.SITE) -> Any:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            return client.get(f"/api/v1/sites/{of}/{name}", params=given, headers=headers)

        yield get
    sites.client.close()


def test_answers_are_those_of_traffic(ask: Any, redis: redis_py.Redis) -> None:
    traffic = Traffic(site=site.SITE, client=redis, settings=Settings())
    told = ask("totals").json()
    assert told["data"] == [
        {"visitors": 3, "visits": 3, "pageviews": 5, "events": 6, "views_per_visit": 1.6666666667,
         "bounce_rate": 0.3333333333, "visit_duration": 8.3333333333, "engagement": 0.0}
    ]  # fmt: skip
    assert told["about"]["answered_by"] == "rollups"
    pages = ask("breakdown", DAYS | {"dimension": "page", "f": ["country:DE"], "limit": "2"}).json()
    frame = traffic.breakdown("page", YESTERDAY, YESTERDAY, where={"country": ["DE"]}, limit=2)
    assert [row["page"] for row in pages["data"]] == frame["page"].tolist()
    assert [row["visitors"] for row in pages["data"]] == frame["visitors"].tolist()
    assert pages["about"]["answered_by"] == "raw events"
    assert [row["pageviews"] for row in ask("series", DAYS | {"grain": "hour"}).json()["data"]].count(0) == 23
    steps = ask("funnel", DAYS | {"steps": ["page:/", "page:/docs"]}).json()["data"]
    assert [(row["name"], row["visitors"]) for row in steps] == [("/", 2), ("/docs", 1)]
    assert ask("live", {}).json()["data"] == [{"value": 0}]
    assert ask("properties").json()["data"] == [{"value": "prop:plan"}]


@pytest.mark.parametrize("name", [each.name for each in api.ENDPOINTS])
def test_every_question_is_answered(ask: Any, name: str) -> None:
    endpoint = next(each for each in api.ENDPOINTS if each.name == name)
    given: dict[str, Any] = dict(DAYS) if endpoint.dated else {}
    given |= {
        param.name: {"dimension": "os", "steps": "page:/", "goal": "page:/"}[param.name]
        for param in endpoint.params
        if param.required
    }
    answer = ask(name, given)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"data", "about"}


def test_ids_of_visitors_are_texts_and_csv_has_no_formulas(ask: Any, redis: redis_py.Redis) -> None:
    rows = ask("events", DAYS | {"f": "page:/docs"}).json()["data"]
    assert [(row["visitor"], row["time"][:10]) for row in rows] == [("0000000000000001", YESTERDAY)]
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    site.feed(redis, [site.custom(9, noon, "Paid", props={"note": "+value"})], collector="b")
    answer = ask("breakdown", DAYS | {"dimension": "prop:note", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "'+value" in [row[0] for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("totals", {"from": YESTERDAY}, "to is missing: a day such as"),
        ("totals", {"from": "yesterday", "to": YESTERDAY}, "from=yesterday: expected a day such as"),
        ("totals", {"from": YESTERDAY, "to": "2020-01-01"}, "lies after to=2020-01-01"),
        ("totals", DAYS | {"f": "planet:Mars"}, "f=planet:Mars: expected DIMENSION:VALUE"),
        ("totals", DAYS | {"f": "page__matches:("}, "f=page__matches:(: expected DIMENSION:VALUE"),
        ("totals", DAYS | {"limit": "5"}, "limit: no parameter of totals, which takes f, format, from, to"),
        ("breakdown", DAYS, "dimension is missing"),
        ("breakdown", DAYS | {"dimension": "planet"}, "dimension='planet': expected one of page"),
        ("breakdown", DAYS | {"dimension": "os", "limit": "0"}, "limit=0: expected a whole number from 1 to 100,000"),
        ("series", DAYS | {"grain": "minute"}, "grain='minute': expected one of 15min"),
        ("funnel", DAYS | {"steps": "price"}, "steps: step 1 is 'price'"),
        ("totals", DAYS | {"format": "xml"}, "format=xml: expected json or csv"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(ask: Any, name: str, given: dict[str, Any], message: str) -> None:
    answer = ask(name, given)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_only_a_token_of_the_site_reads_it(ask: Any, redis: redis_py.Redis) -> None:
    other = tokens.make(redis, "other.example", "x", tokens.READ)
    share = tokens.make(redis, site.SITE, "public", tokens.SHARE)
    assert ask("totals", token=None).status_code == 401
    for token, of in ((other, site.SITE), (share, site.SITE), ("ff_guess", site.SITE), ("ff_guess", "nobody.example")):
        answer = ask("totals", token=token, of=of)
        assert (answer.status_code, answer.json()) == (403, {"error": "the token is not one of this site"})


def test_redis_away_is_503(redis_url: str) -> None:
    sites = api.Sites(lambda: Settings(redis_url="redis://127.0.0.1:1/0"))
    with TestClient(Starlette(routes=api.routes(sites))) as client:
        answer = client.get("/api/v1/sites/a.com/totals", headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "127.0.0.1:1" in answer.json()["error"]
