"""Raw events to compact blocks for the raw lists and back; the same for rollup rows and script arguments."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

import msgpack
import msgspec

from common.events import Event
from common.rollups import METRICS

#: Blocks below this many bytes gain nothing from compression.
_WORTH_IT = 160
_PLAIN, _ZLIB = b"\x00", b"\x01"
COLUMNAR = b"\x02"
#: Of a columnar block: its kind, its events, and how long its rest is unpacked.
HEAD = struct.Struct(">cII")
#: How a msgpack array begins that has more than 15 elements, and less than 65,536.
_ARRAY_16 = 0xDC

_encode = msgspec.msgpack.Encoder().encode
_decode_events = msgspec.msgpack.Decoder(list[Event]).decode
_decode_row = msgspec.msgpack.Decoder(list[int]).decode


def pack_events(events: Sequence[Event]) -> bytes:
    """One element of a raw list: the events of one flush and day."""
    plain = _encode(events)
    if len(plain) < _WORTH_IT:
        return _PLAIN + plain
    return _ZLIB + zlib.compress(plain, 6)


def unpack_events(block: bytes) -> list[Event]:
    """The events of one block; raises ValueError for a block of another version."""
    kind, body = block[:1], block[1:]
    if kind == COLUMNAR:
        from common.blocks import columnar_events  # noqa: PLC0415 - pyarrow, only where an import or a job wrote columns

        return columnar_events(block)
    if kind == _ZLIB:
        body = zlib.decompress(body)
    elif kind != _PLAIN:
        raise ValueError(f"raw block of an unknown kind {kind!r}: written by a newer version?")
    return _decode_events(body)


def count_events(block: bytes) -> int:
    """How many events a block has, without unpacking them."""
    kind, body = block[:1], block[1:]
    if kind == COLUMNAR:
        return int(HEAD.unpack_from(block)[1])
    if kind == _ZLIB:
        body = zlib.decompressobj().decompress(body, 8)
    elif kind != _PLAIN:
        raise ValueError(f"raw block of an unknown kind {kind!r}: written by a newer version?")
    return body[0] & 15 if body[0] < _ARRAY_16 else int.from_bytes(body[1 : 3 if body[0] == _ARRAY_16 else 5])


def unpack_blocks(blocks: Iterable[bytes]) -> list[Event]:
    """The events of many blocks, in the order they were written."""
    return [event for block in blocks for event in unpack_events(block)]


def script_argument(value: object) -> bytes:
    """A Lua script's argument. Redis's own msgpack knows no binary type, so bytes go as raw strings."""
    packed: bytes = msgpack.packb(value, use_bin_type=False)  # type: ignore[no-untyped-call]
    return packed


def pack_row(values: Sequence[int]) -> bytes:
    """One rollup row, zeros at the end left out, as the flush script writes it."""
    end = len(values)
    while end and values[end - 1] == 0:
        end -= 1
    return _encode(list(values[:end]))


def unpack_row(data: bytes) -> list[int]:
    """One rollup row, as long as METRICS."""
    values = _decode_row(data)
    return values + [0] * (len(METRICS) - len(values))
