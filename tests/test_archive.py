"""The archive of sites in a folder and in an object store: the same files, the same words when something is wrong."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from object_store import ObjectStore, object_store
from test_parquet import derived

from common import parquet
from common.archive import Archive, Written
from common.archive_errors import ArchiveError, DamagedFile, MissingFile
from common.folders import Folder
from common.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
MONTH = "site=a.com/month=2026-05"
NAME, DAILY = f"{MONTH}/events-0-abc.parquet", f"{MONTH}/day=2026-05-05/events-0-def.parquet"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture(params=["folder", "bucket"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    if request.param == "folder":
        yield Archive.open(Settings(data=tmp_path))
        return
    opened = Archive.open(request.getfixturevalue("server").settings(tmp_path))
    yield opened
    for site in opened.sites():
        for name in [*opened.names(site), f"site={site}/manifest.json"]:
            opened.delete(name)


def put(archive: Archive, name: str, data: bytes) -> None:
    """Whatever somebody else may put there."""
    archive._store.put(name, data, lambda back: None)


def stored(archive: Archive, name: str) -> bytes:
    return archive._store.get(name).to_pybytes()


def test_write_read_list_delete(archive: Archive) -> None:
    table = derived()
    assert [archive.sites(), archive.names("a.com")] == [[], []]
    archive.probe()
    written = archive.write(NAME, table, "events")
    assert written == Written(NAME, len(table), len(stored(archive, NAME)), zlib.crc32(stored(archive, NAME)))
    archive.write(DAILY, table.slice(0, 5), "events")
    archive.write_text("site=b.com/manifest.json", '{"größe": 1}')
    archive.write_text("site=b.com/manifest.json", '{"größe": 2}')
    assert archive.read_text("site=b.com/manifest.json") == '{"größe": 2}'
    assert archive.read(NAME).to_pylist() == table.to_pylist()
    assert archive.read(DAILY, ["page", "day"]).to_pylist() == table.select(["page", "day"]).to_pylist()[:5]
    assert archive.sites() == ["a.com", "b.com"]
    assert archive.names("a.com") == [DAILY, NAME]
    assert archive.names("b.com") == archive.names("a") == []
    path = archive.local(NAME)
    assert parquet.decode(path).equals(archive.read(NAME))
    with pytest.raises(ArchiveError, match="is there already"):
        archive.write(NAME, table, "events")
    archive.delete(NAME)
    archive.delete(NAME)
    assert [archive.exists(NAME), archive.exists(DAILY), path.exists()] == [False, True, False]
    for call in (archive.read, archive.local, archive.read_text):
        with pytest.raises(MissingFile, match=r"events-0-abc\.parquet: there is no such file; restore it"):
            call(NAME)


@pytest.mark.parametrize("left", [0, 5, 1_000, -1])
def test_a_truncated_file(archive: Archive, left: int) -> None:
    archive.write(NAME, derived(), "events")
    data = stored(archive, NAME)
    put(archive, NAME, data[:left])
    for call in (archive.read, archive.local):
        with pytest.raises(DamagedFile, match=r"events-0-abc\.parquet: damaged .*restore it from a backup") as raised:
            call(NAME)
        assert "\n" not in str(raised.value)
    put(archive, NAME, data)
    assert archive.read(NAME).num_rows == 300


def test_a_newer_schema(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(parquet, "SCHEMA", 2)
        archive.write(NAME, derived(), "events")
    for call in (archive.read, archive.local):
        with pytest.raises(ArchiveError, match=r"written by a newer Footfall; update this one$"):
            call(NAME)


def test_what_is_read_back_unlike_is_removed(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    table = derived()
    with monkeypatch.context() as broken:
        encode = parquet.encode
        broken.setattr(parquet, "encode", lambda table, kind: encode(table.slice(1), kind))
        with pytest.raises(DamagedFile, match=r"read back unlike it was written \(time, seq, .*run the job again"):
            archive.write(NAME, table, "events")
        broken.setattr(parquet, "encode", lambda table, kind: encode(table, kind).slice(0, 4_000))
        with pytest.raises(DamagedFile, match="damaged"):
            archive.write(NAME, table, "events")
    assert [archive.exists(NAME), archive.names("a.com")] == [False, []]
    assert archive.write(NAME, table, "events").rows == 300


@pytest.mark.parametrize(
    "name", ["../x", "site=a/../../x", "/etc/passwd", "site=a", "site=a//x", "site=a/./x", "site=a/\nx", "", "month/x"]
)
def test_names_stay_in_the_archive(name: str, tmp_path: Path) -> None:
    archive = Archive.open(Settings(data=tmp_path))
    for call in (archive.read, archive.local, archive.delete, archive.exists, archive.read_text):
        with pytest.raises(ArchiveError, match="is no name of a file of the archive"):
            call(name)


def test_a_text_that_is_none(archive: Archive) -> None:
    archive.write_text("site=b.com/manifest.json", "{}")
    put(archive, "site=b.com/manifest.json", b"\xff\xfe")
    with pytest.raises(DamagedFile, match=r"manifest\.json: is no text"):
        archive.read_text("site=b.com/manifest.json")


def test_copies_of_an_object_store(server: ObjectStore, tmp_path: Path) -> None:
    """Read once, used while the store is away, fetched again when spoilt, gone with the file."""
    archive = Archive.open(server.settings(tmp_path))
    archive.write(NAME, derived(), "events")
    path = archive.local(NAME)
    assert path == (tmp_path / "cache" / "archive" / NAME).absolute()
    server.kill()
    try:
        assert archive.local(NAME) == path
        assert archive.read(NAME).num_rows == 300
        path.write_bytes(b"spoilt")
        with pytest.raises(ArchiveError, match="cannot be reached"):
            archive.local(NAME)
    finally:
        server.start()
    archive.local(NAME).write_bytes(b"spoilt")
    assert archive.read(NAME).num_rows == 300
    whole = path.read_bytes()
    path.write_bytes(whole[:900] + bytes([whole[900] ^ 1]) + whole[901:])
    assert archive.local(NAME, zlib.crc32(whole)).read_bytes() == whole
    with pytest.raises(DamagedFile, match=r"events-0-abc\.parquet: damaged \(its checksum is another\); restore it"):
        archive.local(NAME, zlib.crc32(whole) ^ 1)
    archive.delete(NAME)
    assert not path.exists()
    assert list((tmp_path / "cache" / "archive").iterdir()) == []


def test_where_the_archive_is(tmp_path: Path) -> None:
    assert Archive.open(Settings(data=tmp_path)).where == str(tmp_path / "archive")
    assert Archive.open(Settings(data=tmp_path, archive=str(tmp_path / "x"))).where == str(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ArchiveError, match=r"^FOOTFALL_ARCHIVE: ftp:// is no kind of store"):
        Archive.open(Settings(data=tmp_path, archive="ftp://x"))


def test_duckdb_skips_and_other_readers_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_GROUP", 100)
    archive, table = Archive.open(Settings(data=tmp_path)), derived()
    archive.write(DAILY, table, "events")
    path = str(archive.local(DAILY))
    with duckdb.connect() as database:
        read = database.sql("FROM read_parquet(?, hive_partitioning = false)", params=[path]).to_arrow_table()
        groups = database.sql(
            "SELECT row_group_id, stats_min_value FROM parquet_metadata(?) WHERE path_in_schema = 'time'", params=[path]
        ).fetchall()
    assert read.column_names == table.column_names
    assert read.to_pylist() == table.to_pylist()
    assert [group for group, _ in groups] == [0, 1, 2]
    assert all(least is not None for _, least in groups)
    assert pq.ParquetFile(path).read().to_pylist() == table.to_pylist()
    assert pd.read_parquet(path, partitioning=None)["page"].tolist() == table["page"].to_pylist()


def test_the_snippets_of_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive, table = Archive.open(Settings()), derived()
    archive.write("site=example.com/month=2026-10/events-0-abc.parquet", table, "events")
    archive.write("site=example.com/month=2026-11/day=2026-11-02/events-0-abc.parquet", table, "events")
    archive.write("site=example.com/month=2026-10/rows-0-abc.parquet", pa.table({"day": [1]}), "rows")
    snippets = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "archive.md").read_text(), re.DOTALL)
    assert len(snippets) == 2
    for snippet in snippets:
        found: dict[str, pd.DataFrame] = {}
        exec(snippet, found)  # noqa: S102 - our own text
        assert found["pages"]["pageviews"].sum() == 2 * (len(table) - 1)


def test_a_folder_of_another_kind_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "archive").touch()
    archive = Archive.open(Settings(data=tmp_path))
    for call in (lambda: archive.write(NAME, derived(), "events"), archive.probe, lambda: archive.read(NAME)):
        with pytest.raises(ArchiveError, match="a file stands where a folder is needed"):
            call()


def test_sites_with_odd_names(tmp_path: Path) -> None:
    archive = Archive.open(Settings(data=tmp_path))
    for folder in ("site=localhost%3A3000", "site=b%C3%BCcher.example"):
        archive.write_text(f"{folder}/manifest.json", "{}")
    archive.write("site=localhost%3A3000/month=2026-05/events-0-abc.parquet", derived(), "events")
    assert archive.sites() == ["bücher.example", "localhost:3000"]
    assert archive.names("localhost:3000") == ["site=localhost%3A3000/month=2026-05/events-0-abc.parquet"]


def test_the_store_decides_what_is_local(tmp_path: Path) -> None:
    archive = Archive.open(Settings(data=tmp_path))
    archive.write(NAME, derived(), "events")
    assert archive.local(NAME) == Folder(tmp_path / "archive").path(NAME)
    assert not (tmp_path / "cache").exists()
