"""Random filters over random traffic: what every page shows is what brute force over the raw events says.

Each combination of filters is looked at on a few pages; with FOOTFALL_EXAMPLES on all of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import explorer_checks as checks
import explorer_depth_checks as depth
import explorer_side_checks as sides
import explorer_site as site
import pytest
import redis as redis_py
from explorer_shown import Shown
from explorer_traffic import Truth, fed
from test_truth import SITE

from common.saved import GOAL, Saved

POOL = {
    "page": ("/", "/pricing", "/docs", "/blog/a"),
    "page__contains": ("BLOG", "über", "i"),
    "page__not": ("/", "/docs"),
    "entry_page": ("/", "/pricing", "/blog/b"),
    "exit_page__not": ("/", "/docs"),
    "source": ("Google", "(direct)", "Newsletter"),
    "source__not_contains": ("goo", "direct"),
    "channel": ("Organic Search", "Direct"),
    "utm_campaign": ("spring", "(none)"),
    "country": ("DE", "NP", "MT", "(none)"),
    "country__not": ("DE", "(none)"),
    "city": ("Berlin", "Kathmandu", "(none)"),
    "region__matches": ("^B", "a$"),
    "device": ("Desktop", "Mobile"),
    "browser__not_matches": ("^S", "fox$"),
    "language": ("de", "en"),
    "hostname": ("a.example", "b.example"),
    "event": ("pageview", "Signup", "Order"),
    "prop:plan": ("pro", "free", "(none)"),
    "prop:plan__not": ("pro",),
    "class": ("bot", "human"),
}
#: Pages that show no events under filters, or measurements of which brute force knows nothing.
OTHERS = {"health", "sites", "performance"}
COMBINATIONS, A_COMBINATION, SEED = 30, 3, 7
Check = Callable[[Shown, Truth], None]


class Case(NamedTuple):
    """A page, what its address asks besides the view, and the comparison with the truth."""

    page: str
    choices: dict[str, str]
    check: Check


def combinations() -> list[dict[str, list[str]]]:
    """One to three dimensions, each with one or two values."""
    draw = random.Random(SEED)
    found = []
    for number in range(COMBINATIONS):
        chosen = draw.sample(sorted(POOL), (1, 2, 1, 3, 2)[number % 5])
        found.append({name: draw.sample(POOL[name], min(draw.choice((1, 2)), len(POOL[name]))) for name in chosen})
    return found


def tab(page: str, dimension: str, *choices: str) -> Case:
    """One dimension of a page of tables."""
    return Case(
        page, dict([choice.split("=", 1) for choice in choices]), lambda s, t: checks.explored(s, t, dimension, page)
    )


def by(page: str, check: Callable[[Shown, Truth, str], None], name: str, dimension: str, **choices: str) -> Case:
    """A page that takes something apart by a dimension."""
    return Case(page, {name: dimension, **choices}, lambda shown, truth: check(shown, truth, dimension))


def why(metric: str, dimension: str) -> Case:
    """A change taken apart."""
    return Case("changes", {"why": metric, "why_by": dimension}, lambda s, t: sides.changes(s, t, metric, dimension))


_OF = {"goal": depth.SIGNUP, "props_of": "Signup", "prop": "prop:plan"}
#: Page -> what is looked at there, by turns.
PAGES: dict[str, list[Case]] = {
    "overview": [Case("", {}, checks.overview)],
    "content": [
        *(tab("content", name, f"content={name}") for name in ("page", "entry_page", "exit_page", "hostname")),
        Case("content", {"content": "reading"}, checks.reading),
    ],
    "sources": [tab("sources", name, f"sources={name}") for name in ("channel", "source", "utm_campaign", "referrer")],
    "geography": [Case("geography", {}, checks.geography)],
    "technology": [tab("technology", name, f"technology={name}") for name in ("device", "browser", "os", "screen")],
    "events": [by("events", depth.events, "goal_by", name, **_OF) for name in ("source", "page", "prop:plan")],
    "funnels": [Case("funnels", {"steps": f"page:/>page:/blog/*>{depth.SIGNUP}"}, depth.funnels)],
    "journeys": [Case("journeys", {"top": "20"}, depth.journeys)],
    "retention": [Case("retention", {}, depth.retention)],
    "visits": [Case("visits", {"p": str(n)}, lambda s, t, n=n: depth.listed(s, t, n)) for n in (1, 2)],  # type: ignore[misc]
    "heatmaps": [
        Case("heatmaps", {}, depth.clicked),
        Case("heatmaps", {"heat": "scroll"}, depth.scrolled),
        Case("heatmaps", {"heat": "hours"}, depth.hours),
    ],
    "live": [Case("live", {}, sides.live)],
    "engagement": [Case("engagement", {"bounce": "ga4"}, sides.engagement)],
    "bots": [Case("bots", {}, sides.bots)],
    "changes": [
        why("visitors", "country"),
        why("pageviews", "page"),
        why("bounce_rate", "source"),
        why("events", "event"),
    ],
    "compare": [by("compare", sides.compare, "compare_by", name) for name in ("channel", "page", "country")],
    "breakdown": [tab("breakdown", name, f"breakdown={name}") for name in ("event", "prop:plan", "page", "language")],
}  # fmt: skip


def looked_at(page: str) -> list[tuple[dict[str, list[str]], Case]]:
    """The combinations that a page is opened under, by turns with what it lets choose."""
    place, everywhere = list(PAGES).index(page), "FOOTFALL_EXAMPLES" in os.environ
    taken = [
        where for number, where in enumerate(combinations())
        if everywhere or (place - A_COMBINATION * number) % len(PAGES) < A_COMBINATION
    ]  # fmt: skip
    return [(where, PAGES[page][turn % len(PAGES[page])]) for turn, where in enumerate(taken)]


@pytest.fixture
def truth(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Truth:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    saved = Saved(redis, SITE.site)
    saved.put(GOAL, "Signed up", {"event": "Signup"})
    saved.put(GOAL, "Docs", {"page": "/docs"})
    return fed(redis, SEED, site.now_ms())


def test_every_page_is_looked_at_often_enough() -> None:
    assert set(PAGES) == set(site.PAGES) - OTHERS
    assert min(len(looked_at(page)) for page in PAGES) >= 4


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_the_truth(truth: Truth, page: str) -> None:
    full = 0
    for where, case in looked_at(page):
        truth.where = where
        shown = Shown(site.opened(case.page, **truth.params | case.choices))
        empty = _empty(truth, page)
        if empty:
            assert any(text in shown.text for text in ("Nothing matches", "No visit matches", "No traffic")), where
            continue
        full += 1
        try:
            case.check(shown, truth)
        except AssertionError as error:
            raise AssertionError(f"{page} {case.choices} under {where}: {error}") from error
    assert full >= 3


def _empty(truth: Truth, page: str) -> bool:
    """Whether there is nothing that a page could show under the filters."""
    total: Any = truth.totals()
    if page in ("funnels", "live", "bots", "changes", "compare", "geography", "heatmaps"):
        return False
    return (
        not total["visits"]
        if page in ("retention", "visits", "engagement")
        else not (total["events"] or total["visits"])
    )
