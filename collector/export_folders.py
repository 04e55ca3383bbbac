"""Paths in, the exports among them out: folders, their manifests and their files, each export once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from collector import export_files, export_manifest
from collector.export_manifest import EVENTS, NAME, ExportError, Manifest
from common import keys

_SUFFIXES = {".parquet", ".csv"}


@dataclass
class Export:
    """What of an export is to be imported. Without a manifest: a single Parquet file, which names its site."""

    folder: Path
    site: str
    zone: str
    manifest: Manifest | None = None
    files: list[Path] = field(default_factory=list)  #: with events

    @property
    def dropped(self) -> dict[int, dict[str, int]]:
        """What was not counted, by day and reason, in the months of the files."""
        months = {path.stem.partition("-")[2] for path in self.files}
        days = self.manifest.days if self.manifest else []
        whole = self.manifest is not None and len(self.files) == sum(f.kind == EVENTS for f in self.manifest.files)
        return {keys.ordinal(day.day): day.dropped for day in days if day.dropped and (whole or day.day[:7] in months)}

    def check(self) -> None:
        """Raises `ExportError` unless all files are as they were written, OSError."""
        entries = {file.name: file for file in self.manifest.files} if self.manifest else {}
        for path in self.files:
            if path.name in entries:
                export_manifest.check(self.folder, entries[path.name])


def sorted_out(paths: Iterable[Path]) -> tuple[list[Export], list[Path]]:
    """The exports, and the paths that are none. Raises `ExportError`, OSError."""
    found: dict[Path, Export] = {}
    rest = []
    for path in paths:
        folders = _folders(path)
        for folder, manifest in folders:
            _add(found, folder, manifest, [file.name for file in manifest.files if file.kind == EVENTS])
            if manifest.what not in (EVENTS, "all"):
                raise ExportError(f"{folder}: holds rollups alone, and they are made of events: export --what all")
        if not folders and not _file(found, path):
            rest.append(path)
    return list(found.values()), rest


def _folders(path: Path) -> list[tuple[Path, Manifest]]:
    """The whole exports that a path stands for."""
    if path.is_dir():
        tried = [path, *sorted(inner for inner in path.iterdir() if inner.is_dir())]
    elif path.name == NAME:
        tried = [path.parent]
    else:
        return []
    folders = [(folder, manifest) for folder in tried if (manifest := export_manifest.read(folder))]
    if not folders:
        raise ExportError(f"{path}: no export that was finished; expected a folder that `export` wrote")
    return folders


def _file(found: dict[Path, Export], path: Path) -> bool:
    """Whether a path is a file of an export, which is then noted."""
    if path.suffix not in _SUFFIXES or not path.is_file():
        return False
    manifest = export_manifest.read(path.parent)
    entry = next((file for file in manifest.files if file.name == path.name), None) if manifest else None
    if manifest and entry:
        _add(found, path.parent, manifest, [path.name] if entry.kind == EVENTS else [])
        return True
    told = export_files.told_of(path) if path.suffix == ".parquet" else None
    if told is None:
        if path.suffix == ".parquet":
            raise ExportError(f"{path}: no Parquet file that `export` wrote")
        return False
    kind, site, zone = told
    if kind == EVENTS:
        found[path] = Export(path.parent, site, zone, None, [path])
    return True


def _add(found: dict[Path, Export], folder: Path, manifest: Manifest, names: list[str]) -> None:
    export = found.setdefault(folder.resolve(), Export(folder, manifest.site, manifest.zone, manifest))
    export.files = sorted({*export.files, *(folder / name for name in names)})
