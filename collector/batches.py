"""What one request adds to one site, as the journal keeps it: `Batch` in, msgpack out, and back again."""

from __future__ import annotations

import msgspec

from common.events import Event


class Batch(msgspec.Struct, array_like=True):
    """Accepted events of one site from one request, and what was dropped with them."""

    site: str
    zone: str  #: of the site when they were accepted; decides their days
    received: int  #: ms
    id: int  #: 64-bit digest of the client's batch id; 0 where it gave none
    events: list[Event]
    dropped: dict[str, int] = {}  #: reason -> events
    place: int = 0  #: four bits of its sender: decides the shard


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Batch).decode
