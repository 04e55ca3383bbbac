"""A key of a wrong type, of every family: events are taken, `doctor` names it, `rebuild` mends it, all is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import explorer_site as site
import lives
import pandas as pd
import pytest
import redis as redis_py
from click.testing import CliRunner
from collectors import collecting
from lives import same, told
from made import SITE, apply, event, ms

from collector.append import Appender
from collector.doctor import examine
from collector.rebuilding import command
from collector.verify import verify
from collector.verify_shard import days_of, verify_keys, verify_shard
from common import keys, store
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.keys import Shard
from common.known import all_sites
from common.raw import read_day
from common.settings import Settings

FIRST = keys.ordinal("2026-03-25")
DAYS = 42  # to 2026-05-05: a closed April, folded days with raw events, two open ones
TODAY = FIRST + DAYS - 1
NOW = ms("2026-05-05 23:00")
LATE = event(99, NOW, "/late", country="DE", source="Google")
FOLDED, OF_APRIL = TODAY - 2, TODAY - 20


class Case(NamedTuple):
    """A key, whether an import is stopped by it, and what its cure is."""

    key: str
    stops_import: bool = False


CASES = [
    Case(SITE.daily(TODAY)),
    Case(SITE.daily(FOLDED)),
    Case(SITE.daily(OF_APRIL)),
    Case(SITE.unique(TODAY)),
    Case(SITE.unique(FOLDED)),
    Case(SITE.unique(OF_APRIL)),
    Case(SITE.raw(TODAY, 1)),
    Case(SITE.raw(FOLDED, 1)),
    Case(SITE.raw(OF_APRIL, 0)),
    Case(SITE.state()),
    Case(SITE.live()),
    Case(SITE.marked()),
    Case(SITE.open()),
    Case(SITE.dense()),
    Case(SITE.archive()),
    Case(SITE.job()),
    Case(SITE.trimmed(TODAY)),
    Case(SITE.imports(), stops_import=True),
    Case(SITE.salt("2026-05-05")),
    Case(SITE.import_salt(TODAY)),
    Case(keys.sites()),
    Case(keys.file_imports()),
    Case(keys.forgotten()),
    Case(keys.import_expiries()),
    Case(keys.commands("2026-05")),
]


@pytest.fixture
def lived(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    lives.tended(redis, tmp_path, "UTC", FIRST, DAYS, seed=11, a_day=4, now=NOW, raw_days=5)
    return Settings(redis_url=redis_url, data=tmp_path)


@pytest.fixture(scope="module")
def expected(server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """The same without any fault, and with the late event and the imported one."""
    data = tmp_path_factory.mktemp("right")
    with redis_py.Redis.from_url(server) as client:
        client.flushall()
        lives.tended(client, data, "UTC", FIRST, DAYS, seed=11, a_day=4, now=NOW, raw_days=5)
        apply(client, [LATE])
        return told(client, data, FIRST, TODAY, deep=False)


def flushed(client: redis_py.Redis) -> None:
    apply(client, [LATE])


def settings_faults(client: redis_py.Redis, settings: Settings) -> list[str]:
    archive = Archive.open(settings)
    history, days = History(client, archive), sorted(days_of(client, SITE))
    found = [str(fault) for fault in verify(history, SITE, days, calendar("UTC"))]
    return [*found, *verify_shard(client, SITE, archive), *verify_keys(client)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key[4:])
def test_nothing_is_lost(redis: redis_py.Redis, lived: Settings, expected: dict[str, pd.DataFrame], case: Case) -> None:
    redis.delete(case.key)
    redis.xadd(case.key, {"not": "ours"})
    assert any(case.key in finding.problem for finding in examine(redis, NOW / 1000, lived))
    flushed(redis)
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 0, done.output
    assert f"{case.key} had a wrong type and was set aside" in done.output or case.key in set_aside_by_flush()
    assert settings_faults(redis, lived) == []
    same(told(redis, lived.data, FIRST, TODAY, deep=False), expected)
    aside = [name for name in redis.scan_iter("*quarantine*") if redis.type(name) == b"stream"]
    assert len(aside) == 1
    assert redis.xrange(aside[0])[0][1] == {b"not": b"ours"}
    assert list(all_sites(redis)) == [SITE.site]
    assert CliRunner().invoke(command, []).output == ""


def set_aside_by_flush() -> set[str]:
    """Those that are in its own way."""
    return {SITE.state(), SITE.live(), SITE.marked(), SITE.open(), SITE.raw(TODAY, 1)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key[4:])
def test_imports_go_on_or_stop_whole(redis: redis_py.Redis, lived: Settings, case: Case) -> None:
    redis.delete(case.key)
    redis.xadd(case.key, {"not": "ours"})
    events = {TODAY: [event(7, NOW)], FOLDED: [event(7, NOW - 2 * 86_400_000)]}
    append: Callable[[], object] = lambda: Appender(redis).append(SITE, "piece", events, NOW, "UTC")  # noqa: E731
    if case.stops_import:
        with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
            append()
    else:
        append()
    assert CliRunner().invoke(command, []).exit_code == 0
    assert append() is None or case.stops_import
    assert CliRunner().invoke(command, []).exit_code == 0
    assert settings_faults(redis, lived) == []


@pytest.mark.parametrize(
    "key", [keys.sites(), SITE.salt("2026-05-05"), SITE.salt("2026-05-06"), SITE.state(), SITE.live()]
)
async def test_the_collector_takes_events(redis: redis_py.Redis, settings: Settings, key: str) -> None:
    redis.xadd(key, {"not": "ours"})
    body = {"pathname": "/", "site": SITE.site, "timestamp": "2026-05-05T22:59:00Z"}
    async with collecting(settings, NOW) as collector:
        answer = await collector.post(body)
        assert (answer.status, answer.body["accepted"]) == (202, 1)
        collector.flush()
        assert len(read_day(redis, SITE, TODAY)) == 1


@pytest.mark.parametrize("key", [SITE.daily(TODAY), SITE.dense(), SITE.open(), SITE.archive(), keys.sites()])
def test_readers_say_what_to_do(redis: redis_py.Redis, lived: Settings, key: str) -> None:
    redis.delete(key)
    redis.xadd(key, {"not": "ours"})
    with pytest.raises((store.StoreError, redis_py.RedisError)) as error:
        told(redis, lived.data, FIRST, TODAY)
    assert "collector rebuild" in str(error.value) + str(store.explain(error.value))


SHOP = Shard(site.SITE)


@pytest.mark.parametrize(
    "name",
    [
        Shard.open,
        Shard.dense,
        Shard.archive,
        Shard.live,
        Shard.marked,
        lambda _: keys.sites(),
    ],
)
def test_pages_say_what_to_do(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, name: Callable[[Shard], str]
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.ordinary(redis)
    redis.delete(name(SHOP))
    redis.xadd(name(SHOP), {"not": "ours"})
    site.forget()
    app = site.opened("", site=site.SITE, period="7d")
    assert not app.exception
    assert name(SHOP) in (SHOP.live(), SHOP.marked(), SHOP.archive()) or "collector rebuild" in site.texts(app)
