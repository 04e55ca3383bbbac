"""Keys of the original design: every event is counted once, whatever happens meanwhile, and the keys are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from click.testing import CliRunner
from kills import POINTS, kill_after
from made import SITE, ms

from collector import original as module
from collector.doctor import examine
from collector.jobs.rebuild import marked_days
from collector.migrating import command
from collector.original import migrate_original, original_keys
from collector.verify_shard import verify_keys
from common import keys, store
from common.frames import Traffic
from common.known import one_site
from common.raw import read_day
from common.settings import Settings

NOON = ms("2026-05-05 12:00")
DAY, MINUTE = 86_400_000, 60_000


def entry(visitor: int, time: int, path: str, **fields: Any) -> bytes:
    return json.dumps({"pathname": path, "timestamp": time, "sessionId": f"s{visitor}", **fields}).encode()


ENTRIES = [
    *(entry(n % 7, NOON + n * MINUTE, f"/{n % 3}") for n in range(40)),
    *(entry(n % 5, NOON + DAY + n * MINUTE, "/next", type="signup" if n % 4 == 0 else "pageview") for n in range(20)),
    entry(1, NOON, "/same"),
    entry(1, NOON, "/same"),
]
UNUSABLE = [b"not JSON", json.dumps({"pathname": "/no-time"}).encode()]
DAYS = ("2026-05-05", "2026-05-06")


@pytest.fixture
def original(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    monkeypatch.setattr(module, "_A_PIECE", 7)
    redis.rpush("visits:events", *ENTRIES, *UNUSABLE)
    redis.zincrby("visits:pages", 14, "/0")
    redis.hset("visits:daily:2026-05-05", mapping={"pageviews": 42, "visitors": 7})
    redis.sadd("unique:visits:2026-05-05", "s1", "s2")
    return redis


def figures(client: redis_py.Redis) -> list[tuple[int, int, int]]:
    traffic = Traffic(site=SITE.site, client=client, settings=Settings())
    totals = [traffic.totals(day, day) for day in DAYS]
    return [(int(t["pageviews"]), int(t["visitors"]), int(t["events"])) for t in totals]


#: 40 + 2 pageviews of seven sessions; 15 pageviews and 5 events of five.
RIGHT = [(42, 7, 42), (15, 5, 20)]


def held(client: redis_py.Redis) -> list[bytes]:
    """All entries that lie aside."""
    names = [name for name in client.scan_iter("*quarantine*") if name.endswith(b"visits:events")]
    return [item for name in names for item in client.lrange(name, 0, -1)]


def test_the_command(original: redis_py.Redis) -> None:
    result = CliRunner().invoke(command, ["--site", SITE.site])
    assert result.exit_code == 0, result.output
    assert "64 entries read, 62 events on 2 days appended" in result.output
    assert "2 entries are no events (1 no JSON, 1 no time)" in result.output
    assert figures(original) == RIGHT
    assert marked_days(original, SITE) == []
    assert original_keys(original) == []
    aside = {
        name.decode().partition(":quarantine:")[2].partition(":")[2] for name in original.scan_iter("*quarantine*")
    }
    assert aside == {"visits:events", "visits:pages", "visits:daily:2026-05-05", "unique:visits:2026-05-05"}
    assert held(original) == [*ENTRIES, *UNUSABLE]
    assert one_site(original, SITE.site).since == NOON
    assert list(verify_keys(original)) == []
    assert "Nothing to migrate" in CliRunner().invoke(command, []).output


def test_it_is_named_at_start_and_the_site_asked_for(
    original: redis_py.Redis, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.connect(redis_url).close()
    assert "python -m collector migrate --site" in caplog.text
    assert any("of the original design" in finding.problem for finding in examine(original))
    result = CliRunner().invoke(command, [])
    assert result.exit_code != 0
    assert "add --site example.com" in result.output
    assert CliRunner().invoke(command, ["--site", "no site"]).exit_code != 0
    assert original.llen("visits:events") == len(ENTRIES) + 2


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again(original: redis_py.Redis, monkeypatch: pytest.MonkeyPatch, point: int) -> None:
    settings = Settings()
    killed = kill_after(monkeypatch, point, lambda: migrate_original(original, settings, SITE.site))
    assert killed or point > 21
    assert CliRunner().invoke(command, ["--site", SITE.site]).exit_code == 0
    assert figures(original) == RIGHT
    assert held(original) == [*ENTRIES, *UNUSABLE]
    assert original_keys(original) == []


def test_whoever_writes_on_loses_nothing(original: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    late = entry(99, NOON, "/late")
    real = module._Reader._piece

    def piece(self: Any, begin: int, entries: list[bytes]) -> None:
        real(self, begin, entries)
        if begin == 14:
            original.rpush("visits:events", late)

    monkeypatch.setattr(module._Reader, "_piece", piece)
    assert CliRunner().invoke(command, ["--site", SITE.site]).exit_code == 0
    monkeypatch.undo()
    assert original.lrange("visits:events", 0, -1) == [late]
    done = migrate_original(original, Settings(), SITE.site)
    assert (done.events, done.entries) == (1, 1)
    assert len(read_day(original, SITE, keys.ordinal(DAYS[0]))) == 43
    assert sorted(held(original)) == sorted([*ENTRIES, *UNUSABLE, late])


def test_a_hyperloglog_and_strange_types_are_only_set_aside(redis: redis_py.Redis) -> None:
    redis.pfadd("unique:visits:2026-05-05", "a")
    redis.set("visits:events", "x")
    redis.set("visits:total", 7)
    done = migrate_original(redis, Settings(), SITE.site)
    assert (done.entries, len(done.aside)) == (0, 3)
    assert original_keys(redis) == []


def test_bots_are_told_by_their_agents(redis: redis_py.Redis) -> None:
    redis.rpush("visits:events", entry(1, NOON, "/", userAgent="Googlebot/2.1 (+http://www.google.com/bot.html)"))
    migrate_original(redis, Settings(), SITE.site)
    assert [event.class_ for event in read_day(redis, SITE, keys.ordinal(DAYS[0]))] == ["bot"]
