"""What visitors see the site with."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py

from explorer import technology


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


@pytest.mark.parametrize(
    ("tab", "visitors"),
    [
        ("device", {"Desktop": 2, "Mobile": 1}),
        ("browser", {"Firefox": 3}),
        ("os", {"Linux": 3}),
        ("screen", {"L": 3}),
        ("language", {"de-DE": 3}),
    ],
)
def test_tabs(client: redis_py.Redis, tab: str, visitors: dict[str, int]) -> None:
    site.ordinary(client)
    app = site.opened("technology", site=site.SITE, period="7d", technology=tab)
    assert not app.exception
    assert app.dataframe[0].value.set_index("name")["visitors"].to_dict() == visitors


def test_without_data_without_matches_and_with_hostile_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    for tab in technology.TABS:
        app = site.opened("technology", site=site.SITE, period="7d", technology=tab)
        assert not app.exception
        assert "](http" not in site.texts(app)
        empty = site.opened("technology", site=site.SITE, from_="2024-01-01", to="2024-01-02", technology=tab)
        assert not empty.exception
        none = site.opened("technology", site=site.SITE, period="7d", f="country:JP", technology=tab)
        assert none.info[0].value.startswith("Nothing matches these filters")
