"""One made-up visit: a pageview first, events in order and within a visit's pause, facts of one person."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from collector.demo_tables import Page, Weighted, tables
from collector.demo_visit import PRICES, Hit, Person, Story
from common.calendars import PAUSE

PERSON = Person("192.0.2.1", "Firefox", "Europe/Berlin", "de-DE", (1_000.0, 800.0))
START = 1_790_000_000_000


def visits(source: str, count: int, seed: int = 1) -> list[list[Hit]]:
    """Visits from a source, one after the other."""
    chance = random.Random(seed)
    pages: dict[str, list[tuple[Page, float]]] = {}
    for page in tables().pages:
        pages.setdefault(page.kind, []).append((page, page.weight))
    known = {kind: Weighted(some) for kind, some in pages.items()}
    return [Story(chance, known, "demo", PERSON).visit(tables().named(source), START) for _ in range(count)]


@pytest.mark.parametrize("source", ["direct", "github", "ads"])
def test_a_visit_hangs_together(source: str) -> None:
    for hits in visits(source, 200):
        assert hits[0].raw.type == "pageview"
        assert hits[0].request.now == START
        times = [hit.request.now for hit in hits if hit.raw.type != "click"]
        assert times == sorted(times)
        assert all(later - earlier <= PAUSE for earlier, later in pairwise(times))
        assert {(hit.request.address, hit.request.user_agent, hit.raw.timezone) for hit in hits} == {PERSON[:3]}


def test_only_the_first_page_came_from_the_source() -> None:
    views = [[hit.raw for hit in hits if hit.raw.type == "pageview"] for hits in visits("ads", 100)]
    for first, *others in views:
        assert first.referrer == "https://www.google.com/"
        assert len((first.pathname or "").partition("gclid=")[2]) == 24
        assert all((view.referrer or "").partition("demo/")[1] and "?" not in (view.pathname or "") for view in others)
    assert len({view[0].pathname for view in views}) == 100


def test_sources_differ_in_how_long_people_stay() -> None:
    single = {
        source: sum(sum(hit.raw.type == "pageview" for hit in hits) == 1 for hits in visits(source, 1_000)) / 1_000
        for source in ("github", "x")
    }
    assert single["github"] < 0.5
    assert single["x"] > 0.65


def test_signals_and_conversions_are_plausible() -> None:
    raws = [hit.raw for hits in visits("direct", 3_000) for hit in hits]
    assert {raw.type for raw in raws} - {"error"} == {
        "pageview", "engagement", "click", "vitals", "Signup", "Purchase", "Download", "Outbound Link: Click", "404",
    }  # fmt: skip
    for raw in raws:
        match raw.type:
            case "engagement":
                assert 0 < (raw.engaged or 0) <= 1_500_000
                assert 15 <= (raw.scroll or 0) <= 100
            case "click":
                assert 0 <= (raw.x or 0) < 1_000
                assert (raw.y or 0) > 0
                assert raw.target
                assert raw.props
                assert raw.props.keys() == {"across", "down"}
            case "Purchase":
                assert raw.revenue
                assert raw.props
                times = 10 if raw.props["period"] == "year" else 1
                assert (raw.revenue.amount, raw.revenue.currency) == (PRICES[raw.props["plan"]] * times, "EUR")
            case "404":
                assert not raw.interactive
