"""`doctor` ends with 0 on a healthy Redis and with 1 on one that would lose data."""

from __future__ import annotations

import pytest
import redis as redis_py
from click.testing import CliRunner

from collector.examining import command


@pytest.mark.parametrize(("policy", "code", "said"), [("noeviction", 0, "Nothing is wrong"), ("allkeys-lru", 1, "1. ")])
def test_doctor(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, policy: str, code: int, said: str
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    redis.config_set("maxmemory-policy", policy)
    try:
        result = CliRunner().invoke(command, [])
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
    assert result.exit_code == code
    assert said in result.output
