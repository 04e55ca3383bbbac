"""Wrong proxies are named with their cure; right ones are not. Real proxies: test_deploy_proxies.py."""

from __future__ import annotations

import httpx
import msgspec
import pytest
from click.testing import CliRunner

from collector.examining import command
from collector.proxied import FORGED, Asked, NoAnswer, ask, judge
from collector.seen import Seen

ME, OWN = "198.51.100.4", "192.168.1.20"


def asked(address: str, peer: str, trusted: bool, *forwarded: str, forged: str | None = None) -> Asked:
    plain = Seen(address, peer, trusted, list(forwarded))
    return Asked(plain, Seen(forged or address, peer, trusted, [FORGED, *forwarded]), OWN)


@pytest.mark.parametrize(
    ("found", "expected", "problem", "cure"),
    [
        (asked("8.8.8.8", "127.0.0.1", True, "8.8.8.8"), None, "", ""),
        (asked("8.8.8.8", "127.0.0.1", True, "8.8.8.8"), "8.8.8.8", "", ""),
        (asked(OWN, "10.0.0.2", True, OWN), None, "", ""),
        (asked(OWN, OWN, False), None, "", ""),
        (asked("127.0.0.1", "127.0.0.1", False, ME), None, "all its visitors share 127.0.0.1", "=127.0.0.1/32"),
        (asked("fd00::2", "fd00::2", False, ME), None, "all its visitors share fd00::2", "=fd00::2/128"),
        (asked("127.0.0.1", "127.0.0.1", True), None, "sends no X-Forwarded-For", "deploy/nginx"),
        (asked("10.1.1.1", "127.0.0.1", True, ME, "10.1.1.1"), None, "a private address", "10.1.1.1 is a proxy"),
        (asked("8.8.4.4", "127.0.0.1", True, ME, "8.8.4.4"), "8.8.8.8", "expected 8.8.8.8", "each proxy"),
        (asked("8.8.8.8", "127.0.0.1", True, "8.8.8.8", forged=FORGED), None, "any client can choose", "append"),
    ],
)
def test_each_mistake_is_named(found: Asked, expected: str | None, problem: str, cure: str) -> None:
    told = [one for one in judge(found, expected) if not one.note]
    assert len(told) == bool(problem)
    assert all(problem in one.problem and cure in one.cure for one in told)


def answering(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, content=body, headers=headers)))


@pytest.mark.parametrize(
    ("status", "body", "headers", "named"),
    [
        (405, b'{"error":"expected POST"}', {}, "FOOTFALL_METRICS_TOKEN"),
        (404, b"<html>", {}, "no collector's /api/track"),
        (200, b"<html>a page</html>", {}, "no collector's /api/track"),
        (301, b"", {"location": "https://www.example.com/api/e"}, "redirects to https://www.example.com/api/e"),
    ],
)
def test_what_is_no_answer(status: int, body: bytes, headers: dict[str, str], named: str) -> None:
    with pytest.raises(NoAnswer, match="(?i)" + named.replace(".", r"\.")):
        ask("https://example.com/api/e", "t", answering(status, body, headers))


def test_the_second_request_pretends_to_be_forwarded() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer t"
        forwarded = request.headers.get("x-forwarded-for", ME)
        return httpx.Response(200, content=msgspec.json.encode(Seen(forwarded, "10.0.0.1", True, [forwarded])))

    found = ask("https://example.com/api/e", "t", httpx.Client(transport=httpx.MockTransport(answer)))
    assert (found.plain.address, found.forged.address) == (ME, FORGED)


@pytest.mark.parametrize("url", ["http://example.com/api/track", "example.com/api/track", "ftp://example.com/"])
def test_the_token_is_not_sent_in_the_open(url: str) -> None:
    with pytest.raises(NoAnswer):
        ask(url, "t", answering(200))


def test_it_asks_for_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTFALL_METRICS_TOKEN", raising=False)
    result = CliRunner().invoke(command, ["--proxy", "https://example.com/api/track"])
    assert result.exit_code == 1
    assert "FOOTFALL_METRICS_TOKEN" in result.output
