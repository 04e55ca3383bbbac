"""Choices of pages: what the URL says is shown, what is chosen goes there, and what it cannot mean is the first."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    return redis


@pytest.mark.parametrize(("said", "shown"), [("europe", "europe"), ("mars", "world"), ("", "world")])
def test_the_url_is_read(client: redis_py.Redis, said: str, shown: str) -> None:
    app = site.opened("geography", site=site.SITE, period="7d", **({"area": said} if said else {}))
    assert app.selectbox(key="area_choice").value == shown


def test_the_url_is_written_and_the_first_needs_no_saying(client: redis_py.Redis) -> None:
    app = site.opened("geography", site=site.SITE, period="7d", f="country:DE")
    app.selectbox(key="area_choice").select("asia").run()
    assert site.url(app)["area"] == ["asia"]
    assert site.url(app)["f"] == ["country:DE"]
    app.selectbox(key="area_choice").select("world").run()
    assert "area" not in site.url(app)
