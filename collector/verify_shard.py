"""A shard in, what does not hold of its keys and files out: whatever needs no look at single figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import msgspec
import pyarrow.compute as pc
import redis

from collector.families import ASIDE, problem_of
from collector.jobs.adopt import noted
from collector.jobs.fold import open_days
from collector.jobs.months import closed_months, rows_file
from collector.key_walk import OURS, of_shard, walk
from collector.stored import StoredDays
from common import dense, keys, manifest
from common.arrays import Rows, listed
from common.keys import Shard
from common.manifest import EVENTS, ROWS, File
from common.raw import raw_days
from common.store import StoreError

if TYPE_CHECKING:
    from common.archive import Archive

_FEW = 5
_TRIES = 3


def verify_keys(client: redis.Redis) -> Iterator[str]:
    """Every key that is named like ours has this schema, a known family, its type and the right expiry."""
    for seen in walk(client, OURS):
        problem = problem_of(*seen)
        if problem and problem.why != ASIDE:
            yield problem.text


def verify_shard(client: redis.Redis, shard: Shard, archive: Archive) -> Iterator[str]:
    """Which days are open, folded and raw; which files there are, and what they hold. Raises redis.RedisError."""
    if (names := _wrong(client, shard)) is not None:
        yield f"{', '.join(names)}: wrong type, so days and files cannot be checked"
        return
    yield from _steady(client, shard, lambda: [*_places(client, shard), *_dense(client, shard)])
    yield from _steady(client, shard, lambda: [*_files(client, shard, archive), *_closed(client, shard, archive)])


def days_of(client: redis.Redis, shard: Shard) -> set[int]:
    """All days that have a figure or an event anywhere. Raises redis.RedisError."""
    found, _, _ = _walked(client, shard)
    with_rows = {day for days in found.values() for day in days}
    for name in cast("list[bytes]", client.hkeys(shard.dense())):
        if len(name) == len("2026-11-24"):
            with_rows.add(keys.ordinal(name.decode()))
    return with_rows | {day for file in manifest.files(client, shard).values() for day, _ in file.days}


def _wrong(client: redis.Redis, shard: Shard) -> list[str] | None:
    names = {shard.open(): b"set", shard.dense(): b"hash", shard.archive(): b"hash", shard.marked(): b"hash"}
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.type(name)
    found = [
        name for (name, kind), told in zip(names.items(), pipe.execute(), strict=True) if told not in (kind, b"none")
    ]
    return found or None


def _steady(client: redis.Redis, shard: Shard, check: Callable[[], list[str]]) -> list[str]:
    """What a check finds while no job changes anything, and twice: a flush may open a day between two reads."""
    found: list[str] = []
    for attempt in range(_TRIES):
        before = client.hget(shard.dense(), keys.VERSION)
        again = check()
        if client.hget(shard.dense(), keys.VERSION) == before:
            found = again if attempt == 0 else [text for text in again if text in found] or again
            if not found or attempt:
                return found
    return found


def _walked(client: redis.Redis, shard: Shard) -> tuple[dict[str, set[int]], set[int], list[str]]:
    """Days that have keys, by family; days with raw lists; and keys whose day is none."""
    days: dict[str, set[int]] = {"visits:daily": set(), "unique:visits": set(), "visits:events": set()}
    strange = []
    for name in client.scan_iter(of_shard(shard), count=1_000):
        parsed = keys.parse(name.decode("utf-8", "replace"))
        if parsed and parsed.family in days:
            try:
                days[parsed.family].add(keys.ordinal(parsed.rest[0]))
            except (ValueError, IndexError):
                strange.append(name.decode("utf-8", "replace"))
    return days, days["visits:events"], strange


def _places(client: redis.Redis, shard: Shard) -> Iterator[str]:
    days, lists, strange = _walked(client, shard)
    opened, raw = set(open_days(client, shard)), raw_days(client, shard)
    yield from (f"{name} is of no day" for name in strange)
    yield from _told("open days that have no daily hash", opened - days["visits:daily"])
    yield from _told("days that have a daily hash and are not noted as open", days["visits:daily"] - opened)
    yield from _told("folded days that are noted to have raw lists and have none", raw - lists - opened)
    yield from _told("days whose raw lists are noted nowhere", lists - raw - opened)


def _told(what: str, days: set[int]) -> Iterator[str]:
    if days:
        named = ", ".join(keys.iso(day) for day in sorted(days)[:_FEW])
        more = f" and {len(days) - _FEW} more" if len(days) > _FEW else ""
        yield f"{what}: {named}{more}"


def _dense(client: redis.Redis, shard: Shard) -> Iterator[str]:
    """Every field is a day or a month that can be read, and no day stands in both."""
    months = closed_months(client, shard)
    for name, blob in client.hscan_iter(shard.dense(), count=50):
        field = name.decode("utf-8", "replace")
        try:
            if field in (keys.VERSION, keys.RAW_DAYS):
                continue
            if len(field) == len("2026-11"):
                dense.decode_month(blob)
                continue
            keys.ordinal(field)
            dense.decode_day(blob)
        except StoreError as error:
            yield f"{shard.dense()} {field}: {error}"
        except ValueError:
            yield f"{shard.dense()} {field}: neither a day nor a month"
        else:
            if field[:7] in months:
                yield f"{field} is folded, and its month is closed: it stands twice"


def _files(client: redis.Redis, shard: Shard, archive: Archive) -> Iterator[str]:
    """Every file that is noted is there and holds what is noted of it; no day is in two; the manifest says the same."""
    files = manifest.files(client, shard)
    held: dict[tuple[str, int], str] = {}
    for name, file in files.items():
        for day, _ in file.days:
            if (other := held.setdefault((file.kind, day), name)) != name:
                yield f"{keys.iso(day)} is in two files, {other} and {name}"
        yield from _file(archive, name, file)
    if files or manifest.own(archive.names(shard.site), shard):
        try:
            told = noted(archive, shard)
        except StoreError as error:
            yield str(error)
        else:
            # Files of rows are dropped by every rebuild of a closed month, and are not needed to fill a Redis again.
            if told.kind(EVENTS) != {name: file for name, file in files.items() if file.kind == EVENTS}:
                yield f"{told.name} does not say what Redis says: python -m collector trim writes it anew"


def _file(archive: Archive, name: str, file: File) -> Iterator[str]:
    try:
        days = archive.read(name, ["day"]).column("day")
    except StoreError as error:
        yield str(error)
        return
    if len(days) != file.rows:
        yield f"{name}: {file.rows:,} rows are noted, {len(days):,} are there"
    counted = {row["values"]: row["counts"] for row in pc.value_counts(days).to_pylist()}
    expected = dict(file.days)
    if file.kind == EVENTS and counted != expected:
        yield f"{name}: it holds other days, or other numbers of events, than are noted"
    if file.kind == ROWS and not counted.keys() <= expected.keys():
        yield f"{name}: it holds other days than are noted"


def _closed(client: redis.Redis, shard: Shard, archive: Archive) -> Iterator[str]:
    """A closed month tells what the file with its days tells."""
    stored = StoredDays(client, shard, archive)
    months = closed_months(client, shard)
    for month in sorted(months):
        blob = cast("bytes | None", client.hget(shard.dense(), month))
        try:
            days, _ = stored.month(month)
            if blob and not _same(dense.decode_month(blob), dense.decode_month(dense.encode_month(days))):
                yield f"{month}: the closed month and the file with its days tell different sums"
        except StoreError as error:
            yield f"{month}: {error}"
    named = {rows_file(client, shard, month) for month in months if _has_file(client, shard, month)}
    for name, file in manifest.files(client, shard).items():
        if file.kind == ROWS and name not in named:
            yield f"{name} holds the days of a month that is not closed"


def _has_file(client: redis.Redis, shard: Shard, month: str) -> bool:
    return any(file.kind == ROWS and month in file.months for file in manifest.files(client, shard).values())


def _same(one: dense.DenseMonth, other: dense.DenseMonth) -> bool:
    def plain(month: dense.DenseMonth) -> bytes:
        rows = {day: _sorted(found) for day, found in {0: month.sums, **month.days}.items()}
        return msgspec.msgpack.encode([rows, month.events])

    return plain(one) == plain(other)


def _sorted(rows: Rows) -> list[tuple[str, list[int]]]:
    return sorted(listed(rows).items())
