"""The daily job reports what it dropped, and `--if-due` leaves alone what was done today."""

from __future__ import annotations

import time

import pytest
import redis as redis_py
from click.testing import CliRunner
from made import SITE, apply, event

from collector.trimming import command
from common import keys
from common.known import Known, encode


def test_trim(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    now = time.time_ns() // 1_000_000
    apply(redis, [event(1, now - 4 * 86_400_000), event(2, now)])
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", now)))
    first = CliRunner().invoke(command, ["--if-due"])
    assert "example.com: 1 visit states and 0 groups of batch ids dropped" in first.output
    again = CliRunner().invoke(command, ["--if-due"])
    assert "example.com" not in again.output
    assert CliRunner().invoke(command, []).output.startswith("example.com: 0 visit states")
