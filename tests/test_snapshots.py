"""A site that is put back is the one that was made: every key with its end, every file, and all that is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
import snapshots
from exported import everything, make
from lives import same


def stored(client: redis_py.Redis) -> dict[bytes, tuple[bytes | None, int]]:
    return {name: (client.dump(name), client.pexpiretime(name)) for name in client.scan_iter()}


def files(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_site_is_put_back_as_it_was(redis: redis_py.Redis, tmp_path: Path) -> None:
    made: list[int] = []

    def counting(client: redis_py.Redis, folder: Path, seed: int) -> None:
        made.append(seed)
        make(client, folder)
        client.set("ends", seed, pxat=4_102_444_800_000)

    snapshots.again(counting, redis, tmp_path / "a", 1)
    before, written, told = stored(redis), files(tmp_path / "a"), everything(redis, tmp_path / "a")
    assert len(written) > 4
    redis.flushall()
    snapshots.again(counting, redis, tmp_path / "b", 1)
    assert made == [1]
    assert stored(redis) == before
    assert redis.pexpiretime("ends") == 4_102_444_800_000
    assert files(tmp_path / "b") == written
    same(everything(redis, tmp_path / "b"), told)
    redis.flushall()
    snapshots.again(counting, redis, tmp_path / "c", 2)
    assert made == [1, 2]


def test_only_into_what_is_empty(redis: redis_py.Redis, tmp_path: Path) -> None:
    redis.set("in the way", 1)
    with pytest.raises(AssertionError):
        snapshots.again(make, redis, tmp_path)
