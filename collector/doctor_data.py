"""Keys, blobs, files and journals in, what is wrong with them and what to do about it out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import redis
from redis.exceptions import ResponseError

from collector.families import ASIDE, SCHEMA, Problem, problem_of
from collector.key_walk import OURS, walk
from common import keys, manifest
from common.cluster import nodes
from common.keys import Shard
from common.known import all_sites
from common.rows import unpack_events
from common.settings import Settings
from common.shards import shards
from common.store import StoreError

if TYPE_CHECKING:
    from common.archive import Archive

#: What a step finds: a problem and its cure; and whether it is only a note.
Found = tuple[str, str] | tuple[str, str, bool]
_NUMBERS = struct.Struct("<QQQQ")
_FAILING_S = 60
#: Keys of one kind of problem that are named one by one.
_FEW = 20


def key_findings(client: redis.Redis) -> Iterator[Found]:
    """Keys of a wrong type or life, keys of nobody, keys of older and newer versions. Raises redis.RedisError."""
    ours, named = 0, dict[str, int]()
    others: dict[str, list[Problem]] = {}
    for seen in walk(client, OURS):
        ours += 1
        problem = problem_of(*seen)
        if problem is None:
            continue
        if problem.why == SCHEMA:
            others.setdefault(problem.key.partition(":")[0], []).append(problem)
            continue
        named[problem.why] = named.get(problem.why, 0) + 1
        if named[problem.why] <= _FEW:
            yield problem.text + (" because it had a wrong type" if problem.why == ASIDE else ""), problem.cure
    for why, count in named.items():
        if count > _FEW:
            yield (
                f"{count - _FEW:,} more keys have a problem of the same kind ({why})",
                "mend the first ones, ask again",
            )
    for schema, problems in sorted(others.items()):
        yield f"{len(problems):,} keys are of schema {schema}, such as {problems[0].key}", problems[0].cure
    original = sorted({name.decode("utf-8", "replace") for p in keys.ORIGINAL for name in client.scan_iter(p, 1_000)})
    if original:
        yield (
            f"{len(original):,} keys are of the original design, such as {original[0]}",
            "python -m collector migrate --site example.com",
        )
    foreign = sum(node.dbsize() for node in nodes(client)) - ours - len(original)
    if foreign > 0:
        yield (
            f"{foreign:,} keys here are not Footfall's",
            "they share its memory; nothing of Footfall's touches them",
            True,
        )


def contents(client: redis.Redis, settings: Settings) -> Iterator[Found]:
    """Values that this version cannot read, and files of the archive that are missing. Raises redis.RedisError."""
    from common.archive import Archive  # noqa: PLC0415 - pyarrow

    try:
        sites, archive = all_sites(client), Archive.open(settings)
    except StoreError as error:
        yield str(error), "correct FOOTFALL_ARCHIVE"
        return
    for shard in (shard for site, known in sites.items() for shard in shards(site, known.layout.most)):
        try:
            yield from _dense(client, shard)
            yield from _raw(client, shard)
            yield from _files(client, shard, archive)
        except ResponseError as error:
            if "WRONGTYPE" not in str(error):
                raise  # else named as a key of a wrong type


def _dense(client: redis.Redis, shard: Shard) -> Iterator[Found]:
    from common import dense  # noqa: PLC0415 - pyarrow

    for name, blob in client.hscan_iter(shard.dense(), count=50):
        field = name.decode("utf-8", "replace")
        if field in (keys.VERSION, keys.RAW_DAYS):
            continue
        try:
            (dense.decode_month if len(field) == len("2026-11") else dense.decode_day)(blob)
        except dense.NewerVersion as error:
            yield f"{shard.site}: {field}: {error}", "update this Footfall"
        except StoreError as error:
            days = keys.days_of(field) if len(field) == len("2026-11") else None
            span = f"{keys.iso(days[0])}:{keys.iso(days[-1])}" if days else field
            cure = f"redis-cli HDEL '{shard.dense()}' {field}, then python -m collector rebuild --site {shard.site}"
            yield f"{shard.site}: {field}: {error}", f"{cure} --days {span}"


def _raw(client: redis.Redis, shard: Shard) -> Iterator[Found]:
    """The last block of each open day: one of another version is there as long as that version writes."""
    for day in sorted(cast("set[bytes]", client.smembers(shard.open()))):
        number = 0
        try:
            while client.exists(shard.raw(keys.ordinal(day.decode()), number + 1)):
                number += 1
            block = cast("bytes | None", client.lindex(shard.raw(keys.ordinal(day.decode()), number), -1))
            if block:
                unpack_events(block)
        except ResponseError:
            continue
        except Exception as error:
            yield (
                f"{shard.site}: raw events of {day.decode()} cannot be read ({error})",
                "update this Footfall if another is newer; else restore Redis from its backup",
            )


def _files(client: redis.Redis, shard: Shard, archive: Archive) -> Iterator[Found]:
    files = manifest.files(client, shard)
    if not files:
        return
    try:
        there = set(archive.names(shard.site))
    except StoreError as error:
        yield str(error), "mend that; meanwhile nothing is archived, and what is cannot be read"
        return
    if missing := sorted(files.keys() - there):
        yield (
            f"{shard.site}: {len(missing)} of {len(files)} files are not in the archive {archive.where}, such as "
            f"{missing[0]}",
            "set FOOTFALL_ARCHIVE to where they are, or bring them back from a backup",
        )


def backlog(data: Path, now: float) -> Iterator[Found]:
    """Journals of this machine whose records do not get into Redis."""
    for path in sorted((data / "journal").glob("*/progress")):
        try:
            durable, applied, failing, flushed = _NUMBERS.unpack(path.read_bytes()[: _NUMBERS.size])
        except (OSError, struct.error):
            continue
        waiting = max(0, durable - applied)
        if failing and now - failing / 1000 > _FAILING_S:
            told = f"Redis takes nothing from the journal {path.parent} for {(now - failing / 1000) / 60:.0f} min"
            yield f"{told}, {waiting:,} records wait", "read what the collector says; it goes on by itself afterwards"
        elif waiting and now - flushed / 1000 > _FAILING_S:
            yield (
                f"{waiting:,} records wait in the journal {path.parent}, and no flusher is at work on it",
                "start a collector with the same FOOTFALL_DATA: it takes them over",
            )
