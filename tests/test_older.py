"""Data of another version is refused where Redis is opened; a flusher keeps its journal until it is migrated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import redis as redis_py
from click.testing import CliRunner
from collectors import Filled
from made import SITE, apply, event, ms
from test_migrate import make_older

from collector import serve
from collector.draining import Drain
from collector.flush import Flusher
from collector.migrating import command
from common import keys, store
from common.frames import Traffic
from common.settings import Settings

DAY = "2026-05-05"
NOON = ms(f"{DAY} 12:00")
NEWER = "ff3:{sites}:known"


@pytest.mark.parametrize(("key", "told"), [(keys.OLDER_SITES, "collector migrate"), (NEWER, "newer Footfall: update")])
def test_it_is_named(
    redis: redis_py.Redis,
    redis_url: str,
    tmp_path: Path,
    free_port: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    told: str,
) -> None:
    redis.hset(key, SITE.site, "{}")
    with pytest.raises(store.StoreError, match=told):
        store.connect(redis_url)
    with pytest.raises(store.StoreError, match=told):
        Traffic(redis_url, site=SITE.site)
    store.connect(redis_url, older=True).close()
    settings = Settings(redis_url=redis_url, data=tmp_path, collector_port=free_port())
    with pytest.raises(store.StoreError, match=told):
        serve._check_redis(settings)
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    result = CliRunner().invoke(serve.command, [])
    assert isinstance(result.exception, store.StoreError)


def test_who_may_not_ask_is_let_in(redis: redis_py.Redis, redis_url: str) -> None:
    redis.execute_command("ACL", "SETUSER", "narrow", "on", "nopass", "~ff2:*", "+@all")
    try:
        redis.hset(keys.OLDER_SITES, SITE.site, "{}")
        parts = redis_url.partition("://")
        url = f"{parts[0]}://narrow:x@{parts[2]}"
        store.connect(url).close()
    finally:
        redis.acl_deluser("narrow")


def test_a_flusher_waits_until_its_marks_are_there(redis: redis_py.Redis, tmp_path: Path) -> None:
    """It met no Redis at its start. Its journal holds records that the older version has applied."""
    filled = Filled(tmp_path / "journal" / "0", redis)
    filled.add(SITE.site, SITE.site)
    while filled.drain.run():
        pass
    redis.hset(keys.sites(), SITE.site, "{}")
    make_older(redis)
    flusher = Flusher(redis, filled.journal.id)
    drain = Drain(filled.journal.folder, flusher, filled.progress, 1_000)
    drain.position = 0  # the segment is not forgotten yet
    filled.add(SITE.site)
    with pytest.raises(redis_py.RedisError, match="collector migrate"):
        drain.run()
    assert not redis.exists(SITE.state())
    done = CliRunner().invoke(command, [], env={"FOOTFALL_REDIS_URL": _url(redis), "FOOTFALL_DATA": str(tmp_path)})
    assert done.exit_code == 0, done.output
    while drain.run():
        pass
    totals = Traffic(site=SITE.site, client=redis, settings=Settings(data=tmp_path)).totals(DAY, DAY)
    assert (totals["pageviews"], totals["visitors"]) == (3, 3)
    filled.close()


def _url(client: redis_py.Redis) -> str:
    given = client.connection_pool.connection_kwargs
    return f"unix://{given['path']}" if "path" in given else f"redis://{given['host']}:{given['port']}/0"


def test_nothing_to_migrate(redis: redis_py.Redis, redis_url: str, tmp_path: Path) -> None:
    apply(redis, [event(1, NOON)])
    done = CliRunner().invoke(command, [], env={"FOOTFALL_REDIS_URL": redis_url, "FOOTFALL_DATA": str(tmp_path)})
    assert (done.exit_code, done.output) == (0, "Nothing to migrate: all keys are of schema ff2.\n")
