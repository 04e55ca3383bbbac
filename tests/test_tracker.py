"""Visits of a real browser in; the events that reached the other end out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tracker_site import QUICK, TAG, VISIBILITY, Site, serve

from collector import assets
from collector.assemble import FOLDER, SWITCHED, wish

pytestmark = pytest.mark.browser


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        served.tags = TAG.format("")
        yield served


def test_a_pageview_is_sent_at_once_with_all_its_fields(site: Site, page: Page) -> None:
    page.goto(site.url + "/pricing?utm_source=news", referer="https://search.example/find?q=secret")
    site.wait(page, lambda: bool(site.bodies), 3)
    (body,) = site.bodies
    (event,) = body["events"]
    assert body["site"] == "example.com"
    assert re.fullmatch(r"\d{13}-[0-9.e-]+-0", body["batch"])  # what the page's batches share, and their number
    assert 0 <= event.pop("age") < 2000
    assert event.pop("timezone") == page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert event == {
        "type": "pageview",
        "pathname": "/pricing?utm_source=news",
        "hostname": "127.0.0.1",
        "referrer": "https://search.example/find",
        "title": "Page /pricing",
        "screen": [1280, 900],
    }
    assert site.headers[0]["content-type"] == "text/plain;charset=UTF-8"
    assert site.headers[0]["accept-language"].startswith("en-US")  # tells the language
    assert site.methods == ["POST"]


def test_without_a_site_the_hostname_decides_with_one_warning(site: Site, page: Page) -> None:
    warnings: list[str] = []
    page.on("console", lambda line: warnings.append(line.text) if line.type == "warning" else None)
    site.tags = '<script defer src="/tracker.js"></script>'
    site.visit(page)
    page.evaluate('footfall("Signup")')
    assert "site" not in site.bodies[0]
    assert warnings == ["footfall: no data-site"]


def test_custom_events_wait_for_the_flush_and_travel_together(site: Site, page: Page) -> None:
    site.tags = TAG.format('data-flush="1"')
    site.visit(page)
    page.evaluate("""() => {
      const props = {plan: "pro", seats: 3};
      footfall("Signup", props);
      props.plan = "changed later";
      footfall("Purchase", {}, {revenue: {amount: 49.5, currency: "EUR"}});
      footfall("Seen", undefined, {interactive: false});
    }""")
    page.wait_for_timeout(300)
    assert len(site.bodies) == 1
    site.wait(page, lambda: len(site.events()) >= 4)
    assert [event["type"] for event in site.bodies[1]["events"]][:3] == ["Signup", "Purchase", "Seen"]
    keys = ("pathname", "props", "revenue", "interactive")
    assert [[event.get(key) for key in keys] for event in site.bodies[1]["events"][:3]] == [
        ["/", {"plan": "pro", "seats": 3}, None, None],
        ["/", {}, {"amount": 49.5, "currency": "EUR"}, None],
        ["/", {}, None, False],
    ]
    for event in site.bodies[1]["events"][:3]:
        assert event["screen"] == [1280, 900]
        assert 300 <= event["age"] < 5000


def test_calls_before_the_script_are_replayed_after_the_pageview(site: Site, page: Page) -> None:
    site.tags = (
        "<script>window.footfall=window.footfall||function(){(footfall.q=footfall.q||[]).push(arguments)};"
        'footfall("Early",{n:1})</script>' + QUICK
    )
    site.visit(page)
    site.wait(page, lambda: bool(site.named("Early")))
    assert [event["type"] for event in site.events()][:2] == ["pageview", "Early"]
    assert site.named("Early")[0]["props"] == {"n": 1}


def test_navigation_within_the_page(site: Site, page: Page) -> None:
    site.visit(page, "/a")
    for step in (
        'history.pushState(null, "", "/b"); document.title = "B"',
        'history.replaceState(null, "", "/b")',  # same address: nothing
        'history.pushState(null, "", "/b#part")',  # only the fragment: nothing
        'history.replaceState(null, "", "/b?page=2")',
        "history.go(-2)",  # over /b#part's entry, now /b?page=2, and /b back to /a
    ):
        page.evaluate(step)
        page.wait_for_timeout(200)
    site.wait(page, lambda: len(site.named("pageview")) >= 4)
    table = [(event["pathname"], event["title"], event.get("referrer")) for event in site.named("pageview")]
    assert table == [
        ("/a", "Page /a", ""),
        ("/b", "B", None),
        ("/b?page=2", "B", None),
        ("/a", "B", None),
    ]


def test_engagement_of_the_page_left_within_a_document(site: Site, page: Page) -> None:
    site.visit(page, "/long")
    page.evaluate("scrollTo(0, 600)")
    page.wait_for_timeout(500)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(100)
    page.evaluate('history.pushState(null, "", "/next")')
    site.wait(page, lambda: len(site.named("pageview")) == 2)
    (event,) = site.named("engagement")
    assert (event["pathname"], event["hostname"], event["scroll"]) == ("/long", "127.0.0.1", 50)
    assert 500 <= event["engaged"] < 5000
    assert set(event) == {"type", "pathname", "hostname", "engaged", "scroll", "age"}
    page.wait_for_timeout(100)
    page.evaluate('history.pushState(null, "", "/third")')
    site.wait(page, lambda: len(site.named("engagement")) == 2)
    # Depth begins anew with each page; nobody scrolled this one: 900 of 3,000 px were in view.
    assert [(seen["pathname"], seen["scroll"]) for seen in site.named("engagement")][1] == ("/next", 30)


def test_engagement_counts_only_time_with_focus(site: Site, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        site.visit(page)
        # Playwright makes every page believe that it has the focus.
        session = context.new_cdp_session(page)
        session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
        other = context.new_page()
        other.bring_to_front()
        site.wait(page, lambda: not page.evaluate("document.hasFocus()"))
        page.wait_for_timeout(2500)
        page.evaluate('history.pushState(null, "", "/next")')
        site.wait(page, lambda: len(site.named("pageview")) == 2)
        assert sum(event["engaged"] for event in site.named("engagement")) < 2000


def test_a_long_stay_reports_now_and_then(site: Site, page: Page) -> None:
    site.tags = QUICK
    site.visit(page)
    page.wait_for_timeout(2000)
    assert len(site.named("engagement")) == 0
    site.wait(page, lambda: len(site.named("engagement")) == 1, 5)  # at the first tick after 5 s
    page.evaluate("scrollTo(0, 2000)")
    page.wait_for_timeout(5500)
    assert len(site.named("engagement")) == 1  # the next one would come a minute later
    page.evaluate('history.pushState(null, "", "/next")')
    site.wait(page, lambda: len(site.named("engagement")) == 2, 3)
    assert [event["scroll"] for event in site.named("engagement")] == [30, 97]
    assert [event["engaged"] >= 5000 for event in site.named("engagement")] == [True, True]


def test_clicks_only_where_wanted_and_never_their_text(site: Site, page: Page) -> None:
    site.tags = QUICK
    site.visit(page)
    page.click("#go")
    page.wait_for_timeout(600)
    assert site.named("click") == []
    site.tags = TAG.format('data-flush="0.3" data-clicks')
    site.visit(page)
    page.click("#go", position={"x": 5, "y": 6})
    page.evaluate('document.querySelector("#go").click()')  # without a pointer: no place
    site.wait(page, lambda: bool(site.named("click")))
    (event,) = site.named("click")
    assert (event["pathname"], event["x"], event["y"], event["target"]) == ("/", 14, 206, "button#go.big")
    assert event["screen"] == [1280, 900]
    assert set(event) == {*("type", "pathname", "hostname", "x", "y", "target", "age", "screen", "timezone", "props")}


def test_a_long_address_is_sent_whole(site: Site, page: Page) -> None:
    """The collector cuts paths and reads queries; what tells the source may come last."""
    long = f"/landing?token={'x' * 1500}&utm_source=news"
    site.visit(page, long)
    assert [event["pathname"] for event in site.named("pageview")] == [long]


def test_a_page_back_from_the_cache_is_a_new_pageview(site: Site, browser: Browser, chromium: str) -> None:
    kept = browser.browser_type.launch(
        executable_path=chromium,
        args=["--no-sandbox", "--disable-gpu"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    with kept, kept.new_page() as page:
        site.visit(page, "/one")
        page.evaluate("window.alive = true")
        site.visit(page, "/two")
        page.go_back(wait_until="commit")
        site.wait(page, lambda: len(site.named("pageview")) == 3)
        assert page.evaluate("window.alive") is True  # else it was loaded afresh, and proves nothing
    views = [(event["pathname"], event.get("referrer")) for event in site.named("pageview")]
    assert views == [("/one", ""), ("/two", ""), ("/one", None)]


def test_a_prerendered_page_counts_when_it_is_shown(site: Site, page: Page) -> None:
    page.add_init_script('Object.defineProperty(document, "prerendering", {value: true, configurable: true})')
    page.goto(site.url)
    page.evaluate('footfall("Early")')
    page.wait_for_timeout(300)
    assert site.bodies == []
    page.evaluate('document.dispatchEvent(new Event("prerenderingchange"))')
    site.wait(page, lambda: bool(site.bodies))
    assert [event["type"] for event in site.events()] == ["pageview", "Early"]


def test_nothing_is_stored_and_no_other_host_is_asked(site: Site, page: Page) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    site.tags = TAG.format('data-flush="0.3" data-clicks')
    site.visit(page)
    page.click("#go")
    page.evaluate('footfall("Signup", {plan: "pro"}); history.pushState(null, "", "/next")')
    site.wait(page, lambda: bool(site.named("Signup")) and bool(site.named("click")))
    left = page.evaluate("""async () => [document.cookie, localStorage.length, sessionStorage.length,
      (await indexedDB.databases()).length, (await caches.keys()).length]""")
    assert left == ["", 0, 0, 0, 0]
    assert page.context.cookies() == []
    assert all(url.startswith(site.url + "/") for url in requests)
    assert not any("cookie" in header for header in site.headers)


def test_the_endpoint_can_be_elsewhere(site: Site, page: Page) -> None:
    site.tags = TAG.format(f'data-endpoint="http://localhost:{site.port}/api/track"')
    site.visit(page)
    assert site.headers[0]["host"] == f"localhost:{site.port}"


def test_the_demo_page_works_under_its_own_policy(site: Site, page: Page) -> None:
    trouble: list[str] = []
    page.on("console", lambda line: trouble.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    site.visit(page, "/demo")
    page.click("nav a[href='/demo/pricing']")
    page.click("#signup")
    page.click("#buy")
    page.go_back()
    site.wait(page, lambda: len(site.named("pageview")) == 3)
    page.wait_for_selector("#sent li[data-status=acknowledged]")
    page.evaluate(VISIBILITY, "hidden")
    site.wait(page, lambda: bool(site.named("Purchase")))
    assert [event["pathname"] for event in site.named("pageview")] == ["/demo", "/demo/pricing", "/demo"]
    assert [event["title"] for event in site.named("pageview")][1] == "Pricing – Footfall demo"
    assert site.named("Signup")[0]["props"] == {"plan": "pro"}
    assert {body["site"] for body in site.bodies} == {"demo"}
    assert "Signup" in page.inner_text("#sent")
    assert page.get_attribute("#explorer", "href") == "http://127.0.0.1:8501"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert trouble == []


def test_the_tracker_stays_small() -> None:
    every = ",".join(SWITCHED)
    sizes = [len(assets.tracker(wish(asked)).gzip or b"") for asked in ("core", "", every)]
    assert sizes[0] <= 1_000
    assert sizes[1] <= 1_515
    assert sizes[2] <= 2_200
    assert not re.search(rb"cookie|localStorage|sessionStorage|indexedDB", assets.tracker().body)


def test_types_declare_what_the_module_exports(site: Site, page: Page) -> None:
    types = (FOLDER / "footfall.d.ts").read_text()
    page.goto(site.url + "/missing")
    exported = page.evaluate(
        """async () => {
          const { init, ...others } = await import("/tracker.all.module.js");
          init({ site: "example.com" });
          return [Object.keys({ init, ...others }).sort(), init.length, typeof window.footfall];
        }"""
    )
    assert exported == [sorted(re.findall(r"^export const (\w+)", types, re.MULTILINE)), 1, "function"]
    declared = re.search(r"\(name: string, props\?: Props, details\?: Details\): void", types)
    assert declared
    details = types.partition("interface Details {")[2].partition("\n}")[0]
    page.evaluate(
        'footfall("Typed", {}, {revenue: {amount: 1, currency: "EUR"}, interactive: false, pathname: "/typed"})'
    )
    page.evaluate(VISIBILITY, "hidden")
    site.wait(page, lambda: bool(site.named("Typed")))
    (event,) = site.named("Typed")
    assert set(re.findall(r"^  (\w+)\?:", details, re.MULTILINE)) <= set(event)
    assert event["pathname"] == "/typed"
