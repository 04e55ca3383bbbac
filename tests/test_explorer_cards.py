"""Cards of the overview: what their tabs show, and the way to the rows they do not."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py

from common.frames import DIMENSIONS
from explorer import cards, content, sources, technology

CARDS = (cards.PAGES, cards.SOURCES, cards.PLACES, cards.DEVICES, cards.EVENTS)
OPENS = {"content": content.TABS, "sources": sources.TABS, "technology": technology.TABS}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.title)
def test_every_tab_is_of_a_dimension_that_the_card_s_page_can_show(card: cards.Card) -> None:
    for dimension in card.tabs.values():
        assert dimension in (*DIMENSIONS, "utm", "prop")
        if card.page in OPENS and dimension != "utm":
            assert dimension in OPENS[card.page]
    if "utm" in card.tabs.values():
        assert set(cards._UTM) <= set(OPENS[card.page])


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_a_card_that_is_cut_leads_to_all_rows(client: redis_py.Redis) -> None:
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    site.feed(client, [event for n in range(101) for event in site.visit(n + 1, noon + n, f"/{n}")])
    app = site.opened(site=site.SITE, period="7d")
    assert not app.exception
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert "content=page" in links["All 101 rows"]
    assert sum(label.startswith("All ") for label in links) == 1  # the other cards are whole


def test_without_custom_events(client: redis_py.Redis) -> None:
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    site.feed(client, site.visit(1, noon, "/"))
    app = site.opened(site=site.SITE, period="7d")
    assert "No custom events. Send one:" in site.texts(app)
