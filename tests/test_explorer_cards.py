"""Cards of the overview: what their tabs show, and the way to the rows they do not."""

from __future__ import annotations

from types import SimpleNamespace

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
    cut = {card["title"]: card["all"] for card in site.cards(app) if card["all"]}
    assert list(cut) == ["Pages"]  # the other cards are whole
    assert cut["Pages"]["label"] == "All 101 rows"
    assert cut["Pages"]["href"].startswith("content?")
    assert "content=page" in cut["Pages"]["href"]


def test_without_custom_events(client: redis_py.Redis) -> None:
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    site.feed(client, site.visit(1, noon, "/"))
    app = site.opened(site=site.SITE, period="7d")
    assert "No custom events. Send one:" in site.texts(app)


def test_what_the_browser_draws(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened(site=site.SITE, period="7d")
    shown = {card["title"]: card for card in site.cards(app)}
    assert list(shown) == ["Pages", "Sources", "Places", "Devices", "Events"]
    pages = shown["Pages"]
    assert (pages["tabs"], pages["open"], pages["choice"]) == (["Pages", "Entry pages", "Exit pages"], 0, None)
    assert pages["columns"] == ["Page", "Visitors", "Share", "Views"]
    assert [row["name"] for row in pages["rows"]] == ["/pricing", "/", "/docs"]
    assert shown["Events"]["columns"][-1] == "Events"


@pytest.mark.parametrize(
    ("card", "tab", "chosen", "label", "options", "rows"),
    [
        (cards.SOURCES, 3, 0, "Campaign tag", len(cards._UTM), ["(none)"]),
        (cards.SOURCES, 3, 1, "Campaign tag", len(cards._UTM), ["(none)"]),
        (cards.EVENTS, 1, 0, "Property", 1, ["pro"]),
        (cards.EVENTS, 1, 7, "Property", 1, ["pro"]),  # of another site, which had more
    ],
)
def test_a_tab_that_offers_a_choice(
    client: redis_py.Redis, card: cards.Card, tab: int, chosen: int, label: str, options: int, rows: list[str]
) -> None:
    site.ordinary(client)
    state = {f"tab_{card.key}": tab, f"choice_{card.key}_{tab}": chosen}
    app = site.opened(state=state, site=site.SITE, period="7d")
    shown = next(found for found in site.cards(app) if found["title"] == card.title)
    assert (shown["open"], shown["choice"]["label"], len(shown["choice"]["options"])) == (tab, label, options)
    assert shown["choice"]["chosen"] == (chosen if chosen < options else 0)
    assert [row["name"] for row in shown["rows"]] == rows


@pytest.mark.parametrize(
    ("told", "filters"),
    [
        (["card_pages", 1], (("page", "/b"),)),
        (["card_pages", 7], ()),
        (["card_pages", -1], ()),
        (["card_nothing", 0], ()),
        (["card_pages"], ()),
        ([["card_pages"], 0], ()),
        ("card_pages", ()),
        (None, ()),
    ],
)
def test_a_row_is_what_its_card_last_showed(
    told: object, filters: tuple[tuple[str, str], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    drilled: list[tuple[str, str]] = []
    state = {"chooser": SimpleNamespace(chosen=told), "card_rows": {"card_pages": ("page", ["/a", "/b"])}}
    monkeypatch.setattr(cards.st, "session_state", state)
    monkeypatch.setattr(cards.lists.filters, "drill", lambda *chosen: drilled.append(chosen))
    cards._row_chosen()
    assert tuple(drilled) == filters


@pytest.mark.parametrize(
    ("told", "tabs"),
    [
        (["card_pages", 2], {"tab_card_pages": 2}),
        (["card_pages", 3], {}),  # it has three
        (["card_pages", -1], {}),
        (["card_devices", 1], {}),  # is not shown
        (["card_pages"], {}),
        (None, {}),
    ],
)
def test_a_tab_is_one_that_its_card_has(told: object, tabs: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {"cards": SimpleNamespace(tab=told)}
    monkeypatch.setattr(cards.st, "session_state", state)
    cards._tab_chosen([cards.PAGES, cards.SOURCES])
    assert {name: value for name, value in state.items() if name != "cards"} == tabs
