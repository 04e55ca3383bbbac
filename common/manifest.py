"""A shard's list of archive files in, what each holds out: only files that stand here count, whatever else there is."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import cast
from urllib.parse import quote

import msgspec
import redis

from common import keys
from common.keys import Shard

EVENTS, ROWS = "events", "rows"


class File(msgspec.Struct, array_like=True, frozen=True):
    """One file of the archive. An `events` file holds raw events of its days, a `rows` file the rollups of a month."""

    kind: str
    rows: int  #: rows of the table
    size: int  #: bytes of the file
    days: list[tuple[int, int]]  #: local day, rows of it
    crc: int = 0  #: CRC-32 of the file; 0: not noted

    @property
    def months(self) -> set[str]:
        """The months of its days, such as 2026-10."""
        return {keys.month(day) for day, _ in self.days}


_decode = msgspec.msgpack.Decoder(File).decode
_encode = msgspec.msgpack.Encoder().encode


def files(client: redis.Redis, shard: Shard) -> dict[str, File]:
    """All files of a shard by name. Raises redis.RedisError, also for a key of a wrong type."""
    return decoded(cast("dict[bytes, bytes]", client.hgetall(shard.archive())))


def decoded(stored: dict[bytes, bytes]) -> dict[str, File]:
    """The same of a hash that was read already; raises msgspec.DecodeError."""
    return {name.decode(): _decode(value) for name, value in sorted(stored.items())}


def days_of_events(client: redis.Redis, shard: Shard) -> set[int]:
    """The days that have events in the archive. Raises redis.RedisError."""
    return {day for file in files(client, shard).values() if file.kind == EVENTS for day, _ in file.days}


def encoded(file: File) -> bytes:
    """As it is stored."""
    return _encode(file)


def folder(site: str) -> str:
    """Where a site's files lie within the archive."""
    return f"site={quote(site, safe='.-_')}"


def told_in(shard: Shard) -> str:
    """The file that says what the archive holds of a shard."""
    return f"{folder(shard.site)}/manifest{f'-{shard.number}' if shard.number else ''}.json"


def own(names: Iterable[str], shard: Shard) -> list[str]:
    """Those of a site's files that are a shard's."""
    kinds = tuple(f"{kind}-{shard.number}-" for kind in (EVENTS, ROWS))
    return [name for name in names if name.rpartition("/")[2].startswith(kinds)]


def new_name(shard: Shard, kind: str, month: str, day: str = "") -> str:
    """A name that no file has had: contents never change under a name, so that readers may keep copies."""
    inner = f"/day={day}" if day else ""
    return f"{folder(shard.site)}/month={month}{inner}/{kind}-{shard.number}-{secrets.token_hex(6)}.parquet"
