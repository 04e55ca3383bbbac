"""What every page begins and ends with."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_the_heading_names_site_period_and_days(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("technology", site=site.SITE, from_="2026-11-01", to="2026-11-02")
    assert app.title[0].value == "Technology"
    assert app.caption[0].value == r"shop\.example · 1–2 Nov 2026 · What visitors see the site with."
    named = site.opened("technology", site=site.SITE, period="7d")
    assert named.caption[0].value.startswith(r"shop\.example · Last 7 days · ")


def test_a_page_without_a_title_has_the_site(client: redis_py.Redis) -> None:
    site.ordinary(client, "[x](http)")
    app = site.opened(site="[x](http)", period="7d")
    assert app.title[0].value == r"\[x\]\(http\)"


def test_chips_remove_their_filter_and_all(client: redis_py.Redis) -> None:
    site.ordinary(client)
    given = ["country:DE", "page__not_contains:docs"]
    app = site.opened("technology", site=site.SITE, period="7d", f=given)
    assert [app.button(key=f"chip_{n}").label for n in range(2)] == [
        "Country: **Germany**",
        "Page does not contain **docs**",
    ]
    app.button(key="chip_0").click().run()
    assert site.url(app)["f"] == ["page__not_contains:docs"]
    app = site.opened("technology", site=site.SITE, period="7d", f=given)
    app.button(key="chips_clear").click().run()
    assert "f" not in site.url(app)


def test_what_pages_let_choose_goes_along_to_others(client: redis_py.Redis) -> None:
    """Filters, comparison and choices stay in the address from page to page."""
    site.ordinary(client)
    app = site.opened("technology", site=site.SITE, period="7d", technology="os", compare="year", f="country:DE")
    app.switch_page("app_pages/content.py").run()
    assert not app.exception
    assert site.url(app) == {
        "site": [site.SITE], "period": ["7d"], "f": ["country:DE"], "compare": ["year"], "technology": ["os"],
    }  # fmt: skip
