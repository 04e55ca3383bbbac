"""A snapshot of Redis becomes the folder of an embedded server; laid there as it is, it would be passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py

from collector.backup import REDIS, snapshot
from collector.reload import loaded, reload
from common import embedded, store
from common.store import StoreError


def test_a_snapshot_becomes_an_embedded_server(redis: redis_py.Redis, tmp_path: Path) -> None:
    redis.mset({f"k{n}": n for n in range(50)})
    snapshot(redis, tmp_path / REDIS)
    assert reload(tmp_path / REDIS, tmp_path / "valkey") == 50
    assert held(tmp_path / "valkey") == 50
    with pytest.raises(StoreError, match="holds data already"):
        reload(tmp_path / REDIS, tmp_path / "valkey")
    (tmp_path / "bad.rdb").write_bytes(b"REDIS0011 and nothing else")
    with pytest.raises(StoreError, match="cannot be loaded"):
        reload(tmp_path / "bad.rdb", tmp_path / "other")


def test_the_folder_may_have_a_long_name(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Longer than a socket's may be."""
    redis.set("k", 1)
    snapshot(redis, tmp_path / REDIS)
    with loaded(tmp_path / REDIS, tmp_path / ("long" * 30) / "one") as source:
        assert source.get("k") == b"1"


@pytest.mark.parametrize("more", range(4))
def test_an_embedded_server_of_a_name_that_is_a_little_too_long(tmp_path: Path, more: int) -> None:
    room = 105 - len(str(tmp_path / "x" / "valkey.sock"))
    assert held(tmp_path / ("x" * (room + more))) == 0


def test_control_a_snapshot_that_is_only_laid_there_is_passed_over(redis: redis_py.Redis, tmp_path: Path) -> None:
    redis.set("k", 1)
    (tmp_path / "valkey").mkdir()
    snapshot(redis, tmp_path / "valkey" / "dump.rdb")
    assert held(tmp_path / "valkey") == 0


def held(folder: Path) -> int:
    """Keys of an embedded server."""
    joined = embedded.join(folder)
    try:
        with store.connect(joined.url) as client:
            return int(client.dbsize())
    finally:
        joined.close(wait=True)
