"""Shared fixtures: a private Valkey for each test worker, an emptied database, a browser, a free port."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis as redis_py

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for a plain `pytest`; `python -m pytest` has it

from common import embedded, store, valkey  # noqa: E402
from common.settings import Settings  # noqa: E402

if TYPE_CHECKING:
    from clusters import ValkeyCluster
    from playwright.sync_api import Browser, Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
BROWSER_TIMEOUT_MS = 30_000  # a page with a chart draws after 6-13 s in a cold headless browser


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Valkey of this worker's own, started as the product starts it; a failure when it cannot."""
    joined = embedded.join(tmp_path_factory.mktemp("server") / "valkey")
    try:
        yield joined.url
    finally:
        joined.close(wait=True)


@pytest.fixture
def redis_url(server: str) -> str:
    """URL of an emptied database. The server's settings are the product's, `appendfsync always` included."""
    with redis_py.Redis.from_url(server) as client:
        client.flushall()
    return server


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_py.Redis]:
    """A client on the emptied database, as the product opens it: replies are bytes, nothing is retried."""
    with store.connect(redis_url) as client:
        yield client


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Settings with the emptied database and a data folder of the test's own."""
    return Settings(redis_url=redis_url, data=tmp_path / "data")


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A function that gives a free loopback port with every call."""
    return valkey.free_port


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of sample data beside the repository; skips where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder of sample data beside the repository")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium on PATH. Without one: a failure in CI, a skip elsewhere."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "no Chromium on PATH: `make test` installs it, or apt-get install chromium"
        )
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium for one module, which holds no async tests: Playwright keeps a loop running.

    Its user agent is a person's: headless Chromium names itself a bot.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A context's own user agent is forgotten by the beacons of a page that is left, and the collector counts them
        # as a bot's. Told on the command line it holds for everything.
        flags = [*CHROMIUM_FLAGS, f"--user-agent={CHROME}"]
        opened = playwright.chromium.launch(executable_path=chromium, args=flags, timeout=BROWSER_TIMEOUT_MS)
        try:
            yield opened
        finally:
            opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own, nothing shared with the test before."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(BROWSER_TIMEOUT_MS)
        context.set_default_navigation_timeout(BROWSER_TIMEOUT_MS)
        yield context.new_page()


@pytest.fixture(scope="session")
def running_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyCluster]:
    """Three primaries of this worker's own; replicas, and killing nodes, are for clusters of a test's own."""
    from clusters import cluster_of

    with cluster_of(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def cluster(running_cluster: ValkeyCluster) -> ValkeyCluster:
    """The same, emptied."""
    running_cluster.flush()
    return running_cluster


@pytest.fixture
def clustered(cluster: ValkeyCluster, tmp_path: Path) -> Settings:
    """Settings with the emptied cluster and a data folder of the test's own."""
    return Settings(redis_url=cluster.url, data=tmp_path / "data")
