"""How far a journal is durable and applied: two numbers and a time in a small file that two processes share."""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

_NUMBERS = struct.Struct("<QQQQ")
_ONE = struct.Struct("<Q")


class Progress:
    """Shared by the collector, which sets `durable`, and its flusher, which sets the rest."""

    def __init__(self, folder: Path) -> None:
        handle = os.open(folder / "progress", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(handle, _NUMBERS.size)
            self._map = mmap.mmap(handle, _NUMBERS.size)
        finally:
            os.close(handle)

    def _get(self, place: int) -> int:
        value: int = _ONE.unpack_from(self._map, 8 * place)[0]
        return value

    def _set(self, place: int, value: int) -> None:
        _ONE.pack_into(self._map, 8 * place, value)

    @property
    def durable(self) -> int:
        """Number of the last record on disk; nothing beyond it may be applied."""
        return self._get(0)

    @durable.setter
    def durable(self, number: int) -> None:
        self._set(0, number)

    @property
    def applied(self) -> int:
        """Number up to which every record is in Redis."""
        return self._get(1)

    @applied.setter
    def applied(self, number: int) -> None:
        self._set(1, number)

    @property
    def failing_since(self) -> int:
        """Ms since which Redis takes nothing; 0 while it does."""
        return self._get(2)

    @failing_since.setter
    def failing_since(self, time: int) -> None:
        self._set(2, time)

    @property
    def flushed_at(self) -> int:
        """Ms of the last successful flush."""
        return self._get(3)

    @flushed_at.setter
    def flushed_at(self, time: int) -> None:
        self._set(3, time)

    def close(self) -> None:
        """Unmap."""
        self._map.close()
