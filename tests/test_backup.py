"""A backup taken under load and restored elsewhere: verify passes, what was acknowledged before it is there, once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import redis as redis_py
from collectors import ROOT, Filled
from made import SITE as SHARD
from redis.exceptions import NoPermissionError

from collector.backup import JOURNAL, REDIS, put_back, snapshot, take
from collector.flushing import drain_orphans
from collector.owned import own_journal
from common import embedded, keys, store
from common.known import Known, encode
from common.manifest import EVENTS, File, told_in
from common.raw import read_day
from common.settings import Settings
from common.shards import shards
from common.store import StoreError
from tests.chaos.rig import MARK, SITE, Rig

OLD = datetime.now(UTC) - timedelta(days=12)


def run(rig: Rig, data: Path, *words: str) -> str:
    environ = {MARK: str(rig.folder), "FOOTFALL_DATA": str(data), "FOOTFALL_SITES": SITE, "FOOTFALL_REDIS_URL": ""}
    done = subprocess.run(
        [sys.executable, "-m", "collector", *words],
        env=os.environ | environ | {"FOOTFALL_RAW_DAYS": "3", "FOOTFALL_ARCHIVE": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"
    return done.stdout


def old_log(path: Path, hits: int = 50) -> Path:
    """Lines of a day that is long over."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    when = OLD.strftime("%d/%b/%Y:12:%M:%S +0000")
    lines = [f'198.51.100.{n} - - [{when}] "GET /old/{n} HTTP/1.1" 200 5 "-" "{agent}"' for n in range(hits)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_under_load_and_restored_elsewhere() -> None:
    with Rig() as rig:
        environ = {"FOOTFALL_REDIS_URL": "", "FOOTFALL_RAW_DAYS": "3", "FOOTFALL_ARCHIVE": ""}
        first = rig.collector(0, environ)
        run(rig, rig.data, "import", "--final", "--site", SITE, str(old_log(rig.folder / "old.log")))
        run(rig, rig.data, "trim")
        load = rig.send(400.0, clients=20)
        time.sleep(2)
        before, made_before = set(load.sent.acknowledged), set(load.sent.made)
        said = run(rig, rig.data, "backup", str(rig.folder / "backup"))
        made = set(load.sent.made)
        time.sleep(1)
        sent = load.finish()
        first.kill()
        assert before
        assert len(made) > len(made_before), "it was not under load"
        assert "1 journals" in said
        assert len(list((rig.folder / "backup" / "archive").rglob("events-*.parquet"))) == 1

        elsewhere = rig.folder / "elsewhere"
        run(rig, elsewhere, "backup", "--restore", str(rig.folder / "backup"))
        rig.collectors.clear()
        second = rig.collector(1, environ | {"FOOTFALL_DATA": str(elsewhere)})
        fresh = rig.send(200.0, clients=5, targets=[second.target], name="fresh")
        time.sleep(1)
        after = fresh.finish().acknowledged
        rig.settle()
        joined = embedded.join(elsewhere / "valkey")
        try:
            rows = rig.counted(joined.url).rows
        finally:
            joined.close()
        assert max(rows.values()) == 1, "counted twice"
        assert not before - rows.keys(), "acknowledged before the backup and lost"
        assert not rows.keys() - made - after
        assert not after - rows.keys(), "acknowledged after the restore and lost"
        assert len(rows) < len(sent.made | after), "nothing was missing: the backup did not end before the load"
        run(rig, elsewhere, "rebuild", "--marked")
        assert "0 faults" in run(rig, elsewhere, "verify")


@pytest.fixture
def listed(redis: redis_py.Redis) -> redis_py.Redis:
    redis.hset(keys.sites(), SHARD.site, encode(Known("UTC", 0)))
    return redis


def views(client: redis_py.Redis) -> int:
    return len(list(read_day(client, SHARD, keys.ordinal("2026-05-05"))))


@pytest.mark.parametrize("as_its_own", [False, True])
def test_a_journal_is_never_appended_to_again(listed: redis_py.Redis, tmp_path: Path, as_its_own: bool) -> None:
    """The control puts it back as it was: what comes then passes for what was applied, and is lost."""
    redis, settings = listed, Settings(data=tmp_path / "data")
    filled = Filled(settings.data / "journal" / "0", redis)
    filled.add(SHARD.site, SHARD.site)
    backup, elsewhere = tmp_path / "backup", Settings(data=tmp_path / "elsewhere")
    take(redis, settings, backup)  # the journal has two records, Redis none
    filled.add(SHARD.site)
    filled.drain.run()  # Redis of a moment later: it knows three
    filled.close()
    if as_its_own:
        (elsewhere.data / "journal").mkdir(parents=True)
        (backup / JOURNAL / "from-0").rename(elsewhere.data / "journal" / "0")
    else:
        assert put_back(elsewhere, backup).journals == 1
        assert put_back(elsewhere, backup).journals == 0
    own_journal(elsewhere.data / "journal").close()
    again = Filled(elsewhere.data / "journal" / "0", redis)
    again.add(SHARD.site)
    drain_orphans(again.journal.folder, redis, 1_000)
    again.drain.run()
    again.close()
    assert views(redis) == (3 if as_its_own else 4)


def test_a_snapshot_is_what_redis_held(redis: redis_py.Redis, tmp_path: Path) -> None:
    redis.mset({f"k{n}": b"\r\n$x" * 1_000 for n in range(200)})
    size = snapshot(redis, tmp_path / REDIS)
    data = (tmp_path / REDIS).read_bytes()
    assert size == len(data)
    assert data.startswith((b"REDIS", b"VALKEY"))
    assert (tmp_path / REDIS).stat().st_mode & 0o077 == 0
    assert redis.ping()


def test_a_provider_that_hands_nothing_out_is_said_so(
    listed: redis_py.Redis, redis_url: str, settings: Settings, tmp_path: Path
) -> None:
    listed.execute_command("ACL", "SETUSER", "rented", "reset", "on", ">pw", "~*", "+@all", "-sync", "-psync")
    try:
        with store.connect(redis_url.replace("unix://", "unix://rented:pw@")) as client:
            with pytest.raises(NoPermissionError):
                client.execute_command("SYNC")
            done = take(client, settings, tmp_path / "backup")
    finally:
        listed.execute_command("ACL", "DELUSER", "rented")
    assert done.redis == 0
    assert "have its provider make one" in done.warnings[0]


def test_files_of_every_shard_are_copied(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    redis.hset(keys.sites(), SHARD.site, encode(Known("UTC", 0, [(0, 2)])))
    for shard in shards(SHARD.site, 2):
        name = f"{shard.number}.parquet"
        redis.hset(shard.archive(), name, msgspec.msgpack.encode(File(EVENTS, 1, 1, [])))
        for each in (name, told_in(shard)):
            path = settings.data / "archive" / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(each)
    assert take(redis, settings, tmp_path / "backup").files == 4
    assert put_back(Settings(data=tmp_path / "elsewhere"), tmp_path / "backup").files == 4


def test_a_backup_is_not_written_over(listed: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    take(listed, settings, tmp_path / "backup")
    with pytest.raises(StoreError, match="holds a backup already"):
        take(listed, settings, tmp_path / "backup")
    with pytest.raises(StoreError, match="no whole backup"):
        put_back(settings, tmp_path)
