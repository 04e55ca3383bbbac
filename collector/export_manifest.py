"""A folder that holds an export in, what its manifest says out; and the manifest of a new one written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from common import keys
from common.store import StoreError

NAME = "manifest.json"
#: Raised when the files are written otherwise; a newer one is refused.
VERSION = 1
EVENTS, ROLLUPS = "events", "rollups"


class ExportError(StoreError):
    """An export that cannot be written or read; one line that says what to do."""


class Day(msgspec.Struct):
    """What a day of the export holds, and what its events cannot tell."""

    day: str
    events: int = 0
    dropped: dict[str, int] = {}  #: what was not counted, by reason


class File(msgspec.Struct):
    """One file of the export."""

    name: str
    kind: str  #: events or rollups
    rows: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, kw_only=True):
    """What an export is of."""

    footfall: str = "export"
    version: int = VERSION
    schema: str = keys.SCHEMA
    site: str
    zone: str
    first: str
    last: str
    made: str  #: UTC
    format: str  #: parquet or csv
    what: str  #: events, rollups or all
    where: dict[str, list[str]] = {}  #: of which events; of all where it is empty
    days: list[Day] = []
    files: list[File] = []


def write(folder: Path, manifest: Manifest) -> None:
    """Write it, last of all: a folder without one is no whole export. Raises OSError."""
    part = folder / f"{NAME}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    part.replace(folder / NAME)


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none, or another program's. Raises `ExportError`, OSError."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        head = msgspec.json.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise ExportError(f"{path}: no JSON ({error})") from error
    if not isinstance(head, dict) or head.get("footfall") != "export":
        return None
    if head.get("version") != VERSION:
        raise ExportError(f"{path}: written by another version of Footfall; update this one")
    try:
        manifest = msgspec.convert(head, Manifest)
    except msgspec.ValidationError as error:
        raise ExportError(f"{path}: damaged ({error})") from error
    if odd := next((file.name for file in manifest.files if Path(file.name).name != file.name), None):
        raise ExportError(f"{path}: {odd!r} is no file name")
    return manifest


def file_of(path: Path, kind: str, rows: int) -> File:
    """The entry of a file that was written. Raises OSError."""
    return File(path.name, kind, rows, path.stat().st_size, digest(path))


def check(folder: Path, file: File) -> None:
    """Raises `ExportError` unless the file is the one that was written."""
    path = folder / file.name
    if not path.is_file():
        raise ExportError(f"{path}: missing; copy the whole folder of the export")
    if path.stat().st_size != file.bytes or digest(path) != file.sha256:
        raise ExportError(f"{path}: not as it was written (its SHA-256 differs); export again or restore the file")


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
