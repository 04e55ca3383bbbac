"""What stands for an export: a folder, one above, its manifest, its files; each once."""

from __future__ import annotations

from pathlib import Path

import pytest
from made import event, ms

from collector import export_manifest
from collector.export_files import Months
from collector.export_folders import sorted_out
from collector.export_manifest import Day, ExportError, Manifest
from common import keys

DAYS = [keys.ordinal(text) for text in ("2026-05-31", "2026-06-01")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export of two months, made by hand."""
    made = tmp_path / "out" / "example.com"
    made.mkdir(parents=True)
    files = Months(made, "events", "parquet", "example.com", "UTC")
    rollups = Months(made, "rollups", "parquet", "example.com", "UTC")
    for day in DAYS:
        files.write(day, [event(1, ms(f"{keys.iso(day)} 12:00"))])
        rollups.write(day, {})
    files.close()
    rollups.close()
    manifest = Manifest(
        site="example.com",
        zone="UTC",
        first=keys.iso(DAYS[0]),
        last=keys.iso(DAYS[1]),
        made="",
        format="parquet",
        what="all",
        days=[Day(keys.iso(day), 1, {"spam": number}) for number, day in enumerate(DAYS, 1)],
        files=[*files.files, *rollups.files],
    )
    export_manifest.write(made, manifest)
    return made


@pytest.mark.parametrize(
    ("named", "months"),
    [
        (["."], "05 06"),
        ([".."], "05 06"),
        (["manifest.json"], "05 06"),
        (["manifest.json", "."], "05 06"),
        (["events-2026-06.parquet"], "06"),
        (["events-2026-06.parquet", "events-2026-05.parquet", "rollups-2026-05.parquet"], "05 06"),
        (["rollups-2026-05.parquet"], ""),
    ],
)
def test_what_stands_for_it(folder: Path, named: list[str], months: str) -> None:
    exports, rest = sorted_out([folder / name for name in named])
    assert rest == []
    assert [path.name for export in exports for path in export.files] == [
        f"events-2026-{month}.parquet" for month in months.split()
    ]
    spam = {"05": (DAYS[0], {"spam": 1}), "06": (DAYS[1], {"spam": 2})}
    assert [export.dropped for export in exports] == [dict(spam[month] for month in months.split())]
    for export in exports:
        export.check()


def test_a_file_alone_names_its_site(folder: Path, tmp_path: Path) -> None:
    path = (folder / "events-2026-05.parquet").rename(tmp_path / "a.parquet")
    (export,), rest = sorted_out([path])
    assert (export.site, export.zone, export.manifest, export.files, rest) == ("example.com", "UTC", None, [path], [])
    assert export.dropped == {}
    export.check()


def test_logs_are_left(tmp_path: Path) -> None:
    log, table, missing = tmp_path / "access.log", tmp_path / "events.csv", tmp_path / "gone.csv"
    log.write_text("")
    table.write_text("timestamp,name\n")
    assert sorted_out([log, table, missing]) == ([], [log, table, missing])


def test_what_is_no_export(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExportError, match="no export that was finished"):
        sorted_out([tmp_path / "empty"])
    (tmp_path / "x.parquet").write_text("x")
    with pytest.raises(ExportError, match="no Parquet file"):
        sorted_out([tmp_path / "x.parquet"])
    (folder / "events-2026-05.parquet").write_text("changed")
    (export,), _ = sorted_out([folder])
    with pytest.raises(ExportError, match="SHA-256"):
        export.check()
    told = export_manifest.read(folder)
    assert told
    told.what, told.files = "rollups", [file for file in told.files if file.kind == "rollups"]
    export_manifest.write(folder, told)
    with pytest.raises(ExportError, match="rollups alone"):
        sorted_out([folder])
