"""Who is let in, who is not, and that whoever is not gets no figure, neither in the page nor over the websocket."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import explorer_server
import explorer_site as site
import oidc
import pytest
import redis as redis_py

from common.settings import Settings
from explorer import login

if TYPE_CHECKING:
    from playwright.sync_api import Page

ALLOW = ("ann@example.com", "@example.org")
OURS = {"client_id": "x"}
ANY = "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize(
    ("address", "verified", "let_in"),
    [
        ("ann@example.com", True, True),
        ("Ann@Example.COM", True, True),
        ("ann@example.com", "true", True),
        ("anybody@example.org", True, True),
        ("ann@example.com", False, False),
        ("ann@example.com", "false", False),
        ("ann@example.com", None, False),
        ("bob@example.com", True, False),
        ("ann@evil.example.org", True, False),
        ("ann@notexample.org", True, False),
        ("ann@evil.test@example.org", True, False),
        ("@example.org@evil.test", True, False),
        ("", True, False),
        (None, True, False),
        (["ann@example.com"], True, False),
    ],
)
def test_allowed(address: object, verified: object, let_in: bool) -> None:
    claims = {"email": address, "email_verified": verified, "is_logged_in": True}
    assert login.allowed(claims, ALLOW) is let_in
    assert not login.allowed({"email": "ann@example.com"}, ALLOW)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
        ("LOCALHOST.", True), ("a.localhost", True), (ANY, False), ("::", False), ("", False), (None, False),
        ("10.0.0.1", False), ("example.com", False), ("localhost.evil.test", False), ("127.0.0.1.evil.test", False),
    ],
)  # fmt: skip
def test_loopback(host: str | None, here: bool) -> None:
    assert login.loopback(host) is here


@pytest.mark.parametrize(
    ("settings", "address", "auth", "told"),
    [
        (Settings(), "127.0.0.1", {}, None),
        (Settings(), ANY, {}, "would be open to everybody who reaches 0.0.0.0: set FOOTFALL_LOGIN"),
        (Settings(), None, {}, "would be open to everybody who reaches this machine"),
        (Settings(explorer_open=True), ANY, {}, None),
        (Settings(login=ALLOW), ANY, OURS, None),
        (Settings(login=ALLOW), "127.0.0.1", {}, "names no provider under [auth]"),
        (Settings(login=ALLOW, explorer_open=True), ANY, {"redirect_uri": "x"}, "names no provider"),
    ],
)  # fmt: skip
def test_refusal(settings: Settings, address: str | None, auth: dict[str, Any], told: str | None) -> None:
    found = login.refusal(settings, address, auth)
    if told is None:
        assert found is None
    else:
        assert found is not None
        assert told in found


def test_providers() -> None:
    assert login.providers({"redirect_uri": "x"}) == []
    assert login.providers({"client_id": "x", "google": OURS, "expose_tokens": []}) == [None, "google"]


def test_it_does_not_start_open_to_everybody(free_port: Callable[[], int]) -> None:
    done = subprocess.run(
        explorer_server.command(free_port(), "--server.address", ANY),
        cwd=site.ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "footfall: the explorer would be open to everybody who reaches 0.0.0.0: set FOOTFALL_LOGIN" in done.stderr


def test_the_page_itself_is_closed_too(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs `app.py` past the server's check, and a login without secrets, show nothing."""
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_LOGIN", "ann@example.com")
    site.forget()
    site.ordinary(redis)
    app = site.opened(site=site.SITE)
    assert not app.exception
    assert app.error[0].value.startswith("Not shown: FOOTFALL_LOGIN is set, but")
    assert not app.title
    assert site.SITE not in site.texts(app)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc.provider() as address:
        yield address


@pytest.fixture
def address(
    redis: redis_py.Redis, redis_url: str, issuer: str, tmp_path: Path, free_port: Callable[[], int]
) -> Iterator[str]:
    site.ordinary(redis)
    port = free_port()
    given = tmp_path / "secrets.toml"
    given.write_text(oidc.secrets_toml(issuer, f"http://127.0.0.1:{port}"))
    environ = {"FOOTFALL_REDIS_URL": redis_url, "FOOTFALL_LOGIN": ",".join(ALLOW)}
    with explorer_server.serving(environ, "--secrets.files", str(given), port=port) as found:
        yield found


def _log_in(page: Page, as_whom: str) -> None:
    page.get_by_role("button", name="Log in").click()
    page.locator("input[name=address]").fill(as_whom)
    page.get_by_role("button", name="Continue").click()


@pytest.mark.browser
def test_only_whom_the_list_names_sees_figures(page: Page, address: str) -> None:
    received: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: received.append(_bytes(frame))),
    )

    def told() -> bool:
        return any(site.SITE.encode() in frame or b"Visitors" in frame for frame in received)

    for path in ("", "health"):
        page.goto(f"{address}/{path}?site={site.SITE}")
        page.get_by_text("Log in to see the figures.").wait_for()
    assert len(received) > 2
    assert not told()

    _log_in(page, "bob@example.com")
    page.get_by_text("You are logged in as bob@example.com, who may not see these figures.").wait_for()
    page.get_by_role("button").first.wait_for()
    assert page.get_by_role("button").count() == 1
    page.get_by_role("button", name="Log out").click()

    page.get_by_text("Log in to see the figures.").wait_for()
    _log_in(page, "?ann@example.com")
    page.get_by_text("Its provider has not verified this address.").wait_for()
    page.get_by_role("button", name="Log out").click()

    page.get_by_text("Log in to see the figures.").wait_for()
    assert not told()
    _log_in(page, "anybody@example.org")
    page.get_by_role("heading", name=site.SITE).wait_for()
    page.locator(".footfall-tiles").wait_for()
    assert told()
    page.get_by_text("anybody@example.org").wait_for()
    assert page.locator("a[href^=mailto]").count() == 0

    page.get_by_role("button", name="Log out").click()
    page.get_by_text("Log in to see the figures.").wait_for()
    received.clear()
    page.goto(f"{address}/breakdown?site={site.SITE}")
    page.get_by_text("Log in to see the figures.").wait_for()
    assert received
    assert not told()


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()
