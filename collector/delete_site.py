"""A site in, nothing of it left: its keys, its part of the archive, its place among the sites, its files' registry.

The place among the sites goes last: a deletion that was killed is found again and gone on with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec
import redis

from collector.jobs.lease import Lease
from collector.pieces import Entry
from common import keys, manifest
from common.archive import Archive
from common.chunked import chunked
from common.keys import Shard
from common.shards import MOST, shards
from common.store import StoreError

_AT_ONCE = 500
_MARK = keys.mark_field("")
_decode = msgspec.msgpack.Decoder(list[Entry]).decode
_encode = msgspec.msgpack.Encoder().encode


def delete_site(leases: Sequence[Lease], archive: Archive) -> tuple[int, int]:
    """Remove a site, whose shards are all held; keys and archive files that went. Raises `Lost`, `ArchiveError`,
    redis.RedisError; the same again then goes on.

    Numbers of journal records stay (`mark:`, nothing of a visitor): events that a collector has still in its journal
    would else be counted once more.
    """
    client, shard = leases[0].client, leases[0].shard
    files = [name for lease in leases for name in manifest.files(client, lease.shard)]
    if files and not any(archive.exists(name) for name in files):
        raise StoreError(
            f"{shard.site}: none of its {len(files)} files is in {archive.where}; is FOOTFALL_ARCHIVE right?"
        )
    for lease in leases:
        _forget_files(client, lease.shard)
    count = 0
    for some in chunked(_keys_of(client, shard), _AT_ONCE):
        for lease in leases:
            lease.check()
        count += len(some)
        client.unlink(*some)
    for one in shards(shard.site, MOST):
        _empty_state(client, one)
    names = archive.names(shard.site)
    for name in [*names, *(manifest.told_in(one) for one in shards(shard.site, MOST))]:
        leases[0].check()
        archive.delete(name)
    client.hdel(keys.sites(), shard.site)
    return count, len(names)


def is_left(client: redis.Redis, archive: Archive, site: str) -> bool:
    """Whether there is anything of a site that is not among the sites any more, or never was."""
    return any(True for _ in _keys_of(client, Shard(site))) or bool(archive.names(site))


def _keys_of(client: redis.Redis, shard: Shard) -> Iterator[bytes]:
    """Its keys, whatever their family, but for the lease and the state hash."""
    every = shards(shard.site, MOST)
    prefixes = tuple(one.state().partition("}:")[0].encode() + b"}:" for one in every)
    kept = {name.encode() for one in every for name in (one.job(), one.state())}
    pattern = prefixes[0].removesuffix(b"0}:") + b"*"
    for name in client.scan_iter(pattern, count=1_000):
        key = cast(bytes, name)
        if key.startswith(prefixes) and key not in kept:
            yield key


def _empty_state(client: redis.Redis, shard: Shard) -> None:
    """Drop all of the state hash but marks."""
    fields = (cast(bytes, name) for name, _ in client.hscan_iter(shard.state(), count=1_000))
    for some in chunked((name for name in fields if not name.startswith(_MARK.encode())), _AT_ONCE):
        client.hdel(shard.state(), *some)


def _forget_files(client: redis.Redis, shard: Shard) -> None:
    """Make the registry of files such that what was imported for the site can be imported again.

    Files that name their sites may hold others, too: their pieces are only begun then, and others take nothing twice.
    """
    own = {name.decode() for name in cast("list[bytes]", client.hkeys(shard.imports()))}
    for name, stored in client.hscan_iter(keys.file_imports(), count=1_000):
        scope = cast(bytes, name).decode().partition(":")[2]
        if scope == shard.site:
            client.hdel(keys.file_imports(), name)
        elif any(f"{entry.after.hex()}:{scope}" in own for entry in _decode(stored)):
            _undo(client, cast(bytes, name), own, scope)


def _undo(client: redis.Redis, name: bytes, own: set[str], scope: str) -> None:
    def change(pipe: Any) -> None:
        stored = pipe.hget(keys.file_imports(), name)
        entries = [
            entry._replace(done=entry.done and f"{entry.after.hex()}:{scope}" not in own) for entry in _decode(stored)
        ]
        pipe.multi()
        pipe.hset(keys.file_imports(), name, _encode(entries))

    client.transaction(change, keys.file_imports())
