"""A file's name and a way to fetch it in, the path of a copy on this machine out; kept within bounds."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from common.archive_errors import ArchiveError

#: Bytes that all copies together may take.
MOST_BYTES = 2_000_000_000
#: Seconds: a copy that nobody used for so long goes, one that was just handed out stays even where room is short.
_UNUSED, _IN_USE = 7 * 86_400.0, 600.0


class FileCache:
    """Copies of files whose contents never change. Several processes may share the folder."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most = folder.absolute(), most_bytes

    def path(self, name: str, fetch: Callable[[], Any]) -> Path:
        """The copy of a file, fetched if there is none. Raises what `fetch` does, and `ArchiveError`."""
        path = self._folder / name
        try:
            os.utime(path)  # the time of its last use
            return path
        except FileNotFoundError:
            data = fetch()
        except OSError as error:
            raise self._fault(error) from error
        temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError as error:
            raise self._fault(error) from error
        finally:
            with suppress(OSError):
                temporary.unlink()
        self._shrink(time.time())
        return path

    def drop(self, name: str) -> None:
        """Forget a copy."""
        with suppress(OSError):
            path = self._folder / name
            path.unlink()
            while path.parent != self._folder:
                path = path.parent
                path.rmdir()

    def _shrink(self, now: float) -> None:
        """Take away what is unused, then the longest unused while there is too much."""
        with suppress(OSError):  # another process may be at it
            files = [(path.stat(), path) for path in self._folder.rglob("*") if path.is_file()]
            files.sort(key=lambda file: file[0].st_mtime)
            total = sum(status.st_size for status, _ in files)
            for status, path in files:
                age = now - status.st_mtime
                if age > _UNUSED or (total > self._most and age > _IN_USE):
                    self.drop(path.relative_to(self._folder).as_posix())
                    total -= status.st_size

    def _fault(self, error: OSError) -> ArchiveError:
        return ArchiveError(
            f"{self._folder}: no copy of an archived file can be kept ({error.strerror or error}); "
            "free some space there, or set FOOTFALL_DATA to a folder that can be written"
        )
