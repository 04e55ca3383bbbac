"""The explorer as it is served: its headers, and that nobody outside is asked and nothing is complained of."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import explorer_resting as resting
import explorer_server
import explorer_site as site
import httpx2
import pytest
import redis as redis_py

from explorer.headers import security_headers

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

_PAGES = {"": "Events", "breakdown": "Breakdowns", "health": "Dropped events", "sites": "Script tag"}
_INJECT = """() => {
  const script = document.createElement('script');
  script.textContent = 'window.injected = 1';
  document.body.append(script);
  return window.injected ?? null;
}"""


def complains(said: ConsoleMessage) -> bool:
    """Whether it is an error; Streamlit finds its own base address by asking for some that do not exist."""
    return said.type == "error" and "404" not in said.text


@pytest.mark.browser
def test_headers_and_no_outside_request(redis: redis_py.Redis, explorer: str, page: Page) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    outside: list[str] = []
    complaints: list[str] = []
    for path in ("/", "/breakdown", "/_stcore/health", "/nothing/here.js"):
        found = httpx2.get(explorer + path).headers
        assert {name: found.get(name) for name in security_headers()} == security_headers()
    assert httpx2.get(explorer, headers={"host": "evil.test"}).status_code == 403

    own = (explorer, "data:", "blob:")
    page.on("request", lambda asked: outside.append(asked.url) if not asked.url.startswith(own) else None)
    page.on("console", lambda said: complaints.append(said.text) if complains(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path, heading in _PAGES.items():
        page.goto(f"{explorer}/{path}?site={name}&period=7d")
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        resting.rests(page)
    assert complaints == []
    assert page.evaluate(_INJECT) is None
    assert outside == []
    # The policy at work: it refused the script that the line above put into the page.
    assert len(complaints) == 1
    assert "Content Security Policy" in complaints[0]


def test_a_bad_setting_stops_the_start(free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_LOGIN", "everybody")
    done = subprocess.run(
        explorer_server.command(free_port()), cwd=site.ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("footfall: FOOTFALL_LOGIN: 'everybody': expected")
