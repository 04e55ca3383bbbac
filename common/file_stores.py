"""A `Location` in, a store of whole files out: a folder, or a bucket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from common.buckets import Bucket
from common.folders import Folder
from common.locations import Location


class Store(Protocol):
    """Files by name, `/` between parts. Every method raises `ArchiveError`."""

    where: str  #: as messages may show it

    def put(self, name: str, data: Any, check: Callable[[pa.Buffer], None]) -> None:
        """Write a file whole or not at all, and give `check` the bytes as they were read back.

        Where that raises, the file is taken away again.
        """

    def get(self, name: str) -> pa.Buffer:
        """All bytes of a file. Raises `MissingFile`."""

    def delete(self, name: str) -> None:
        """Take a file away, and folders that are empty then. One that is not there is well."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def names(self, folder: str = "") -> list[str]:
        """All files below a folder."""


def open_store(location: Location) -> Store:
    """The store of a location; asks nobody yet. Raises `ArchiveError`."""
    return Bucket(location) if location.scheme else Folder(Path(location.path))
