"""Pages of a browser over a network that loses requests in; what `Traffic.loss` estimates, beside the truth, out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from collectors import environ_of, serving, wait_for
from playwright.sync_api import Browser
from tracker_site import Site, serve

from common import store, valkey
from common.frames import Traffic
from common.settings import Settings

pytestmark = pytest.mark.browser
PAGES, VIEWS = 30, 6
#: Every page in a frame of its own, all visible and at once; every view is a batch, since each is sent at once.
BROWSE = """async ([pages, views]) => {
  const frames = Array.from({ length: pages }, (_, n) =>
    document.body.appendChild(Object.assign(document.createElement("iframe"), { src: "/" + n })),
  );
  await Promise.all(frames.map((frame) => new Promise((done) => (frame.onload = done))));
  for (let n = 1; n < views; n++) {
    await new Promise((done) => setTimeout(done, 250));
    for (const frame of frames) frame.contentWindow.history.pushState(null, "", frame.src + "/" + n);
  }
}"""


@pytest.fixture
def traffic(redis_url: str, site: Site, tmp_path: Path) -> Iterator[Traffic]:
    name = f"{tmp_path.name.replace('_', '-')}.example"
    site.tags = f'<script defer src="/tracker.js" data-site="{name}"></script>'
    settings = Settings(redis_url=redis_url, data=tmp_path / "data")
    with serving(environ_of(settings), valkey.free_port(), tmp_path / "log") as served:
        site.forward = served.url
        with store.connect(redis_url) as client:
            yield Traffic(site=name, client=client, settings=settings)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        yield served


def browse(site: Site, browser: Browser) -> None:
    """Thirty pages are looked at, and left once all views were sent, whatever became of them."""

    def sent() -> bool:
        events = [event for body in site.bodies + site.lost for event in body["events"]]
        return len({event["pathname"] for event in events if event["type"] == "pageview"}) == PAGES * VIEWS

    with browser.new_context(viewport={"width": 900, "height": 700}) as context:
        page = context.new_page()
        tags, site.tags = site.tags, ""
        page.goto(f"{site.url}/top")
        site.tags = tags
        page.evaluate(BROWSE, [PAGES, VIEWS])
        site.wait(page, sent, 40)
        page.goto("about:blank")
        page.wait_for_timeout(500)


def settled(traffic: Traffic, batches: int) -> pd.Series:
    """What is said of today, once all that arrived is in."""
    frame = pd.DataFrame()

    def complete() -> bool:
        nonlocal frame
        today = pd.Timestamp.now("UTC").date()
        frame = traffic.loss(today, today)
        return int(frame["batches"].sum()) >= batches

    wait_for(complete, 20)
    return frame.iloc[0]


def test_what_is_lost_without_a_second_try_is_estimated(site: Site, browser: Browser, traffic: Traffic) -> None:
    """Somebody between browser and collector says yes and loses every fifth request."""
    draw = random.Random(11)
    site.losing = lambda: draw.random() < 0.2
    browse(site, browser)
    arrived = set(site.batches())
    lost = {body["batch"]: body["events"] for body in site.lost if body["batch"] not in arrived}
    views = sum(event["type"] == "pageview" for events in lost.values() for event in events)
    row = settled(traffic, len(arrived))
    print(f"{len(arrived)} batches arrived, {len(lost)} with {views} views did not; {dict(row)}")
    assert len(lost) > 20
    assert row["batches"] == len(arrived)
    # What is missing for sure is never more than what was lost. The estimate is of all: within a third of the truth.
    assert 0.6 * len(lost) < row["missing"] <= len(lost)
    assert row["lost"] == pytest.approx(len(lost), rel=0.33)
    assert row["events"] == pytest.approx(views, rel=0.4)


def test_what_is_sent_again_is_not_lost(site: Site, browser: Browser, traffic: Traffic) -> None:
    """A fifth of all requests fail: the tracker tries again, late batches take their gaps back."""
    draw = random.Random(12)
    site.failing = lambda: draw.random() < 0.2
    browse(site, browser)
    row = settled(traffic, len(set(site.batches())))
    assert (row["missing"], row["lost"], row["rate"]) == (0, 0, 0)
