"""An address with a token shows one view to anybody, small groups left out; nothing else is to be had with it."""

from __future__ import annotations

from collections.abc import Iterator

import explorer_site as site
import pytest
import redis as redis_py
from starlette.applications import Starlette
from starlette.testclient import TestClient

from common import tokens
from common.saved import TOKEN, Saved
from common.settings import Settings
from explorer import api, share


@pytest.fixture
def web(redis_url: str) -> Iterator[TestClient]:
    sites = api.Sites(lambda: Settings(redis_url=redis_url))
    with TestClient(Starlette(routes=[*api.routes(sites), *share.routes(sites)])) as client:
        yield client
    sites.client.close()


def test_one_view_as_of_now(redis: redis_py.Redis, web: TestClient) -> None:
    site.ordinary(redis)
    token = tokens.make(redis, site.SITE, "all", tokens.SHARE, view="period=7d", floor=2)
    answer = web.get(f"/share/{site.SITE}/{token}?f=country:FR&period=today")  # what a visitor adds counts for nothing
    assert answer.status_code == 200
    assert "Germany" in answer.text
    assert "France" not in answer.text
    assert "Last" not in answer.headers.get("set-cookie", "")
    small = tokens.make(redis, site.SITE, "french", tokens.SHARE, view="period=7d&f=country:FR", floor=2)
    assert "fewer than 2" in web.get(f"/share/{site.SITE}/{small}").text


def test_it_is_kept_for_a_minute_and_ends_with_its_token(
    redis: redis_py.Redis, web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.ordinary(redis)
    token = tokens.make(redis, site.SITE, "all", tokens.SHARE, view="period=7d", floor=0)
    made: list[object] = []
    monkeypatch.setattr(share, "summary", lambda *given: made.append(given) or share_summary(*given))
    for _ in range(3):
        assert web.get(f"/share/{site.SITE}/{token}").status_code == 200
    assert len(made) == 1
    Saved(redis, site.SITE).drop(TOKEN, "all")
    assert web.get(f"/share/{site.SITE}/{token}").status_code == 404


share_summary = share.summary


def test_other_tokens_and_sites_show_nothing(redis: redis_py.Redis, web: TestClient) -> None:
    site.ordinary(redis)
    read = tokens.make(redis, site.SITE, "api", tokens.READ)
    shared = tokens.make(redis, site.SITE, "all", tokens.SHARE, view="period=7d")
    for path in (f"{site.SITE}/{read}", f"other.example/{shared}", f"{site.SITE}/ff_guess"):
        answer = web.get(f"/share/{path}")
        assert (answer.status_code, "Nothing is shared" in answer.text) == (404, True)
    headers = {"authorization": f"Bearer {shared}"}
    assert web.get(f"/api/v1/sites/{site.SITE}/live", headers=headers).status_code == 403


def test_redis_away() -> None:
    sites = api.Sites(lambda: Settings(redis_url="redis://127.0.0.1:1/0"))
    with TestClient(Starlette(routes=share.routes(sites))) as web:
        answer = web.get("/share/a.com/ff_x")
    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("period=7d&site=other.example", "--share: site: expected period, from, to"),
        ("f=planet:Mars", "f=planet:Mars: expected DIMENSION:VALUE"),
    ],
)
def test_what_cannot_be_shared_is_named(view: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        share.refuse(view)
