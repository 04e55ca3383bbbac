"""The command says how much was looked at, and ends with 1 where something is wrong."""

from __future__ import annotations

import pytest
import redis as redis_py
from click.testing import CliRunner
from made import SITE, apply, event, ms

from collector.verifying import command
from common import keys
from common.known import Known, encode
from common.rows import pack_row

NOON = ms("2026-05-05 12:00")
DAY = keys.ordinal("2026-05-05")


@pytest.mark.parametrize(
    ("wrong", "marked", "code", "said"),
    [
        (False, False, 0, "1 days looked at"),
        (True, False, 1, "example.com 2026-05-05: 1 rows differ from a recount: page=/"),
        (True, True, 0, "example.com: 1 days wait for their rebuild and were not checked"),
    ],
)
def test_verify(
    redis: redis_py.Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    wrong: bool,
    marked: bool,
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    apply(redis, [event(1, NOON)])
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", NOON)))
    if wrong:
        redis.hset(SITE.daily(DAY), "page=/", pack_row([9]))
    if marked:
        redis.hset(SITE.marked(), "2026-05-05", NOON)
    result = CliRunner().invoke(command, [])
    assert result.exit_code == code, result.output
    assert said in result.output
