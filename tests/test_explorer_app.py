"""Every page with data, without data, with hostile texts, and without Redis."""

from __future__ import annotations

from collections.abc import Callable

import explorer_site as site
import pytest
import redis as redis_py

PAGES = ("", "breakdown", "health", "sites", "changes", "engagement", "bots")


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


@pytest.mark.parametrize("page", PAGES)
def test_with_data(client: redis_py.Redis, page: str) -> None:
    site.ordinary(client)
    app = site.opened(page, site=site.SITE, period="7d")
    assert not app.exception
    assert not app.error
    assert app.dataframe or site.lists(app)


@pytest.mark.parametrize("page", PAGES)
def test_without_data(client: redis_py.Redis, page: str) -> None:
    app = site.opened(page)
    assert not app.exception
    assert app.text_input(key="new_site").value == ""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "filtered", [(), (f"page:{site.HOSTILE[2]}", "prop:%21%5Bkey%5D%28http%3A//evil.test%29:+value")]
)
def test_hostile_texts_stay_texts(client: redis_py.Redis, page: str, filtered: tuple[str, ...]) -> None:
    site.hostile(client)
    app = site.opened(page, site=site.SITE, period="7d", f=list(filtered))
    assert not app.exception
    rendered = site.texts(app)
    assert "](http://evil" not in rendered
    assert "<script" not in rendered
    assert "<img" not in rendered
    assert not app.table
    if filtered and page in ("", "breakdown"):
        assert "\\!\\[image\\]\\(http\\:\u2060\\/\\/evil\\.test\\/i\\.png\\)" in rendered


@pytest.mark.parametrize("page", PAGES)
def test_without_redis(free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", f"redis://someone:secret@127.0.0.1:{free_port()}/0")
    site.forget()
    app = site.opened(page)
    assert not app.exception
    assert app.title[0].value == "Redis is away"
    assert len(app.error) == 1
    assert "secret" not in site.texts(app)
    app.button(key="retry").click().run()
    assert app.title[0].value == "Redis is away"


def test_redis_that_comes_back(client: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site.ordinary(client)
    monkeypatch.setenv("FOOTFALL_REDIS_URL", "redis://127.0.0.1:1/0")
    app = site.opened(site=site.SITE, period="7d")
    assert app.title[0].value == "Redis is away"
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    app.button(key="retry").click().run()
    assert next(tile.value for tile in app.metric if tile.label == "Visitors") == "3"


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_RAW_DAYS", "many")
    app = site.opened()
    assert not app.exception
    assert "FOOTFALL_RAW_DAYS" in app.error[0].value
