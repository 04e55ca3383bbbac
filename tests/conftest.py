"""Shared fixtures: a private Valkey for each test worker, an emptied database, a browser, a free port."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis as redis_py

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for a plain `pytest`; `python -m pytest` has it

import order  # noqa: E402

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
#: Servers and journals sync whatever they write, which on a disk is most of what the suite would wait for.
MEMORY = Path("/dev/shm")
ROOM = 1_000_000_000  #: bytes; a run holds some 100 MB at once
BROWSER_TIMEOUT_MS = 30_000  # a page with a chart draws after 6-13 s in a cold headless browser

if MEMORY.is_dir() and "TMPDIR" not in os.environ and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Valkey of this worker's own, started as the product starts it; a failure when it cannot."""
    joined = embedded.join(tmp_path_factory.mktemp("server") / "valkey")
    try:
        yield joined.url
    finally:
        joined.close(wait=True)


@pytest.fixture(scope="session")
def explorer(server: str) -> Iterator[str]:
    """Address of an explorer of this worker's Valkey. It lives on: a test that opens it has a site of its own."""
    from explorer_server import serving

    with serving({"FOOTFALL_REDIS_URL": server}) as address:
        yield address


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


class Chromium:
    """A headless Chromium that stays from module to module.

    It ends before a test that wants none: Playwright keeps a loop running, beside which no async test runs. Its user
    agent is a person's: headless Chromium names itself a bot.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._browser: Browser | None = None
        self.wanted = False  #: by the module that runs

    def opened(self, path: str) -> Browser:
        """The one that runs, or a new one."""
        from playwright.sync_api import sync_playwright

        if self._browser is None or not self._browser.is_connected():
            self.close()
            playwright = self._open.enter_context(sync_playwright())
            # A context's own user agent is forgotten by the beacons of a page that is left, and the collector counts
            # them as a bot's. Told on the command line it holds for everything.
            flags = [*CHROMIUM_FLAGS, f"--user-agent={CHROME}"]
            self._browser = playwright.chromium.launch(executable_path=path, args=flags, timeout=BROWSER_TIMEOUT_MS)
            self._open.callback(self._browser.close)
        return self._browser

    def close(self) -> None:
        """End it."""
        self._browser = None
        self._open.close()


CHROMIUM = Chromium()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if not CHROMIUM.wanted and "browser" not in getattr(item, "fixturenames", ()):
        CHROMIUM.close()


def pytest_sessionfinish() -> None:
    CHROMIUM.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    items[:] = [items[place] for place in order.ordered([order.kind(item) for item in items], workers)]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium for modules without async tests; pages and contexts are each test's own."""
    CHROMIUM.wanted = True
    try:
        yield CHROMIUM.opened(chromium)
    finally:
        CHROMIUM.wanted = False


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
