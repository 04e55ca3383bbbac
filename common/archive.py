"""Names and tables in, verified files of the archive out, in a folder or an object store; see docs/archive.md."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

import pyarrow as pa

from common import locations, manifest, parquet
from common.archive_errors import ArchiveError, DamagedFile, MissingFile, explain
from common.file_cache import FileCache
from common.file_stores import Store, open_store
from common.folders import Folder
from common.settings import Settings

_PIECE = 1 << 20
_T = TypeVar("_T")


class Written(NamedTuple):
    """A file as it was written and read back."""

    name: str
    rows: int
    bytes: int
    crc: int  #: CRC-32 of its bytes


class Archive:
    """The files of all sites. A name is used once, its contents never change. Threads may share it."""

    def __init__(self, store: Store, cache: FileCache) -> None:
        self._store, self._cache = store, cache

    @classmethod
    def open(cls, settings: Settings) -> Archive:
        """The archive of the settings; asks nobody yet. Raises `ArchiveError`, as every method does."""
        try:
            location = locations.parse(settings.archive or str(settings.data / "archive"))
        except ValueError as error:
            raise ArchiveError(f"FOOTFALL_ARCHIVE: {error}") from None
        return cls(open_store(location), FileCache(settings.data / "cache" / "archive"))

    @property
    def where(self) -> str:
        """The folder or URL, without secrets."""
        return self._store.where

    def probe(self) -> None:
        """Write, read back and delete a few bytes: raises what would keep files from being written."""
        name = f"probe-{secrets.token_hex(6)}.txt"
        self._put_text(name, name)
        self._store.delete(name)

    def write(self, name: str, table: pa.Table, kind: str) -> Written:
        """Write a table under a new name, read it back and compare all of it; on a difference nothing is left."""
        _checked(name)
        if self._store.exists(name):
            raise ArchiveError(f"archive {self.where}: {name} is there already; a name is used once")
        data = parquet.encode(table, kind)

        def compare(back: pa.Buffer) -> None:
            try:
                wrong = parquet.differences(table, parquet.decode(back))
            except ArchiveError as error:
                raise self._named(error, name) from error
            if wrong:
                raise self._unlike(name, wrong)

        self._store.put(name, data, compare)
        return Written(name, len(table), data.size, zlib.crc32(data))

    def read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The table of a file, or some of its columns."""
        return self._use(name, lambda path: parquet.decode(path, columns))

    def local(self, name: str, crc: int = 0) -> Path:
        """The path of a file, or of a copy of it, that another library may read, which looks at no checksums: the file
        is whole, by the CRC-32 that was noted of it (0: at its end).
        """
        return self._use(name, lambda path: _whole(path, crc))

    def delete(self, name: str) -> None:
        """Take a file away. One that is not there is well."""
        self._store.delete(_checked(name))
        self._cache.drop(name)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self._store.exists(_checked(name))

    def names(self, site: str) -> list[str]:
        """The Parquet files of a site, those among them that no manifest names."""
        return [name for name in self._store.names(manifest.folder(site)) if name.endswith(".parquet")]

    def sites(self) -> list[str]:
        """The sites that have any file."""
        folders = {name.partition("/")[0] for name in self._store.names() if "/" in name}
        return sorted(unquote(folder[5:]) for folder in folders if folder.startswith("site="))

    def write_text(self, name: str, text: str) -> None:
        """Write a text, in place of what the name held."""
        self._put_text(_checked(name), text)

    def _put_text(self, name: str, text: str) -> None:
        data = text.encode()

        def compare(back: pa.Buffer) -> None:
            if back.to_pybytes() != data:
                raise self._unlike(name, ["the text"])

        self._store.put(name, data, compare)

    def read_text(self, name: str) -> str:
        """The text of a name. Raises `MissingFile`."""
        try:
            return str(self._store.get(_checked(name)).to_pybytes(), "utf-8")
        except UnicodeDecodeError as error:
            raise self._named(DamagedFile("is no text; restore it from a backup of the archive"), name) from error

    def _use(self, name: str, use: Callable[[Path], _T]) -> _T:
        """What `use` makes of a file; a copy that is damaged is fetched once more."""
        _checked(name)
        if isinstance(self._store, Folder):
            return self._tried(name, self._store.path(name), use)
        try:
            return self._tried(name, self._cached(name), use)
        except (DamagedFile, MissingFile):
            self._cache.drop(name)
            return self._tried(name, self._cached(name), use)

    def _cached(self, name: str) -> Path:
        return self._cache.path(name, lambda: self._store.get(name))

    def _tried(self, name: str, path: Path, use: Callable[[Path], _T]) -> _T:
        try:
            return use(path)
        except ArchiveError as error:
            raise self._named(error, name) from error
        except OSError as error:
            raise explain(error, self.where, f"reading {name}") from error

    def _named(self, error: ArchiveError, name: str) -> ArchiveError:
        return type(error)(f"archive {self.where}: {name}: {error}")

    def _unlike(self, name: str, what: Sequence[str]) -> ArchiveError:
        return DamagedFile(
            f"archive {self.where}: {name} was read back unlike it was written ({', '.join(what[:3])}) and is removed; "
            "look after the disk or the store, then run the job again"
        )


def _whole(path: Path, crc: int) -> Path:
    status = path.stat()
    _verified(path, status.st_size, status.st_mtime_ns, crc)
    return path


@lru_cache(maxsize=4096)
def _verified(path: Path, size: int, changed: int, crc: int) -> None:
    parquet.check(path)
    found = 0
    with path.open("rb") as file:
        while crc and (data := file.read(_PIECE)):
            found = zlib.crc32(data, found)
    if found != crc:
        raise DamagedFile("damaged (its checksum is another); restore it from a backup of the archive")


def _checked(name: str) -> str:
    """A name that stays below its site's folder: names come from Redis, too."""
    parts = name.split("/")
    if not name.startswith("site=") or len(parts) < 2 or not name.isprintable() or {"", ".", ".."} & set(parts):
        raise ArchiveError(f"{name!r} is no name of a file of the archive; `doctor` looks at every file")
    return name
