"""`backup` on the command line: what it says, and that it fills a Redis that has nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from click.testing import CliRunner
from made import SITE, apply, event, ms

from collector.backing_up import command
from collector.backup import snapshots
from common import keys
from common.known import Known, encode


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch, redis_url: str, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTFALL_ARCHIVE", raising=False)


def test_there_and_back(redis: redis_py.Redis, tmp_path: Path) -> None:
    apply(redis, [event(1, ms("2026-05-05 12:00"))])
    redis.hset(keys.sites(), SITE.site, encode(Known("UTC", 0)))
    folder = str(tmp_path / "backup")
    taken = CliRunner().invoke(command, [folder])
    assert taken.exit_code == 0
    assert taken.output.startswith("0 journals, 0.0 MB of Redis, 0 files")
    assert "salts" in taken.output
    assert CliRunner().invoke(command, [folder, "--restore"]).exit_code == 0
    held = redis.dump(SITE.daily(keys.ordinal("2026-05-05")))
    redis.flushall()
    given = CliRunner().invoke(command, [folder, "--restore"])
    assert given.exit_code == 0
    assert "keys" in given.output
    assert redis.dump(SITE.daily(keys.ordinal("2026-05-05"))) == held
    for path in snapshots(Path(folder)):
        path.unlink()
    redis.flushall()
    refused = CliRunner().invoke(command, [folder, "--restore"])
    assert refused.exit_code == 1
    assert "this Redis is empty, and the backup holds no snapshot" in refused.output


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = CliRunner().invoke(command, [str(tmp_path / "file" / "backup")])
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
