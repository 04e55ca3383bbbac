"""Files in a folder: whole or not there, on a disk that is full, lies or is not ours."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from common.archive_errors import ArchiveError, DamagedFile, MissingFile
from common.folders import Folder
from tests.chaos.disk import Disk

ROOT = Path(__file__).resolve().parent.parent
NAME = "site=a.com/month=2026-10/day=2026-10-05/events-0-abc.parquet"


def fine(back: pa.Buffer) -> None:
    """Whatever was read back."""


def test_put_get_names_delete(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "archive")
    assert folder.names() == []
    seen: list[bytes] = []
    folder.put(NAME, b"one", lambda back: seen.append(back.to_pybytes()))
    folder.put("site=b.com/manifest.json", b"{}", fine)
    assert seen == [b"one"]
    assert folder.get(NAME).to_pybytes() == b"one"
    assert folder.names() == [NAME, "site=b.com/manifest.json"]
    assert folder.names("site=a.com") == [NAME]
    assert [folder.exists(NAME), folder.exists("site=a.com/month=2026-10")] == [True, False]
    folder.put("site=b.com/manifest.json", b"[]", fine)
    assert folder.get("site=b.com/manifest.json").to_pybytes() == b"[]"
    folder.delete(NAME)
    folder.delete(NAME)
    assert folder.names() == ["site=b.com/manifest.json"]
    assert [path.name for path in folder.root.iterdir()] == ["site=b.com"]
    with pytest.raises(MissingFile, match=r"reading site=a\.com/.*: there is no such file"):
        folder.get(NAME)


def test_what_fails_its_check_is_never_there(tmp_path: Path) -> None:
    folder = Folder(tmp_path)

    def refuse(back: pa.Buffer) -> None:
        assert not (tmp_path / NAME).exists()
        raise DamagedFile("unlike")

    with pytest.raises(DamagedFile, match="unlike"):
        folder.put(NAME, b"one", refuse)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_leftovers_of_a_killed_writer_go(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put(NAME, b"one", fine)
    old, new = (tmp_path / NAME).with_name(".x.tmp"), (tmp_path / NAME).with_name(".y.tmp")
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    assert folder.names() == [NAME]
    folder.put(NAME + "2", b"two", fine)
    assert [old.exists(), new.exists()] == [False, True]


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = Folder(tmp_path / "file")
    with pytest.raises(ArchiveError, match="a file stands where a folder is needed; remove it or correct FOOTFALL"):
        folder.put(NAME, b"one", fine)
    with pytest.raises(ArchiveError, match="a file stands where"):
        folder.get(NAME)
    assert not folder.exists(NAME)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may write anywhere, so it becomes somebody else."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "archive")
    folder.put(NAME, b"one", fine)
    folder.root.chmod(0o500)
    message = "access is denied; let this user read and write there, or set FOOTFALL_ARCHIVE"
    with somebody_else(), pytest.raises(ArchiveError, match=message):
        folder.put("site=b.com/manifest.json", b"{}", fine)
    folder.root.chmod(0)
    calls = (lambda: folder.get(NAME), lambda: folder.delete(NAME), lambda: folder.exists(NAME), folder.names)
    for call in calls:
        with somebody_else(), pytest.raises(ArchiveError, match=message):
            call()
    folder.root.chmod(0o700)
    assert folder.get(NAME).to_pybytes() == b"one"


def test_a_limit_on_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(ArchiveError, match=r"larger than this process may write; raise its limit"):
            folder.put(NAME, b"x" * 20_000, fine)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("lie", "expected"),
    [(False, "no space is left; free some or set FOOTFALL_ARCHIVE"), (True, "damaged")],
    ids=["full", "lying"],
)
def test_a_full_disk(tmp_path: Path, lie: bool, expected: str) -> None:
    disk = Disk(tmp_path)
    disk.fill("site=a.com", lie)
    script = f"""
import pyarrow as pa
from pathlib import Path
from common import archive, file_cache, folders
store = archive.Archive(folders.Folder(Path("archive")), file_cache.FileCache(Path("cache")))
try:
    store.write({NAME!r}, pa.table({{"a": range(100_000)}}), "events")
except archive.ArchiveError as error:
    print(error)
"""

    def run() -> str:
        command = [sys.executable, "-c", script]
        environ = os.environ | disk.environ() | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
        return done.stdout

    assert expected in run()
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []
    disk.free("site=a.com")
    assert run() == ""
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == [tmp_path / "archive" / NAME]
