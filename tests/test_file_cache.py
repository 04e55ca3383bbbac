"""Copies of archived files: fetched once, bounded, shared."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from common.archive_errors import ArchiveError
from common.file_cache import FileCache


def test_a_copy_is_fetched_once_and_dropped(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache")
    fetched: list[str] = []

    def fetch() -> bytes:
        fetched.append("x")
        return b"one"

    paths = [cache.path("site=a.com/x.parquet", fetch) for _ in range(3)]
    assert {path.read_bytes() for path in paths} == {b"one"}
    assert len(fetched) == 1
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == [paths[0]]
    cache.drop("site=a.com/x.parquet")
    cache.drop("site=a.com/x.parquet")
    assert list((tmp_path / "cache").iterdir()) == []


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_the_longest_unused_go(tmp_path: Path) -> None:
    """300 bytes are wanted: of two old ones the older goes, one in use stays, a week unused goes anyway."""
    cache = FileCache(tmp_path, most_bytes=300)
    paths = {name: cache.path(name, lambda: bytes(100)) for name in ("a/1", "b/1", "b/2")}
    age(paths["a/1"], 3_000)
    age(paths["b/1"], 2_000)
    age(paths["b/2"], 5)
    cache.path("c/1", lambda: bytes(100))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]
    age(paths["b/1"], 8 * 86_400)
    cache.path("d/1", lambda: bytes(1))
    left = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == ["b/2", "c/1", "d/1"]


def test_files_in_use_stay_beyond_the_bound(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, most_bytes=1)
    paths = [cache.path(name, lambda: bytes(100)) for name in ("a", "b", "c")]
    assert all(path.exists() for path in paths)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(ArchiveError, match=r"no copy of an archived file can be kept .*set FOOTFALL_DATA"):
        FileCache(tmp_path / "cache").path("a/1", lambda: b"")
