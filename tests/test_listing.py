"""The list of sites."""

from __future__ import annotations

import pytest
import redis as redis_py
from click.testing import CliRunner

from collector.listing import command, snippet
from common import keys
from common.known import Known, encode


def test_sites_zones_and_script_tags(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.delenv("FOOTFALL_SITES", raising=False)
    assert CliRunner().invoke(command, []).output.startswith("No site yet.")
    redis.hset(keys.sites(), "b.example", encode(Known("Asia/Tokyo", 1_790_000_000_000)))
    monkeypatch.setenv("FOOTFALL_SITES", "a.example=Europe/Berlin,b.example=Asia/Tokyo")
    monkeypatch.setenv("FOOTFALL_COLLECTOR_PORT", "8123")
    lines = CliRunner().invoke(command, []).output.splitlines()
    assert lines == [
        "a.example  (Europe/Berlin)  waiting for the first event",
        '    <script defer src="http://127.0.0.1:8123/tracker.js" data-site="a.example"></script>',
        "b.example  (Asia/Tokyo)  first event 2026-09-21 14:13 UTC",
        '    <script defer src="http://127.0.0.1:8123/tracker.js" data-site="b.example"></script>',
    ]
    assert "https://count.example/tracker.js" in CliRunner().invoke(command, ["--host", "https://count.example"]).output


def test_a_zone_that_differs(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    redis.hset(keys.sites(), "a.example", encode(Known("Asia/Tokyo", 1_790_000_000_000)))
    monkeypatch.setenv("FOOTFALL_SITES", "a.example=Europe/Berlin")
    lines = CliRunner().invoke(command, []).output.splitlines()
    assert lines[0].startswith("a.example  (Asia/Tokyo)  first event")
    assert lines[2].endswith("to change them: python -m collector rebuild --site a.example --zone Europe/Berlin")
    monkeypatch.setenv("FOOTFALL_SITES", "a.example")
    assert len(CliRunner().invoke(command, []).output.splitlines()) == 2


def test_the_snippet() -> None:
    expected = '<script defer src="https://h/tracker.js" data-site="example.com"></script>'
    assert snippet("example.com", "https://h") == expected
