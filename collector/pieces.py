"""A file in, pieces of its decompressed bytes out, cut at line ends and named by a chain of digests.

A digest stands for all bytes up to its place, so that a file that has grown is known as far as it was before, and a
copy under another name or compression is the same file.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

#: Decompressed bytes of a file's first pieces, up to the next line end.
PIECE = 1 << 20
#: Later ones are half as long as what came before them, up to so many times that: what a piece costs by itself is paid
#: a few times in a large file, and its events are in memory together.
_LARGEST = 8
#: No line of a log is longer; without an end by then it is no log.
LONGEST_LINE = 8 << 20
_READ = 1 << 18
_GZIP = b"\x1f\x8b"

START = blake2b(b"footfall file 1", digest_size=16).digest()


class Damaged(Exception):
    """A file that cannot be read to its end; the message says why."""


class Entry(NamedTuple):
    """A piece that follows a digest in some file: its length, the digest behind it, whether all of it is in."""

    length: int
    after: bytes
    done: bool


class Piece(NamedTuple):
    """Whole lines of a file, or its last one without an end."""

    before: bytes
    after: bytes
    data: bytes
    entry: Entry | None  #: as which it is known
    number: int  #: of its first line
    ends: int  #: how many lines end in it
    begun: bool  #: it begins with the rest of a line that the piece before ended with

    def fresh(self) -> Piece:
        """The piece without the rest of a line that was taken before."""
        if not self.begun:
            return self
        _, end, data = self.data.partition(b"\n")
        return self._replace(data=data, number=self.number + len(end), begun=False)

    def line_count(self) -> int:
        """How many lines it has, without the rest of one that was taken before."""
        return self.ends + (not self.data.endswith(b"\n")) - self.begun

    def lines(self) -> list[tuple[int, str]]:
        """Its lines with their numbers, without the rest of one that was taken before."""
        fresh = self.fresh()
        found = fresh.data.decode("utf-8", "replace").split("\n")
        if not found[-1]:
            found.pop()
        return [(fresh.number + place, line.rstrip("\r")) for place, line in enumerate(found)]


def chain(before: bytes, data: bytes | bytearray | memoryview) -> bytes:
    """The digest behind some bytes."""
    digest = blake2b(before, digest_size=16)
    digest.update(data)
    return digest.digest()


def chunks(path: Path, advance: Callable[[int], None] = lambda count: None) -> Generator[bytes, None, None]:
    """The decompressed bytes of a plain or gzipped file; `advance` is told the bytes read. Raises `Damaged`."""
    try:
        with path.open("rb") as file:
            source = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == _GZIP else file
            told = 0
            while data := source.read1(_READ):
                yield data
                advance(file.tell() - told)
                told = file.tell()
    except EOFError:
        raise Damaged("the gzip data ends too early") from None
    except (zlib.error, gzip.BadGzipFile):
        raise Damaged("the gzip data is damaged") from None
    except OSError as error:
        raise Damaged(error.strerror or type(error).__name__) from None


class Cutter:
    """Walks along a file: pieces that are known as they were cut then, new ones at PIECE bytes or more."""

    def __init__(
        self, source: Iterable[bytes], known: Callable[[bytes], list[Entry]], is_whole: Callable[[str], bool]
    ) -> None:
        self._source, self._known, self._is_whole = iter(source), known, is_whole
        self._held = bytearray()
        self._passed = 0
        self._ended = False
        self.number = 1  #: of the line at which it stands
        self.unfinished = False  #: a last line without an end was left for another time

    def __iter__(self) -> Iterator[Piece]:
        """The pieces. Raises what the source raises; the pieces before are whole."""
        before, begun = START, False
        while True:
            entry = self._recognise(before)
            length = entry.length if entry else self._cut(begun)
            if not length:
                return
            with memoryview(self._held) as held:
                data = bytes(held[:length])
            after = entry.after if entry else chain(before, data)
            ends = data.count(b"\n")
            yield Piece(before, after, data, entry, self.number, ends, begun)
            del self._held[:length]
            self._passed += length
            self.number += ends
            before, begun = after, not data.endswith(b"\n")

    def lines_held(self) -> int:
        """Line ends that were read behind the last piece."""
        return self._held.count(b"\n")

    def _recognise(self, before: bytes) -> Entry | None:
        """The known piece that begins here: one that is done sooner than one that was only begun, then the longest."""
        for entry in sorted(self._known(before), key=lambda entry: (entry.done, entry.length), reverse=True):
            self._fill(entry.length)
            if len(self._held) >= entry.length and chain(before, self._held[: entry.length]) == entry.after:
                return entry
        return None

    def _cut(self, begun: bool) -> int:
        """Length of the next new piece, 0 at the end."""
        size = max(PIECE, min(self._passed // 2, _LARGEST * PIECE))
        self._fill(size)
        end = self._held.find(b"\n", size - 1)
        while end < 0 and not self._ended:
            searched = len(self._held)
            if searched > size + LONGEST_LINE:
                raise Damaged(f"no line end within {LONGEST_LINE >> 20} MiB, this is no text")
            self._fill(searched + 1)
            end = self._held.find(b"\n", searched)
        if end >= 0:
            return end + 1
        whole = self._held.rfind(b"\n") + 1
        last = self._held[whole:].decode("utf-8", "replace")
        if not last or (begun and not whole) or self._is_whole(last):
            return len(self._held)
        self.unfinished = True
        return whole

    def _fill(self, length: int) -> None:
        while len(self._held) < length and not self._ended:
            data = next(self._source, None)
            if data is None:
                self._ended = True
            else:
                self._held += data
