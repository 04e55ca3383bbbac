"""Other products' clients, unmodified, in a real browser in; what `Traffic` says of their visits out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from client_pages import pages
from collectors import Served, environ_of, serving
from playwright.sync_api import Page
from tracker_site import VISIBILITY

from common.frames import Traffic
from common.settings import Settings

pytestmark = pytest.mark.browser
WEBSITE = "0c1f4a52-3f5a-4d68-9f3c-5f8b8f1f2a10"


@pytest.fixture
def traffic(settings: Settings, redis: redis_py.Redis) -> Traffic:
    return Traffic(site="example.com", client=redis, settings=replace(settings, sites={"example.com": "UTC"}))


@pytest.fixture
def collector(settings: Settings, free_port: Callable[[], int], tmp_path: Path) -> Iterator[Served]:
    environ = environ_of(settings) | {"FOOTFALL_SITES": "example.com", "FOOTFALL_UMAMI_SITES": f"{WEBSITE}=example.com"}
    with serving(environ, free_port(), tmp_path / "log") as served:
        yield served


def until(page: Page, ready: Callable[[], bool], seconds: float = 15) -> None:
    """Let the page run until something has come through."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it did not come through"
        page.wait_for_timeout(50)


def table(traffic: Traffic, dimension: str, metric: str) -> dict[str, Any]:
    today = traffic.today()
    frame = traffic.breakdown(dimension, today, today)
    return {name: figure for name, figure in zip(frame[dimension], frame[metric].tolist(), strict=True) if figure}


def totals(traffic: Traffic) -> dict[str, float]:
    today = traffic.today()
    found: dict[str, float] = traffic.totals(today, today).to_dict()
    return found


ANSWERS = "window.answers = []; const callback = (answer) => window.answers.push(answer);"

NPM = """import { init, track } from "/clients/plausible-analytics-tracker/plausible.js";
%s
init({ domain: "example.com", endpoint: "%s/api/event", captureOnLocalhost: true, outboundLinks: true,
       fileDownloads: true, formSubmissions: true, customProperties: { theme: "dark" } });
window.track = (name, options) => track(name, { ...options, callback });"""


def test_plausibles_own_tracker(collector: Served, traffic: Traffic, page: Page) -> None:
    page.context.route("https://out.example/**", lambda route: route.fulfill(body="out"))
    with pages(NPM % (ANSWERS, collector.url)) as site:
        page.goto(f"{site}/pricing?utm_source=letter&utm_medium=email#top", referer="https://news.example/thread")
        until(page, lambda: totals(traffic)["pageviews"] == 1)
        page.evaluate("scrollTo(0, 1200)")
        page.wait_for_timeout(300)
        page.evaluate('track("Signup", { props: { plan: "pro", trial: true, seats: 3 } })')
        page.evaluate('track("Purchase", { revenue: { currency: "EUR", amount: "49.90" } })')
        page.evaluate('track("Seen", { interactive: false })')
        for name in ("#file", "#send", "#tagged", "#out"):
            page.click(name)
        until(page, lambda: totals(traffic)["events"] == 8)
        page.evaluate('history.pushState(null, "", "/next?page=2")')
        until(page, lambda: totals(traffic)["events"] == 9 and totals(traffic)["engagement"] > 0)
        assert page.evaluate("answers") == [{"status": 202}] * 3
    found = totals(traffic)
    assert [found[name] for name in ("visitors", "visits", "pageviews", "events", "bounce_rate")] == [1, 1, 2, 9, 0]
    assert table(traffic, "event", "events") == {
        "pageview": 2,
        "Signup": 1,
        "Purchase": 1,
        "Seen": 1,
        "File Download": 1,
        "Form: Submission": 1,
        "Tagged one": 1,
        "Outbound Link: Click": 1,
    }
    assert table(traffic, "page", "pageviews") == {"/pricing": 1, "/next": 1}
    assert table(traffic, "source", "visits") == {"letter": 1}
    assert table(traffic, "referrer", "visits") == {"news.example": 1}
    assert table(traffic, "utm_medium", "visits") == {"email": 1}
    assert table(traffic, "entry_page", "visits") == {"/pricing": 1}
    assert table(traffic, "exit_page", "visits") == {"/next": 1}
    assert table(traffic, "prop:theme", "events") == {"dark": 9}
    assert table(traffic, "prop:plan", "events") == {"pro": 2}
    assert table(traffic, "prop:trial", "events")["true"] == 1
    assert table(traffic, "prop:path", "events")["/pricing"] == 1  # of the form, which the script does not say
    assert table(traffic, "prop:url", "events") == {
        "https://out.example/x": 1,
        f"{site}/empty/report.pdf": 1,
    }
    today = traffic.today()
    assert traffic.revenue(today, today)[["event", "currency", "amount"]].to_numpy().tolist() == [
        ["Purchase", "EUR", 4990]
    ]
    depth = table(traffic, "page", "scroll")["/pricing"]
    assert 65 <= depth <= 75  # (1,200 px + a window of 900) of 3,000


def test_plausibles_tracker_when_a_page_is_left(collector: Served, traffic: Traffic, page: Page) -> None:
    with pages(NPM % (ANSWERS, collector.url)) as site:
        page.goto(f"{site}/long")
        until(page, lambda: totals(traffic)["pageviews"] == 1)
        page.wait_for_timeout(1_000)
        page.evaluate(VISIBILITY, "hidden")
        until(page, lambda: totals(traffic)["engagement"] > 0)
    assert 1 <= totals(traffic)["engagement"] < 10
    assert (totals(traffic)["pageviews"], totals(traffic)["bounce_rate"]) == (1, 1)


OLDER = """import Plausible from "/clients/plausible-tracker/index.js";
%s
const plausible = Plausible({ domain: "example.com", apiHost: "%s", trackLocalhost: true, hashMode: true });
plausible.enableAutoPageviews();
window.track = (name, props) => plausible.trackEvent(name, { props, callback: () => callback(name) });"""


def test_plausibles_older_tracker(collector: Served, traffic: Traffic, page: Page) -> None:
    with pages(OLDER % (ANSWERS, collector.url)) as site:
        page.goto(f"{site}/app#/users/7?tab=a", referer="https://www.google.com/search?q=secret")
        until(page, lambda: totals(traffic)["pageviews"] == 1)
        page.evaluate('track("Signup", { plan: "pro" })')
        page.evaluate('location.hash = "/done"')
        until(page, lambda: totals(traffic)["events"] >= 3)
        assert page.evaluate("answers") == ["Signup"]
    assert table(traffic, "page", "pageviews") == {"/app/users/7": 1, "/app/done": 2}  # it has popstate and hashchange
    assert table(traffic, "source", "visits") == {"Google": 1}
    assert table(traffic, "prop:plan", "events")["pro"] == 1
    assert table(traffic, "screen", "visits") == {"L (992-1439 px)": 1}


UMAMI = """import { Umami } from "/clients/umami-node/index.mjs";
const umami = new Umami({ websiteId: "%s", hostUrl: "%s", userAgent: "ignored by browsers" });
window.answers = [];
window.track = async (...given) => window.answers.push(await (await umami.track(...given)).json());
window.identify = async (...given) => window.answers.push(await (await umami.identify(...given)).json());"""


def test_umamis_own_client(collector: Served, traffic: Traffic, page: Page) -> None:
    with pages(UMAMI % (WEBSITE, collector.url)) as site:
        page.goto(f"{site}/")
        sent = {
            "hostname": "example.com",
            "url": "/pricing?utm_source=letter",
            "screen": "1920x1080",
            "title": "Pricing",
        }
        page.evaluate("(sent) => track(sent)", sent)
        page.evaluate('track("Signup", { plan: "pro" })')
        page.evaluate('identify({ name: "Ann" })')
        until(page, lambda: totals(traffic)["events"] == 2)
        answers = page.evaluate("answers")
    assert [sorted(answer) for answer in answers] == [["cache", "sessionId", "visitId"]] * 3
    assert table(traffic, "event", "events") == {"pageview": 1, "Signup": 1}
    assert table(traffic, "source", "visits") == {"letter": 1}
    assert table(traffic, "prop:plan", "events")["pro"] == 1
