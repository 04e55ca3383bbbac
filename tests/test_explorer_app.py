"""Every page with data, without data, with hostile texts, without Redis, and with one that goes away meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import explorer_site as site
import pytest
import redis as redis_py

from explorer.source import Source

#: Those of explorer/app.py: a page that is added there is covered here.
PAGES = tuple(site.PAGES)
_EVIL = "](http://evil.test/x)"
#: What pages let choose, said by somebody who means harm.
_CHOICES = {
    "steps": f"page:{site.HOSTILE[1]}>event:[event](http://evil.test)>page:<script>",
    "at": f"page:{site.HOSTILE[2]}",
    "goal": "event:[event](http://evil.test)",
    "heat_page": site.HOSTILE[0],
    "content_q": f"![q{_EVIL}",
    "breakdown": "prop:![key](http://evil.test)",
    "a": f"@[a{_EVIL}",
    "rule": "f=browser:%5Bb%5D(http://evil.test)",
    "bounce": "own:<script>",
    "p": "99999999999",
}


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def now_and_clicked(client: redis_py.Redis, page: str, target: str) -> None:
    """Somebody who is here now, and clicks, and whose browser measures: what Live, Heatmaps and Performance show."""
    begin = site.now_ms() - 60_000
    click = site.custom(9, begin + 5_000, "click", page=page, x=10, y=20, target=target)
    vitals = site.custom(9, begin + 6_000, "vitals", page=page, props={"lcp": "1200"})
    site.feed(client, [*site.visit(9, begin, page), click, vitals], collector="now")


@pytest.mark.parametrize("page", PAGES)
def test_with_data(client: redis_py.Redis, page: str) -> None:
    site.ordinary(client)
    now_and_clicked(client, "/", "a#buy")
    app = site.opened(page, site=site.SITE, period="7d", f="hostname:shop.example")
    assert not app.exception
    assert not app.error
    assert app.dataframe or site.lists(app) or [item for item in app.expander if "Google" in item.label]
    if page != "sites":
        assert app.sidebar.selectbox(key="site_choice").value == site.SITE


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
    now_and_clicked(client, site.HOSTILE[0], f"<img src=x>[t{_EVIL}")
    chosen = _CHOICES if filtered else {}
    app = site.opened(page, site=site.SITE, period="7d", f=list(filtered), **chosen)
    assert not app.exception
    rendered = site.texts(app)
    assert "](http://evil" not in rendered
    assert "<script>" not in rendered
    assert "<img" not in rendered
    assert not app.table
    if filtered and page not in ("health", "sites"):
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
    if page == PAGES[0]:
        app.button(key="retry").click().run()
        assert app.title[0].value == "Redis is away"


@pytest.mark.parametrize("page", [page for page in PAGES if page != "sites"])
def test_redis_that_goes_away_meanwhile(client: redis_py.Redis, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """It still said which sites there are."""
    site.ordinary(client)

    def gone(*_: Any) -> None:
        raise redis_py.ConnectionError("Connection refused")

    monkeypatch.setattr(Source, "revisions", gone)
    app = site.opened(page, site=site.SITE, period="7d")
    assert not app.exception
    assert app.title[0].value == "Redis is away"
    assert len(app.error) == 1


def test_redis_that_comes_back(client: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site.ordinary(client)
    monkeypatch.setenv("FOOTFALL_REDIS_URL", "redis://127.0.0.1:1/0")
    app = site.opened(site=site.SITE, period="7d")
    assert app.title[0].value == "Redis is away"
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    app.button(key="retry").click().run()
    assert site.tiles(app)["Visitors"][0] == "3"


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_RAW_DAYS", "many")
    app = site.opened()
    assert not app.exception
    assert "FOOTFALL_RAW_DAYS" in app.error[0].value
