"""A folder and names in, files written whole or not at all out: beside, synced, read back, then renamed."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from common.archive_errors import explain

#: Seconds after which what a killed writer left may go.
_ABANDONED = 3600.0


class Folder:
    """Files below a folder, which is made when the first is written. See `file_stores.Store`."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.where = str(self.root)

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self.root / name

    def put(self, name: str, data: Any, check: Callable[[pa.Buffer], None]) -> None:
        final = self.path(name)
        temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            final.parent.mkdir(parents=True, exist_ok=True)
            _tidy(final.parent)
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                if hasattr(os, "posix_fadvise"):  # so that what is read back comes from the disk
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            check(pa.py_buffer(temporary.read_bytes()))
            temporary.replace(final)
            for folder in [*_between(final, self.root), self.root]:
                _sync(folder)
        except OSError as error:
            raise explain(error, self.where, f"writing {name}") from error
        finally:
            with suppress(OSError):
                temporary.unlink()

    def get(self, name: str) -> pa.Buffer:
        try:
            return pa.py_buffer(self.path(name).read_bytes())
        except OSError as error:
            raise explain(error, self.where, f"reading {name}") from error

    def delete(self, name: str) -> None:
        path = self.path(name)
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise explain(error, self.where, f"deleting {name}") from error
        with suppress(OSError):  # the first that holds something ends it
            for folder in _between(path, self.root):
                _tidy(folder)
                folder.rmdir()

    def exists(self, name: str) -> bool:
        try:
            return self.path(name).is_file()
        except OSError as error:
            raise explain(error, self.where, f"looking for {name}") from error

    def names(self, folder: str = "") -> list[str]:
        found: list[str] = []

        def refused(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):
                raise explain(error, self.where, "listing") from error

        for at, _, files in os.walk(self.root / folder, onerror=refused):
            part = Path(at).relative_to(self.root)
            found += [(part / file).as_posix() for file in files if not file.startswith(".")]
        return sorted(found)


def _between(path: Path, root: Path) -> list[Path]:
    """The folders of a file below the root, the innermost first."""
    return [folder for folder in path.parents if root in folder.parents]


def _tidy(folder: Path) -> None:
    for left in folder.glob(".*.tmp"):
        if time.time() - left.stat().st_mtime > _ABANDONED:
            left.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
