"""Records in, durable numbered records out: the local append-only log that makes an acknowledgement true.

One folder belongs to one collector: its random id, a lock, and segments named by their first record's number.
A record is a header (length, CRC-32, number) and a msgpack body. `append` only buffers; `sync` writes and fsyncs
all that is waiting as one group. Only what was synced is ever read back by the flusher.
"""

from __future__ import annotations

import fcntl
import math
import os
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

HEADER = struct.Struct("<IIQ")
SEGMENT_BYTES = 16 << 20
#: Beyond this much unflushed data the collector answers 503 instead of filling the disk.
MOST_BYTES = 4 << 30
#: How long a journal's size is added up before its folder is looked at again, in s.
_LOOK = 1.0


class JournalFull(Exception):
    """The journal holds as much as it may: Redis has been away for too long."""


class Place(NamedTuple):
    """Where in a journal a record ends."""

    segment: str
    offset: int


class Record(NamedTuple):
    """One durable record."""

    number: int
    body: bytes
    end: Place


class Group(NamedTuple):
    """Records that become durable together, or not at all."""

    records: list[bytes]
    upto: int  #: number of the last one


class Journal:
    """The writing side. One process at a time owns a folder; opening one that is owned raises BlockingIOError."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.most_bytes = most_bytes
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise
        for above in (folder.parent, folder.parent.parent):  # else a power cut may take the folder and all in it
            _sync_folder(above)
        self.id = _identity(folder)
        self._waiting: list[bytes] = []
        self._guard = threading.Lock()  # `append` runs in the event loop, `write` in a thread at times
        self.number = self._durable = _repair(folder)
        self._file, self._size, self._torn = -1, 0, False
        self._held, self._looked = 0, -math.inf
        existing = segments(folder)
        self._open(existing[-1] if existing else self._next_segment())

    def append(self, body: bytes) -> int:
        """Queue a record for the next group and return its number."""
        with self._guard:
            self.number += 1
            self._waiting.append(HEADER.pack(len(body), crc32(body), self.number) + body)
            return self.number

    def check_room(self) -> None:
        """Raise `JournalFull` when no more may be accepted. The folder is looked at now and then: it takes long."""
        if (now := time.monotonic()) - self._looked >= _LOOK or self._held > self.most_bytes:
            self._held, self._looked = self.bytes(), now
        if self._held > self.most_bytes:
            raise JournalFull

    def take(self) -> Group:
        """All queued records, for `write`. What is appended from now on belongs to the next group."""
        with self._guard:
            waiting, self._waiting = self._waiting, []
            return Group(waiting, self.number)

    def write(self, group: Group) -> int:
        """Write and fsync a group; the last durable number. On OSError its records are forgotten: not accepted."""
        if not group.records:
            return self._durable
        data = b"".join(group.records)
        try:
            if self._torn:
                self._cut()
            _write(self._file, data)
            os.fdatasync(self._file)
        except OSError:
            # A torn group must not stay in front of what comes later: nothing is written until it is gone.
            self._torn = True
            with suppress(OSError):
                self._cut()
            raise
        self._size += len(data)
        self._held += len(data)
        self._durable = group.upto
        if self._size >= SEGMENT_BYTES:
            with suppress(OSError):  # the group is durable; the next one tries again
                self._open(self._next_segment())
        return self._durable

    def sync(self) -> int:
        """Write and fsync all queued records; the last durable number. Raises OSError as `write` does."""
        return self.write(self.take())

    def bytes(self) -> int:
        """Size of all segments, in bytes."""
        return sum(_size(path) for path in segments(self.folder))

    def close(self) -> None:
        """Sync and give the folder back."""
        try:
            self.sync()
        finally:
            os.close(self._file)
            os.close(self._lock)

    def _cut(self) -> None:
        os.ftruncate(self._file, self._size)
        os.lseek(self._file, self._size, os.SEEK_SET)
        self._torn = False

    def _next_segment(self) -> Path:
        return self.folder / f"{self._durable + 1:020d}.log"

    def _open(self, path: Path) -> None:
        """Go on in this segment; on OSError in the one before, as if this one had never been."""
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            size = os.lseek(file, 0, os.SEEK_END)
            _sync_folder(self.folder)
        except OSError:
            os.close(file)
            if self._file >= 0:
                path.unlink()
            raise
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = file, size


def segments(folder: Path) -> list[Path]:
    """The segment files of a journal, oldest first."""
    return sorted(folder.glob("*.log"))


def read(folder: Path, after: int, upto: int | None = None, begin: Place | None = None) -> Iterator[Record]:
    """Records with after < number <= upto, in order. Stops at the first one that is not whole.

    `begin`, where record `after` ends, saves looking for it.
    """
    files = segments(folder)
    for place, path in enumerate(files):
        if place + 1 < len(files) and int(files[place + 1].stem) <= after + 1:
            continue
        with path.open("rb") as file:
            if begin and begin.segment == path.name:
                file.seek(begin.offset)
            while len(header := file.read(HEADER.size)) == HEADER.size:
                length, check, number = HEADER.unpack(header)
                if upto is not None and number > upto:
                    return
                if number <= after:
                    file.seek(length, os.SEEK_CUR)
                    continue
                body = file.read(length)
                if len(body) < length or crc32(body) != check:
                    return
                yield Record(number, body, Place(path.name, file.tell()))


def forgettable(folder: Path, upto: int) -> list[Path]:
    """The segments whose records are all <= upto; never the newest."""
    return [path for path, following in pairwise(segments(folder)) if int(following.stem) <= upto + 1]


def forget(folder: Path, upto: int) -> None:
    """Delete the segments whose records are all <= upto; the newest segment always stays."""
    for path in forgettable(folder, upto):
        path.unlink()


def _identity(folder: Path) -> str:
    """The collector's id: random, made once, so that a copied configuration never shares one."""
    path = folder / "id"
    if not path.exists():
        fresh = folder / "id.new"
        with fresh.open("w") as file:
            file.write(secrets.token_hex(8))
            file.flush()
            os.fsync(file.fileno())  # else a power cut leaves a name without an id, and nobody's marks are found
        fresh.replace(path)
        _sync_folder(folder)
    return path.read_text().strip()


def _repair(folder: Path) -> int:
    """Cut a torn end off the last segment; the number of the last whole record, 0 for an empty journal."""
    files = segments(folder)
    if not files:
        return 0
    last, good, size = int(files[-1].stem) - 1, 0, _size(files[-1])
    with files[-1].open("r+b") as file:
        while len(header := file.read(HEADER.size)) == HEADER.size:
            length, check, number = HEADER.unpack(header)
            body = file.read(length)
            # Numbers only grow: zeros, which a power cut may leave, would pass as an empty record 0.
            if len(body) < length or crc32(body) != check or number <= last:
                break
            last, good = number, file.tell()
        if good < size:
            file.truncate(good)
        os.fsync(file.fileno())
    return last


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
