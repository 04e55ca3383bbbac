"""Two hundred visits over a bad network in; how many of their events arrived, and how often, out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tracker_site import TAG, Site, serve

pytestmark = pytest.mark.browser
TABS, ROUNDS = 20, 10


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        served.tags = TAG.format("")
        yield served


def leave(page: Page, how: int) -> Page:
    """The next visit begins in this tab, one back, or in a tab of its own once this one is closed."""
    if how == 0:
        context = page.context
        page.close()
        return context.new_page()
    if how == 1:
        page.go_back(wait_until="domcontentloaded")
        page.go_forward(wait_until="domcontentloaded")
    return page


def test_nearly_everything_arrives_and_nothing_twice(site: Site, browser: Browser) -> None:
    """A fifth of all requests fail, and for 5 s all of them; tabs are closed, pages are gone back to."""
    chance = random.Random(20261125)
    site.failing = lambda: chance.random() < 0.2
    made: Counter[str] = Counter()
    with browser.new_context(viewport={"width": 800, "height": 600}) as context:
        tabs = [context.new_page() for _ in range(TABS)]
        for turn in range(ROUNDS):
            for place, page in enumerate(tabs):
                number = turn * TABS + place
                page.goto(f"{site.url}/{number}", wait_until="commit")
                made[f"pageview /{number}"] += 1
            if turn == ROUNDS // 2:
                context.set_offline(True)
                tabs[0].wait_for_timeout(5_000)
                context.set_offline(False)
            for place, page in enumerate(tabs):
                number = turn * TABS + place
                page.evaluate(f"footfall('Read', {{n: {number}}})")
                made[f"Read {number}"] += 1
                if number % 2:  # with a pageview the event travels at once; else only as the page is left
                    page.evaluate(f"history.pushState(null, '', '/{number}/more')")
                    made[f"pageview /{number}/more"] += 1
                page.wait_for_timeout(chance.randrange(50))  # and as long as the others take, some 2 s in all
            tabs = [leave(page, chance.randrange(3)) for page in tabs]
        for page in tabs:
            page.goto("about:blank")
        tabs[0].wait_for_timeout(2_000)
    seen = Counter(
        f"Read {event['props']['n']}" if event["type"] == "Read" else f"pageview {event['pathname']}"
        for event in site.events()
        if event["type"] in ("Read", "pageview")
    )
    # Whoever goes back and forward sees those pages again.
    again = {key for key in seen if seen[key] > made[key]}
    assert not {key for key in again if key.startswith("Read")}
    lost = sorted(made - seen)
    share = 1 - len(lost) / made.total()
    print(f"{made.total()} made, {len(lost)} lost ({share:.2%}), {len(site.bodies)} batches")
    assert share >= 0.99, lost
