"""Manifests written and read, and those that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.export_manifest import NAME, Day, ExportError, File, Manifest, check, file_of, read, write

DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of "hello"


def manifest(*files: File) -> Manifest:
    return Manifest(
        site="example.com",
        zone="Europe/Berlin",
        first="2026-05-01",
        last="2026-05-31",
        made="2026-06-01T00:00:00+00:00",
        format="csv",
        what="all",
        days=[Day("2026-05-01", 3, {"spam": 2})],
        files=list(files),
    )


def test_it_comes_back(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    write(tmp_path, manifest(File("events-2026-05.csv", "events", 3, 5, DIGEST)))
    assert read(tmp_path) == manifest(File("events-2026-05.csv", "events", 3, 5, DIGEST))
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ('{"footfall": "export", "version": 2}', "another version"),
        ('{"footfall": "export", "version": 1, "site": 3}', "damaged"),
        ('{"name": "something else"}', ""),
        ("[]", ""),
    ],
)
def test_others(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / NAME).write_text(text)
    if not says:
        assert read(tmp_path) is None
        return
    with pytest.raises(ExportError, match=says):
        read(tmp_path)


def test_names_stay_in_the_folder(tmp_path: Path) -> None:
    write(tmp_path, manifest(File("../events-2026-05.csv", "events", 3, 5, DIGEST)))
    with pytest.raises(ExportError, match="no file name"):
        read(tmp_path)


def test_check(tmp_path: Path) -> None:
    path = tmp_path / "events-2026-05.csv"
    path.write_text("hello")
    file = file_of(path, "events", 1)
    assert file == File(path.name, "events", 1, 5, DIGEST)
    check(tmp_path, file)
    path.write_text("hallo")
    with pytest.raises(ExportError, match="SHA-256"):
        check(tmp_path, file)
    path.unlink()
    with pytest.raises(ExportError, match="missing"):
        check(tmp_path, file)
