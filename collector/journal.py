"""Records in, durable numbered records out: the local append-only log that makes an acknowledgement true.

One folder belongs to one collector: its random id, a lock, and segments named by their first record's number.
A record is a header (length, CRC-32, number) and a msgpack body. `append` only buffers; `sync` writes and fsyncs
all that is waiting as one group. Only what was synced is ever read back by the flusher.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import struct
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

HEADER = struct.Struct("<IIQ")
SEGMENT_BYTES = 16 << 20
#: Beyond this much unflushed data the collector answers 503 instead of filling the disk.
MOST_BYTES = 4 << 30


class JournalFull(Exception):
    """The journal holds as much as it may: Redis has been away for too long."""


class Record(NamedTuple):
    """One durable record."""

    number: int
    body: bytes


class Journal:
    """The writing side. One process at a time owns a folder; opening one that is owned raises BlockingIOError."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._most = most_bytes
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise
        self.id = _identity(folder)
        self._waiting: list[bytes] = []
        self._guard = threading.Lock()  # `append` runs in the event loop, `sync` in a thread
        self.number = _repair(folder)
        self._file = -1
        self._size = 0
        self._roll()

    def append(self, body: bytes) -> int:
        """Queue a record for the next `sync` and return its number; raises `JournalFull`."""
        with self._guard:
            self.number += 1
            self._waiting.append(HEADER.pack(len(body), crc32(body), self.number) + body)
            return self.number

    def check_room(self) -> None:
        """Raise `JournalFull` when no more may be accepted."""
        if self.bytes() > self._most:
            raise JournalFull

    def sync(self) -> int:
        """Write and fsync all queued records; the last durable number. On OSError they are forgotten: not accepted."""
        with self._guard:
            waiting, upto = self._waiting, self.number
            self._waiting = []
        if not waiting:
            return upto
        data = b"".join(waiting)
        try:
            _write(self._file, data)
            os.fdatasync(self._file)
        except OSError:
            # A torn group must not stay in front of what comes later.
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
            raise
        self._size += len(data)
        if self._size >= SEGMENT_BYTES:
            self._roll(upto)
        return upto

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

    def _roll(self, upto: int | None = None) -> None:
        if self._file >= 0:
            os.close(self._file)
        first = (self.number if upto is None else upto) + 1
        existing = segments(self.folder)
        path = existing[-1] if upto is None and existing else self.folder / f"{first:020d}.log"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._size = os.lseek(self._file, 0, os.SEEK_END)
        _sync_folder(self.folder)


def segments(folder: Path) -> list[Path]:
    """The segment files of a journal, oldest first."""
    return sorted(folder.glob("*.log"))


def read(folder: Path, after: int, upto: int | None = None) -> Iterator[Record]:
    """Records with after < number <= upto, in order. Stops at the first one that is not whole."""
    files = segments(folder)
    for place, path in enumerate(files):
        if place + 1 < len(files) and int(files[place + 1].stem) <= after + 1:
            continue
        with path.open("rb") as file:
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
                yield Record(number, body)


def forget(folder: Path, upto: int) -> None:
    """Delete the segments whose records are all <= upto; the newest segment always stays."""
    files = segments(folder)
    for path, following in pairwise(files):
        if int(following.stem) <= upto + 1:
            path.unlink()


def _identity(folder: Path) -> str:
    """The collector's id: random, made once, so that a copied configuration never shares one."""
    path = folder / "id"
    if not path.exists():
        fresh = folder / "id.new"
        fresh.write_text(secrets.token_hex(8))
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
            if len(body) < length or crc32(body) != check:
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
