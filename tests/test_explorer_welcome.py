"""First steps: no site, a site that waits, its first event, and a site nobody knows."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py

from common import keys
from common.known import Known, encode


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setattr("common.reader._TRUST", 0.0)  # what was fed a moment ago is asked for at once
    site.forget()
    return redis


def test_from_nothing_to_the_first_figures(client: redis_py.Redis) -> None:
    app = site.opened()
    assert not app.exception
    assert app.title[0].value == "Welcome to Footfall"
    assert "/demo)" in site.texts(app)
    app.text_input(key="new_site").set_value(site.SITE)
    app.button[-1].click().run()
    assert site.url(app)["site"] == [site.SITE]
    assert "Waiting for the first event" in app.info[0].value
    assert f'data-site="{site.SITE}"' in app.code[0].value
    site.feed(client, site.visit(1, site.now_ms() - 5_000, "/"))
    app.run()
    assert site.tiles(app)["Visitors"][0] == "1"
    assert not app.exception


def test_a_list_of_sites_has_no_demo(client: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_SITES", "shop.example=Asia/Tokyo")
    app = site.opened()
    assert "Waiting for the first event" in app.info[0].value
    assert "/demo)" not in site.texts(app)


@pytest.mark.parametrize("page", ["", "breakdown", "health"])
def test_an_unknown_site_offers_the_known_ones(client: redis_py.Redis, page: str) -> None:
    site.ordinary(client)
    app = site.opened(page, site="<b>[x](http://evil.test)</b>")
    assert not app.exception
    assert app.title[0].value == "No such site"
    app.button(key=f"known_{site.SITE}").click().run()
    assert site.url(app)["site"] == [site.SITE]
    assert not app.exception


def test_data_of_an_import_counts_as_begun(client: redis_py.Redis) -> None:
    site.ordinary(client)
    client.hset(keys.sites(), site.SITE, encode(Known("UTC", 0)))
    assert not site.opened(site=site.SITE).info
