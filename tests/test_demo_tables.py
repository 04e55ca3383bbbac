"""The demo's tables: what they name exists, and the rest of the product reads it as it is meant."""

from __future__ import annotations

import random
from collections import Counter

from collector.demo_tables import Weighted, tables
from common.enrich.acquisition import acquisition, own_hosts
from common.enrich.client import language
from common.enrich.geo import country_of_zone
from common.enrich.user_agent import agent


def test_draws_by_weight() -> None:
    chance, weighted = random.Random(1), Weighted([("often", 3), ("seldom", 1), ("never", 0)])
    drawn = Counter(weighted.draw(chance) for _ in range(4_000))
    assert set(drawn) == {"often", "seldom"}
    assert 2_850 < drawn["often"] < 3_150


def test_every_kind_that_is_named_has_pages() -> None:
    known = tables()
    kinds = {page.kind for page in known.pages}
    assert kinds == set(known.kinds)
    assert {name for kind in known.kinds.values() for name in kind.next.things} <= kinds
    assert {name for source in known.sources.things for name in source.landing.things} <= kinds
    assert len(known.pages) == len({page.path for page in known.pages}) == 41


def test_user_agents_are_what_they_are_meant_to_be() -> None:
    known = tables()
    people = [agent(who.user_agent) for who in known.agents.things]
    assert {who.class_ for who in people} == {"human"}
    assert {who.device for who in people} == {"Desktop", "Mobile", "Tablet", "Other"}
    assert {who.browser for who in people} >= {"Chrome", "Firefox", "Safari", "Edge", "Opera", "Samsung Internet"}
    assert {who.os for who in people} >= {"Windows", "macOS", "Linux", "iOS", "Android", "ChromeOS"}
    programs = {agent(who.user_agent)[::2] for who in (*known.crawlers, *known.pollers)}
    assert programs >= {
        ("bot", "Googlebot"),
        ("bot", "bingbot"),
        ("bot", "curl"),
        ("bot", "UptimeRobot"),
        ("ai", "GPTBot"),
        ("ai", "ClaudeBot"),
        ("ai", "PerplexityBot"),
    }


def test_places_are_countries_with_languages() -> None:
    places = tables().places.things
    assert len({country_of_zone(place.zone) for place in places} - {""}) == 37
    assert all(language(tag) == tag for place in places for tag in place.languages.things)


def test_sources_come_out_as_channels() -> None:
    own = own_hosts("demo", "demo")
    found = {
        (source.name, came.source, came.channel)
        for source in tables().sources.things
        for came in [acquisition(source.referrer, source.query, own)]
        if source.name != "partner"
    }
    assert found == {
        ("direct", "(direct)", "Direct"),
        ("google", "Google", "Organic Search"),
        ("bing", "Bing", "Organic Search"),
        ("duckduckgo", "DuckDuckGo", "Organic Search"),
        ("ecosia", "Ecosia", "Organic Search"),
        ("hackernews", "Hacker News", "Organic Social"),
        ("reddit", "Reddit", "Organic Social"),
        ("x", "X (Twitter)", "Organic Social"),
        ("linkedin", "LinkedIn", "Organic Social"),
        ("mastodon", "Mastodon", "Organic Social"),
        ("youtube", "YouTube", "Organic Video"),
        ("github", "GitHub", "Referral"),
        ("chatgpt", "ChatGPT", "AI Assistants"),
        ("perplexity", "Perplexity", "AI Assistants"),
        ("gemini", "Gemini", "AI Assistants"),
        ("newsletter", "newsletter", "Email"),
        ("ads", "Google", "Paid Search"),
        ("social-ads", "LinkedIn", "Paid Social"),
    }
