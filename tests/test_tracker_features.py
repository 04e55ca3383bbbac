"""What people do in a real browser in, each optional part by itself; what `Traffic` tells of it out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from collectors import Served, environ_of, serving, wait_for
from tracker_site import Site, serve

from common import embedded, store, valkey
from common.frames import Traffic
from common.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
#: Clicks that would leave the page stay on it.
STAY = """addEventListener("click", (event) => event.target.href && event.preventDefault());
addEventListener("submit", (event) => event.preventDefault());"""
CONTENT = f"""<script>{STAY}</script>
<a id="out" href="https://other.example/page?token=secret#part">Out</a>
<a id="mail" href="mailto:me@example.com">Mail</a>
<a id="file" href="/files/Report.pdf?token=secret">Report</a> <a id="same" href="/same">Same</a>
<button id="tagged" data-footfall-event="Signup" data-footfall-plan="pro" data-footfall-seat-count="3" data-id="7">
<b id="inner">Sign up</b></button>
<form id="order"><input id="name" value="Ada"><button id="send">Send</button></form>
<form id="login" data-footfall-event="Login" data-footfall-kind="password"><button id="enter">Enter</button></form>"""


class Far(NamedTuple):
    """A site with a collector behind it."""

    site: Site
    served: Served
    settings: Settings
    browser: Browser

    def open(self, name: str, parts: str, attributes: str = "") -> BrowserContext:
        """A person's browser; pages carry the tag with these parts."""
        self.site.content, self.site.policy = CONTENT, ""
        self.site.tags = (
            f'<script defer src="{self.served.url}/tracker{parts and "." + parts}.js" data-site="{name}"'
            f' data-flush="0.5" {attributes}></script>'
        )
        return self.browser.new_context(viewport={"width": 1280, "height": 900})

    def events(self, name: str, count: int) -> list[dict[str, Any]]:
        """Pageviews and custom events of a site, once there are so many."""
        with store.connect(self.settings.redis_url or "") as client:
            traffic = Traffic(site=name, client=client, settings=self.settings)
            found: list[dict[str, Any]] = []

            def arrived() -> bool:
                rows = traffic.events(traffic.today(), traffic.today())
                found[:] = [row for row in rows.to_dict("records") if row["event"] != "engagement"]
                return len(found) >= count

            try:
                wait_for(arrived, 20)
            except AssertionError:
                raise AssertionError(f"{found}") from None
            return found


@pytest.fixture(scope="module")
def far(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """On a server of its own: others empty theirs between two of these tests."""
    folder = tmp_path_factory.mktemp("features")
    joined = embedded.join(folder / "valkey")
    settings = Settings(redis_url=joined.url, data=folder / "data")
    try:
        with serve() as site, serving(environ_of(settings), valkey.free_port(), folder / "log") as served:
            yield Far(site, served, settings, browser)
    finally:
        joined.close(wait=True)


def told(rows: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, str]]]:
    """Event, page and properties of all but pageviews."""
    return [(row["event"], row["page"], dict(row["props"] or {})) for row in rows if row["event"] != "pageview"]


Steps = Callable[["Page"], object]
ANNOUNCED: dict[str, tuple[str, str, Steps, list[tuple[str, str, dict[str, str]]]]] = {
    "outbound": (
        "outbound",
        "/",
        lambda page: [page.click(f"#{name}") for name in ("out", "mail", "same")],
        [("Outbound Link: Click", "/", {"url": "https://other.example/page"})],
    ),
    "downloads": (
        "downloads.outbound",
        "/",
        lambda page: [page.click(f"#{name}") for name in ("file", "same")],
        [("File Download", "/", {"url": "{site}/files/Report.pdf"})],
    ),
    "forms": ("forms", "/", lambda page: page.click("#send"), [("Form: Submission", "/", {"form": "order"})]),
    "attributes": (
        "attributes",
        "/",
        lambda page: [page.click(f"#{name}") for name in ("inner", "enter", "same")],
        [("Signup", "/", {"plan": "pro", "seat-count": "3"}), ("Login", "/", {"kind": "password"})],
    ),
    "notfound": ("notfound", "/missing/page", lambda page: None, [("404", "/missing/page", {"path": "/missing/page"})]),
    "found": ("notfound", "/here", lambda page: page.evaluate("footfall('Here')"), [("Here", "/here", {})]),
    "errors": (
        "errors",
        "/",
        lambda page: page.evaluate("for (let n = 0; n < 3; n++) setTimeout(() => { throw TypeError('no such') })"),
        [("error", "/", {"message": r"Uncaught TypeError: no such.*"})],
    ),
    "rejections": (
        "errors",
        "/",
        lambda page: page.evaluate("void Promise.reject(new Error('gone'))"),
        [("error", "/", {"message": r"Error: gone.*"})],
    ),
    "revenue": (
        "",
        "/",
        lambda page: page.evaluate("footfall('Purchase', {plan: 'team'}, {revenue: {amount: 49.5, currency: 'EUR'}})"),
        [("Purchase", "/", {"plan": "team"})],
    ),
    "nested": (
        "",
        "/",
        lambda page: page.evaluate("footfall('Nested', {plan: 'pro', deep: {no: 1}, list: [1], big: 'x'.repeat(900)})"),
        [("Nested", "/", {"plan": "pro", "big": "x" * 500})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANNOUNCED)
def test_a_part_tells_what_it_is_for(far: Far, name: str) -> None:
    parts, path, steps, expected = ANNOUNCED[name]
    with far.open(f"{name}.example", parts) as context:
        page = context.new_page()
        page.goto(far.site.url + path)
        page.wait_for_timeout(100)
        steps(page)
        rows = far.events(f"{name}.example", 1 + len(expected))
        page.wait_for_timeout(300)
    found = told(rows)
    assert [event[:2] for event in found] == [event[:2] for event in expected]
    for (_, _, props), (_, _, wanted) in zip(found, expected, strict=True):
        assert set(props) == set(wanted)
        for key, value in wanted.items():
            pattern = value if "Error" in value else re.escape(value.replace("{site}", far.site.url))
            assert re.fullmatch(pattern, props[key]), props


def test_revenue_and_what_is_not_interactive_arrive(far: Far) -> None:
    with far.open("money.example", "notfound") as context:
        page = context.new_page()
        page.goto(far.site.url + "/missing")
        page.evaluate("footfall('Purchase', {}, {revenue: {amount: '0.99', currency: 'usd'}})")
        rows = far.events("money.example", 3)
    seen = {row["event"]: (row["amount"], row["currency"], row["interactive"]) for row in rows}
    assert seen["Purchase"] == (99, "USD", True)
    assert seen["404"][2] is False or seen["404"][2] == 0


@pytest.mark.parametrize(
    ("name", "parts", "attributes", "prepare", "counted"),
    [
        ("flagged", "exclusion", "", "localStorage.setItem('footfall_ignore', '1')", False),
        ("unflagged", "exclusion", "", "", True),
        ("flag-unread", "", "", "localStorage.setItem('footfall_ignore', '1')", True),
        ("no-storage", "exclusion", "", "Object.defineProperty(window, 'localStorage', {get() { throw 1 }})", True),
        ("gpc", "gpc", "", "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})", False),
        ("gpc-off", "gpc", "", "Object.defineProperty(navigator, 'globalPrivacyControl', {value: false})", True),
        ("gpc-unread", "", "", "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})", True),
        ("dnt", "dnt", "", "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})", False),
        ("dnt-switched", "all", "data-dnt", "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})", False),
        ("dnt-not-switched", "all", "", "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})", True),
    ],
)
def test_who_does_not_want_to_be_counted_is_not(
    far: Far, name: str, parts: str, attributes: str, prepare: str, counted: bool
) -> None:
    with far.open(f"{name}.example", parts, attributes) as context:
        page = context.new_page()
        page.add_init_script(f"try {{ {prepare} }} catch {{}}")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.goto(far.site.url)
        page.wait_for_timeout(300)
        page.evaluate("footfall('Signup')")  # never an error in the page
        page.wait_for_timeout(700)
        assert any("/api/track" in url for url in sent) == counted
        if counted:
            assert {row["event"] for row in far.events(f"{name}.example", 2)} == {"pageview", "Signup"}


def test_routes_in_the_fragment_are_pages(far: Far) -> None:
    with far.open("hash.example", "hash") as context:
        page = context.new_page()
        page.goto(far.site.url + "/app?utm_source=news#/users")
        for step in ("location.hash = '#/users/7'", "location.hash = '#!/settings'", "history.back()"):
            page.wait_for_timeout(200)
            page.evaluate(step)
        rows = far.events("hash.example", 4)
    assert [row["page"] for row in rows] == ["/app/users", "/app/users/7", "/app/settings", "/app/users/7"]
    assert {row["source"] for row in rows} == {"news"}


def test_manual_pageviews_with_properties_and_paths_of_ones_own(far: Far) -> None:
    with far.open("manual.example", "all", "data-manual") as context:
        page = context.new_page()
        page.goto(far.site.url + "/real")
        page.evaluate("history.pushState(null, '', '/elsewhere')")
        page.wait_for_timeout(300)
        page.evaluate("footfall('pageview', {author: 'Ada'})")
        page.wait_for_timeout(600)
        page.evaluate("footfall('pageview', {}, {pathname: '/virtual?utm_source=x'}); footfall('Signup')")
        page.wait_for_timeout(600)
        page.evaluate("footfall('pageview', {}, {pathname: '/virtual'})")
        rows = far.events("manual.example", 4)
    assert [(row["event"], row["page"], dict(row["props"] or {})) for row in rows] == [
        ("pageview", "/elsewhere", {"author": "Ada"}),
        ("pageview", "/virtual", {}),
        ("Signup", "/virtual", {}),
        ("pageview", "/virtual", {}),
    ]


def test_web_vitals_of_the_first_page(far: Far) -> None:
    with far.open("vitals.example", "vitals") as context:
        page = context.new_page()
        page.goto(far.site.url + "/landing")
        page.wait_for_timeout(300)
        page.evaluate(  # shifts what is on the page, more than half a second after any input
            "document.body.prepend(Object.assign(document.createElement('p'), {style: 'height:300px'}))"
        )
        page.wait_for_timeout(300)
        page.evaluate(
            "document.querySelector('#go').onclick = () => { const t = Date.now(); while (Date.now() < t + 60); }"
        )
        page.click("#go")
        page.wait_for_timeout(400)
        page.evaluate("history.pushState(null, '', '/second')")
        page.wait_for_timeout(100)
        page.goto(far.site.url + "/third")
        rows = far.events("vitals.example", 4)
    (row,) = [row for row in rows if row["event"] == "vitals"]
    values = {name: float(value) for name, value in row["props"].items()}
    assert row["page"] == "/landing"
    assert set(values) == {"lcp", "inp", "cls", "fcp", "ttfb"}
    assert 0 < values["ttfb"] < values["fcp"] <= values["lcp"] < 5000
    assert 60 <= values["inp"] < 500
    assert 0.05 < values["cls"] < 2


@pytest.mark.parametrize(
    ("width", "viewport"), [(390, "XS (<576 px)"), (820, "M (768-991 px)"), (1500, "XL (>=1440 px)")]
)
def test_clicks_lie_where_they_were_made(far: Far, width: int, viewport: str) -> None:
    name = f"clicks{width}.example"
    with far.open(name, "clicks") as context:
        page = context.new_page()
        page.goto(far.site.url)
        page.set_viewport_size({"width": width, "height": 700})  # another than where the visit began
        page.evaluate("""() => {
          const button = document.querySelector("#go");
          Object.assign(button.style, {left: "20%", width: "40%", height: "80px", top: "1500px"});
        }""")
        page.evaluate("scrollTo(0, 1200)")
        box = page.locator("#go").bounding_box()
        assert box is not None
        page.click("#go", position={"x": box["width"] * 0.75, "y": 20})
        page.keyboard.press("Enter")  # a click without a place
        rows = far.events(name, 2)
        with store.connect(far.settings.redis_url or "") as client:
            traffic = Traffic(site=name, client=client, settings=far.settings)
            day = traffic.today()
            cells, parts, spots = (
                traffic.heatmap("/", day, day, cell=50, mode=mode) for mode in ("px", "page", "element")
            )
            of_visits = traffic.visits(day, day)["screen"].tolist()
    (row,) = [row for row in rows if row["event"] == "click"]
    assert row["target"] == "button#go.big"
    assert abs(row["x"] - width * 0.5) <= 1
    assert abs(row["y"] - 1520) <= 1
    assert cells[["x", "y", "clicks"]].values.tolist() == [[width // 2 // 50 * 50, 1500, 1]]
    # Told by the viewport at the click, within one cell of a twentieth.
    ((seen, x, y, clicks),) = parts[["viewport", "x", "y", "clicks"]].values.tolist()
    assert (seen, y, clicks) == (viewport, 1500, 1)
    assert abs(x - 0.5) <= 0.05
    assert of_visits == ["L (992-1439 px)"]
    ((target, across, down),) = spots[["target", "across", "down"]].values.tolist()
    assert (row["across"], row["down"], row["width"]) == (75, 25, width)
    assert (target, abs(across - 75) <= 5, abs(down - 25) <= 5) == ("button#go.big", True, True)


def test_a_strict_policy_and_a_renamed_script(far: Far) -> None:
    trouble: list[str] = []
    with far.open("policy.example", "all", "data-outbound data-vitals data-clicks") as context:
        far.site.content = CONTENT.replace(f"<script>{STAY}</script>", "")
        far.site.policy = f"default-src 'none'; script-src {far.served.url}; connect-src {far.served.url}"
        page = context.new_page()
        page.on("console", lambda line: trouble.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(far.site.url)
        page.click("#go")
        rows = far.events("policy.example", 2)
    assert {row["event"] for row in rows} >= {"pageview", "click"}
    # Styles and the favourite icon of the page itself are blocked, nothing of ours.
    assert [line for line in trouble if "style" not in line and "icon" not in line] == []


def test_script_and_endpoint_have_names_of_ones_own(
    redis_url: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("renamed")
    settings = Settings(redis_url=redis_url, data=folder / "data")
    environ = environ_of(settings) | {"FOOTFALL_RENAMED": "/lib/app.js,/lib/in"}
    with serve() as site, serving(environ, valkey.free_port(), folder / "log") as served:
        far, asked = Far(site, served, settings, browser), list[str]()
        with far.open("renamed.example", "") as context:
            site.tags = f'<script defer src="{served.url}/lib/app.all.js" data-site="renamed.example"></script>'
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url.removeprefix(served.url)))
            page.goto(site.url + "/here")
            assert [row["page"] for row in far.events("renamed.example", 1)] == ["/here"]
        assert [url for url in asked if url.startswith("/")] == ["/lib/app.all.js", "/lib/in"]
        assert served.http.get("/lib/app.js").text == served.http.get("/tracker.js").text.replace(
            "/api/track", "/lib/in"
        )
        assert served.http.get("/lib/app.nothing.js").status_code == 404
        assert served.http.post("/lib/in", content=b"no").status_code == 400
        assert served.http.post("/lib/other", content=b"{}").status_code == 404


def test_the_module_counts_like_the_tag(far: Far) -> None:
    with far.open("module.example", "") as context:
        options = json.dumps(
            {"site": "module.example", "flush": 0.5, "outbound": True, "downloads": True, "gpc": False}
        )
        far.site.tags = f"""<script type="module">
          import {{ init, track }} from "{far.served.url}/tracker.all.module.js";
          track("Early", {{n: 1}}); init({options}); track("Late");</script>"""
        page = context.new_page()
        page.goto(far.site.url + "/module")
        page.wait_for_timeout(300)
        page.click("#out")
        page.click("#file")
        rows = far.events("module.example", 5)
    assert [(row["event"], row["page"]) for row in rows] == [
        ("pageview", "/module"),
        ("Early", "/module"),
        ("Late", "/module"),
        ("Outbound Link: Click", "/module"),
        ("File Download", "/module"),
    ]


def test_an_unknown_part_is_told_with_those_there_are(far: Far) -> None:
    answer = far.served.http.get("/tracker.outbond.js")
    assert answer.status_code == 404
    assert "outbound" in answer.text
    assert (
        far.served.http.get("/tracker.js?with=outbound,vitals&v=2").text
        == far.served.http.get("/tracker.vitals.outbound.js").text
    )
    assert Path(far.settings.data).is_dir()
