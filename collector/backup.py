"""A data folder and a Redis in, copies that belong together out; and back: see docs/deploy.md.

The order is what makes them one: journals first, Redis after them. What a journal no longer holds is then in Redis,
and what it still holds is applied again only beyond Redis's marks. A journal comes back under a name that no collector
takes for its own (`owned.py` counts), so that nothing is appended to it: its numbers went on after the copy, and a new
record under an old number would pass for one that was applied. The archive is copied while no job moves anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import redis
from redis.exceptions import ResponseError

from collector.journal import segments
from common import keys, locations, manifest, store
from common.cluster import Cluster, nodes
from common.keys import Shard
from common.known import all_sites
from common.settings import Settings
from common.shards import shards

JOURNAL, REDIS, ARCHIVE, TOLD = "journal", "redis.rdb", "archive", "backup.json"
_TRIES, _PAUSE_S = 5, 3.0
_PIECE = 1 << 20
_SILENCE_S = 300.0  #: a large Redis says nothing but newlines while it writes its snapshot
_REFUSED = (
    "Redis does not hand out its snapshot ({error}): have its provider make one now, after this; "
    "what was copied so far is good with it"
)


class Backup(NamedTuple):
    """What was copied."""

    journals: int
    redis: int  #: bytes; 0: not handed out
    files: int  #: of the archive; those that were there already are not counted
    warnings: list[str]


def take(client: redis.Redis, settings: Settings, folder: Path) -> Backup:
    """Copy all of it, while traffic goes on. Raises StoreError, OSError, redis.RedisError when Redis is away."""
    if (folder / TOLD).exists():
        raise store.StoreError(f"{folder} holds a backup already: name a new folder")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun, warnings = time.time(), list[str]()
    archive = _archive(settings)
    if archive is None:
        warnings.append("the archive is in an object store: copy it there, or keep its files from being deleted")
    journals = sum(_copy_journal(one, folder / JOURNAL / f"from-{one.name}") for one in _journals(settings.data))
    for turn in range(_TRIES):
        before, owned = _versions(client), _slots(client)
        files = _copy_archive(client, archive, folder / ARCHIVE) if archive else 0
        try:
            size = _snapshots(client, folder)
        except ResponseError as error:
            warnings.append(_REFUSED.format(error=error))
            size = 0
        if (_versions(client), _slots(client)) == (before, owned):
            break
        if turn == _TRIES - 1:
            raise store.StoreError(
                "the daily job is at work, or slots of the cluster move, all the time: take the backup at another hour"
            )
        time.sleep(_PAUSE_S)
    told: dict[str, Any] = {
        "schema": keys.SCHEMA,
        "begun": round(begun),
        "sites": sorted({shard.site for shard in before}),
        "redis": size,
    }
    (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n")
    return Backup(journals, size, files, warnings)


def put_back(settings: Settings, folder: Path) -> Backup:
    """Put journals and archive where these settings want them; not Redis's snapshot. Raises StoreError."""
    if not (folder / TOLD).is_file():
        raise store.StoreError(f"{folder} holds no whole backup ({TOLD} is missing)")
    journals, files, archive = 0, 0, _archive(settings)
    for source in sorted((folder / JOURNAL).glob("*/id")):
        target = settings.data / "journal" / f"{source.parent.name}-{source.read_text().strip()}"
        if not target.exists():
            shutil.copytree(source.parent, target)
            journals += 1
    for path in sorted((folder / ARCHIVE).rglob("*")) if archive else ():
        target = archive / path.relative_to(folder / ARCHIVE) if archive else path
        if path.is_file() and (not target.exists() or _tells(path.name)):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
            files += 1
    return Backup(journals, sum(path.stat().st_size for path in snapshots(folder)), files, [])


def snapshots(folder: Path) -> list[Path]:
    """The snapshots in a backup: of one server, or of each primary of a cluster."""
    return sorted(folder.glob("redis*.rdb"))


def _snapshots(client: redis.Redis, folder: Path) -> int:
    """A snapshot of every server; bytes. They are of moments apart, which does no harm: a shard lies on one server, and
    what one lacks its journal has.
    """
    for path in snapshots(folder):  # of an earlier try, when there may have been other nodes
        path.unlink()
    if not isinstance(client, Cluster):
        return snapshot(client, folder / REDIS)
    return sum(snapshot(node, folder / f"redis-{number}.rdb") for number, node in enumerate(nodes(client)))


def _slots(client: redis.Redis) -> dict[int, str] | None:
    """Which node has which slots; None of one server."""
    if not isinstance(client, Cluster):
        return None
    client.refresh()
    return {slot: found[0].name for slot, found in client.nodes_manager.slots_cache.items()}


def snapshot(client: redis.Redis, path: Path) -> int:
    """Have Redis send all that it holds at one moment, as its replicas get it; bytes. Raises ResponseError if it may
    not be asked, and redis.RedisError.
    """
    pool = client.connection_pool
    connection: Any = pool.make_connection()
    try:
        connection.connect()
        connection.send_command("REPLCONF", "rdb-only", "1")
        with contextlib.suppress(ResponseError):  # older servers go on with their log, which nobody reads
            connection.read_response()
        connection.send_command("SYNC")
        raw: socket.socket = connection._sock
        raw.settimeout(_SILENCE_S)
        with raw.makefile("rb") as stream:
            head = stream.readline().strip()
            while not head:
                head = stream.readline().strip()
            if not head.startswith(b"$"):
                raise ResponseError(head.decode("utf-8", "replace").lstrip("-"))
            size = _write(stream, path, int(head[1:]))
    except OSError as error:
        raise redis.ConnectionError(f"the snapshot broke off: {error}") from error
    finally:
        connection.disconnect()
    return size


def _write(stream: Any, path: Path, size: int) -> int:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        left = size
        while left:
            part = stream.read(min(left, _PIECE))
            if not part:
                raise redis.ConnectionError("the snapshot broke off")
            left -= out.write(part)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    return size


def _journals(data: Path) -> Iterator[Path]:
    return (path.parent for path in sorted((data / "journal").glob("*/id")))


def _copy_journal(source: Path, target: Path) -> bool:
    """Oldest first: what the flusher forgets meanwhile is in Redis."""
    target.mkdir(parents=True, mode=0o700)
    for path in [source / "id", *segments(source), source / "staying", source / "progress"]:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(path, target / path.name)
    return True


def _copy_archive(client: redis.Redis, archive: Path, target: Path) -> int:
    """Files that are not there yet, since a name is used once; and what tells of them."""
    copied = 0
    for shard in _shards(client):
        named = manifest.files(client, shard)
        for name in [*named, manifest.told_in(shard)] if named else ():
            if (target / name).exists() and not _tells(name):
                continue
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # a job moves it: the versions will tell
                shutil.copy2(archive / name, target / name)
                copied += 1
    return copied


def _tells(name: str) -> bool:
    """Whether a file of the archive tells of others: its contents change."""
    return name.endswith(".json")


def _versions(client: redis.Redis) -> dict[Shard, bytes | None]:
    """Of each shard what a job raises with everything that it moves."""
    return {shard: cast("bytes | None", client.hget(shard.dense(), keys.VERSION)) for shard in _shards(client)}


def _shards(client: redis.Redis) -> list[Shard]:
    return [shard for site, known in all_sites(client).items() for shard in shards(site, known.layout.most)]


def _archive(settings: Settings) -> Path | None:
    location = locations.parse(settings.archive or str(settings.data / "archive"))
    return None if location.scheme else Path(location.path)
