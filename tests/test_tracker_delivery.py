"""Pages left, outages and refusals in; the batches that reached the other end, and how often, out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from tracker_site import QUICK, TAG, VISIBILITY, Site, serve

pytestmark = pytest.mark.browser

COUNT_BEACONS = """window.beacons = []; window.fetches = [];
  const beacon = navigator.sendBeacon.bind(navigator), fetched = window.fetch;
  navigator.sendBeacon = (url, body) => {
    window.beacons.push(body);
    return window.refuse ? false : beacon(url, body);
  };
  window.fetch = (url, options) => (window.fetches.push(options), fetched(url, options));"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        served.tags = TAG.format("")
        yield served


def test_leaving_the_page_sends_what_waits_as_a_beacon(site: Site, page: Page) -> None:
    site.visit(page, "/one")
    page.evaluate('footfall("Late")')
    page.wait_for_timeout(200)
    page.goto("about:blank")
    site.wait(page, lambda: len(site.bodies) == 4)
    # Three times, since it holds more than engagement and nobody could try again.
    assert [[event["type"] for event in body["events"]] for body in site.bodies] == [
        ["pageview"],
        *[["Late", "engagement"]] * 3,
    ]
    assert len(set(site.batches())) == 2
    assert site.headers[1]["content-type"] == "text/plain;charset=UTF-8"
    modes = [header["sec-fetch-mode"] for header in site.headers]
    assert modes == ["cors", "no-cors", "no-cors", "no-cors"]  # no-cors: a beacon
    assert set(site.methods) == {"POST"}


def test_leaving_with_engagement_alone_is_one_beacon(site: Site, page: Page) -> None:
    site.visit(page, "/one")
    page.wait_for_timeout(400)
    page.goto("about:blank")
    site.wait(page, lambda: bool(site.named("engagement")))
    page.wait_for_timeout(500)
    assert [[event["type"] for event in body["events"]] for body in site.bodies] == [["pageview"], ["engagement"]]


def test_a_beacon_is_sent_again_under_the_same_id_on_return(site: Site, page: Page) -> None:
    page.add_init_script(COUNT_BEACONS)
    site.tags = TAG.format('data-flush="5"')
    site.visit(page)
    page.wait_for_timeout(200)
    page.evaluate('footfall("Late")')
    page.evaluate(VISIBILITY, "hidden")
    site.wait(page, lambda: len(site.bodies) == 2)
    page.evaluate('dispatchEvent(new PageTransitionEvent("pagehide"))')
    page.wait_for_timeout(300)
    assert len(site.bodies) == 2  # nothing new to tell
    page.evaluate(VISIBILITY, "visible")
    site.wait(page, lambda: len(site.bodies) == 3)
    page.evaluate(VISIBILITY, "hidden")
    page.wait_for_timeout(300)
    first, beacon, again = site.batches()[:3]
    assert first != beacon == again
    assert page.evaluate("fetches.every((options) => options.keepalive)")
    # The last hiding told of some more engagement; what was acknowledged meanwhile did not go again.
    assert page.evaluate("beacons.filter((text) => text.includes('Late')).length") == 1


def test_a_refused_beacon_falls_back_to_a_fetch_that_outlives_the_page(site: Site, page: Page) -> None:
    page.add_init_script(COUNT_BEACONS)
    site.visit(page)
    page.evaluate('window.refuse = true; footfall("Late")')
    page.wait_for_timeout(200)  # for the pageview's acknowledgement
    page.goto("about:blank")
    site.wait(page, lambda: bool(site.named("Late")))
    assert {header["sec-fetch-mode"] for header in site.headers} == {"cors"}  # a beacon's is no-cors


def test_hiding_sends_a_fetch_in_flight_again(site: Site, page: Page) -> None:
    """Nobody would be there to try again if it failed; the collector knows its id."""
    site.delay = 0.5
    page.goto(site.url)
    site.wait(page, lambda: bool(site.bodies))
    page.wait_for_timeout(150)  # an engagement shorter than a tenth of a second is none
    page.evaluate(VISIBILITY, "hidden")
    site.wait(page, lambda: len(site.bodies) == 3)
    assert [[event["type"] for event in body["events"]] for body in site.bodies] == [
        ["pageview"],
        ["pageview"],
        ["engagement"],
    ]
    assert len(set(site.batches())) == 2


def test_leaving_does_not_wait_for_a_retry(site: Site, page: Page) -> None:
    page.add_init_script(COUNT_BEACONS + "window.refuse = true;")
    site.answers = [(503, {"Retry-After": "60"})]
    site.visit(page)
    page.wait_for_timeout(200)
    page.goto("about:blank")
    site.wait(page, lambda: len(site.bodies) >= 2)
    assert len(site.named("pageview")) == 1


@pytest.mark.parametrize("status", [503, 429])
def test_a_batch_not_taken_is_sent_again_under_the_same_id(site: Site, page: Page, status: int) -> None:
    page.add_init_script("Math.random = () => 0.25")
    site.answers = [(status, {}), (status, {})]
    site.visit(page)
    site.wait(page, lambda: len(site.bodies) == 3)
    page.wait_for_timeout(300)
    first, second, third = site.bodies
    assert first["batch"] == second["batch"] == third["batch"]
    ages = [body["events"][0]["age"] for body in site.bodies]
    assert ages[1] - ages[0] >= 1500  # 1 s and a quarter of 2 s
    assert ages[2] - ages[1] >= 2000  # 1 s and a quarter of 4 s


def test_retry_after_is_honoured_also_across_origins(site: Site, page: Page) -> None:
    # localhost is another origin than 127.0.0.1, though the same server.
    site.tags = f'<script defer src="http://localhost:{site.port}/tracker.js" data-site="example.com"></script>'
    site.answers = [(429, {"Retry-After": "3"})]
    site.visit(page)
    site.wait(page, lambda: len(site.bodies) == 2)
    first, second = (body["events"][0]["age"] for body in site.bodies)
    assert second - first >= 4000  # 3 s, and at least 1 s of backoff
    assert site.headers[0]["host"] == f"localhost:{site.port}"
    assert site.headers[0]["origin"] == site.url
    assert site.methods == ["POST", "POST"]  # no preflight


def test_without_a_network_batches_wait(site: Site, page: Page) -> None:
    site.visit(page)
    page.context.set_offline(True)
    page.evaluate('history.pushState(null, "", "/offline")')
    page.wait_for_timeout(500)
    assert len(site.bodies) == 1
    page.context.set_offline(False)
    site.wait(page, lambda: len(site.named("pageview")) == 2)


def test_a_batch_refused_for_good_is_dropped(site: Site, page: Page) -> None:
    site.answers = [(400, {}), (413, {})]
    site.visit(page, "/a")
    for path in ("/b", "/c"):
        page.evaluate(f'history.pushState(null, "", "{path}")')
        page.wait_for_timeout(300)
    site.wait(page, lambda: len(site.bodies) == 3)
    page.wait_for_timeout(1500)
    assert len(set(site.batches())) == len(site.bodies) == 3


def test_many_events_are_split_and_sent_one_request_at_a_time(site: Site, page: Page) -> None:
    site.tags, site.delay = QUICK, 0.05
    site.visit(page)
    page.evaluate('for (let n = 0; n < 300; n++) footfall("E", {n, text: n < 150 ? "" : "é".repeat(300)})')
    site.wait(page, lambda: len(site.named("E")) >= 300)
    assert [event["props"]["n"] for event in site.named("E")] == list(range(300))
    assert max(len(body["events"]) for body in site.bodies) <= 100
    assert max(site.sizes) <= 16384
    assert site.most == 1


def test_a_batch_holds_a_hundred_events_however_small(site: Site, page: Page) -> None:
    site.tags = '<script defer src="/tracker.core.options.js" data-flush="0.3"></script>'
    site.visit(page)
    page.evaluate('for (let n = 0; n < 250; n++) footfall("", {})')
    page.evaluate("""for (let n = 0; n < 250; n++) footfall("E", 0, {pathname: "/", hostname: "", n})""")
    site.wait(page, lambda: len(site.named("E")) >= 250)
    assert [event["n"] for event in site.named("E")] == list(range(250))
    assert max(len(body["events"]) for body in site.bodies) <= 100


def test_an_outage_keeps_the_newest_twenty_batches(site: Site, page: Page) -> None:
    site.tags = QUICK
    site.answers = [(503, {})]
    site.visit(page)
    page.evaluate('for (let n = 0; n < 2500; n++) footfall("E", {n})')
    site.wait(page, lambda: any(event["props"]["n"] == 2499 for event in site.named("E")))
    numbers = [event["props"]["n"] for event in site.named("E")]
    assert numbers == list(range(numbers[0], 2500))
    assert 1500 <= numbers[0] <= 2300
    assert len(set(site.batches())) <= 1 + 20


def test_what_cannot_be_sent_breaks_neither_page_nor_batch(site: Site, page: Page) -> None:
    site.tags = QUICK
    site.visit(page)
    page.evaluate("""() => {
      const ring = {}; ring.ring = ring;
      footfall("Ring", ring); footfall("Huge", {text: "x".repeat(20000)}); footfall(); footfall("Good");
    }""")
    site.wait(page, lambda: bool(site.named("Good")))
    assert {event["type"] for event in site.events()} <= {"pageview", "Good", "engagement"}


def test_two_copies_count_once_and_two_sites_both(site: Site, page: Page) -> None:
    other = QUICK.replace("example.com", "other.example")
    site.tags = QUICK + QUICK + other
    page.goto(site.url)
    site.wait(page, lambda: len(site.bodies) >= 2)
    page.evaluate('footfall("Signup")')
    site.wait(page, lambda: len(site.named("Signup")) >= 2)
    page.wait_for_timeout(500)
    for kind in ("pageview", "Signup"):
        sites = [body["site"] for body in site.bodies for event in body["events"] if event["type"] == kind]
        assert sorted(sites) == ["example.com", "other.example"]


@pytest.mark.parametrize(
    ("jump", "least", "most"),
    [
        ("365 * 864e5", 500, 20_000),  # set right by a year: not believed
        ("-3600e3", 500, 20_000),  # set back
        ("1800e3", 1_800_000, 1_820_000),  # slept for half an hour while performance.now() stood still
    ],
)
def test_ages_survive_a_changed_clock(site: Site, page: Page, jump: str, least: int, most: int) -> None:
    site.tags = TAG.format('data-flush="1"')
    site.visit(page)
    page.evaluate(f'footfall("E"); const now = Date.now; Date.now = () => now() + {jump};')
    site.wait(page, lambda: bool(site.named("E")))
    assert least <= site.named("E")[0]["age"] <= most
