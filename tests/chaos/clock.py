"""A folder in; for processes that load its shim (clock.c) a time of day that the scenario sets, out.

The product reads the clock of its machine and has no setting for another one, so the machine's is shifted. Durations
are not: deadlines, pauses and time-outs last as long as they always do.
"""

from __future__ import annotations

import mmap
import struct
import subprocess
import time
from pathlib import Path

from tests.chaos.disk import compiler

SOURCE = Path(__file__).parent / "clock.c"
DAY, HOUR, MINUTE, SECOND = 86_400_000, 3_600_000, 60_000, 1_000
_NUMBER = struct.Struct("=q")


class Clock:
    """One time of day for all processes that get its `environ`; `now` is where it begins, in ms."""

    def __init__(self, folder: Path, now: int) -> None:
        self._shim, path = folder / "clock.so", folder / "clock"
        path.write_bytes(bytes(_NUMBER.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _NUMBER.size)
        options = ["-shared", "-fPIC", "-O2", "-o", str(self._shim), str(SOURCE), "-ldl"]
        subprocess.run([*compiler(), *options], check=True, cwd=folder)
        self.environ = {"LD_PRELOAD": str(self._shim), "CHAOS_CLOCK": str(path)}
        self.set(now)

    @property
    def now(self) -> int:
        """What its processes take for the time, in ms."""
        shift: int = _NUMBER.unpack(self._map[: _NUMBER.size])[0]
        return (time.time_ns() + shift) // 1_000_000

    def set(self, now: int) -> None:
        """From now on it is `now` ms, and goes on from there."""
        self._map[: _NUMBER.size] = _NUMBER.pack(now * 1_000_000 - time.time_ns())

    def advance(self, span: int) -> None:
        """Jump ahead by `span` ms."""
        self.set(self.now + span)


def midnight() -> int:
    """The coming midnight, UTC, in ms: as good a date as any, and one that the clock of this machine is near."""
    return (time.time_ns() // 1_000_000 // DAY + 1) * DAY
