"""What an archive says of a site in, a Redis that knows its files again out: for one that was emptied.

Only files of events are noted: rollups of all their days are made again from them. What was not counted, and stands
in no event, is taken from the files that hold the rollups of closed months.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import msgspec

from collector.jobs.calls import Changed, call
from collector.jobs.lease import Lease
from collector.jobs.months import closed_months
from common import dense, keys, manifest
from common.archive_errors import MissingFile
from common.calendars import calendar
from common.chunked import chunked
from common.keys import Shard
from common.known import begun, one_site
from common.manifest import EVENTS, ROWS, File
from common.raw import DROPS, packed_days, raw_days
from common.rows import pack_row
from common.shards import MOST, shards
from common.store import StoreError
from common.zones import command

if TYPE_CHECKING:
    import redis

    from common.archive import Archive


class Noted(msgspec.Struct):
    """A shard's manifest.json."""

    schema: str
    site: str
    zone: str
    shard: int
    files: dict[str, File]
    version: int = 0  #: of the shard when it was written

    @property
    def name(self) -> str:
        """The name of the file that says it."""
        return manifest_name(Shard(self.site, self.shard))

    def kind(self, kind: str) -> dict[str, File]:
        """The files of one kind."""
        return {name: file for name, file in self.files.items() if file.kind == kind}


def noted(archive: Archive, shard: Shard) -> Noted:
    """What the archive says of a shard. Raises StoreError where that cannot be read, or is of another version."""
    text = archive.read_text(manifest_name(shard))
    try:
        told = msgspec.json.decode(text, type=Noted)
    except msgspec.DecodeError as error:
        name = manifest_name(shard)
        raise StoreError(f"{name} cannot be read ({error}): restore it from a backup of the archive") from error
    if told.schema != keys.SCHEMA:
        name = manifest_name(shard)
        raise StoreError(f"{name} is of schema {told.schema}, this Footfall has {keys.SCHEMA}: update this one")
    return told


def told_shards(archive: Archive, site: str) -> list[Shard]:
    """The shards of a site of which the archive tells: its first, and those that have a file of their own to say it."""
    return [shard for shard in shards(site, MOST) if not shard.number or archive.exists(manifest_name(shard))]


def refuse_unknown(client: redis.Redis, shard: Shard, archive: Archive) -> None:
    """Raises StoreError where the archive tells of events that Redis does not know of: it was emptied, restored from an
    older backup, or the archive is another installation's. Nothing there may be swept, or told otherwise, until they
    are noted again. And redis.RedisError.
    """
    files = manifest.files(client, shard)
    try:
        told = noted(archive, shard)
    except MissingFile:
        return
    unknown = {name: file for name, file in told.kind(EVENTS).items() if name not in files and archive.exists(name)}
    if not unknown:
        return
    if not any(file.kind == EVENTS for file in files.values()):
        raise StoreError(
            f"{shard.site}: the archive has {len(unknown)} files that this Redis knows nothing of, was it emptied? "
            "`python -m collector rebuild --from-archive` notes them again"
        )
    version = int(cast("bytes | None", client.hget(shard.dense(), keys.VERSION)) or 0)
    held = raw_days(client, shard) | {day for file in files.values() if file.kind == EVENTS for day, _ in file.days}
    held |= {keys.ordinal(day.decode()) for day in cast("set[bytes]", client.smembers(shard.open()))}
    # What a job had replaced when it was killed is of an older version, and beside files that are still the same.
    strange = unknown.keys() == told.kind(EVENTS).keys()
    if told.version > version or (strange and any(day not in held for f in unknown.values() for day, _ in f.days)):
        raise StoreError(
            f"{shard.site}: the archive has {len(unknown)} files that are newer than this Redis, or another's. Was it "
            "restored from a backup, or FOOTFALL_ARCHIVE changed? docs/archive.md says what to do"
        )


def is_told(client: redis.Redis, shard: Shard, archive: Archive, zone: str) -> bool:
    """Whether the archive says of a shard's files what Redis says of them. Raises redis.RedisError."""
    files = manifest.files(client, shard)
    try:
        told = noted(archive, shard)
    except StoreError:
        return not files
    return told.files == files and told.zone == zone


def adopt(lease: Lease, archive: Archive, told: Noted, lossy: bool = False) -> list[int]:
    """Note the files of a site of which Redis notes none, and mark their days; the days. Days with raw events in Redis
    stay what they are besides. Raises StoreError where a file is missing (unless `lossy`), `Lost`, redis.RedisError.
    """
    client, shard = lease.client, lease.shard
    files, known = told.kind(EVENTS), one_site(client, shard.site)
    if known and known.since and known.zone != told.zone and not manifest.files(client, shard):
        raise StoreError(
            f"{shard.site}: its days in Redis are of {known.zone}, those of the archive of {told.zone}; first run "
            f"`{command(shard.site, told.zone)} --yes`, then this again"
        )
    missing = [name for name in files if not archive.exists(name)]
    if missing and not lossy:
        raise StoreError(
            f"{shard.site}: {len(missing)} of {len(files)} files of the archive are missing, such as {missing[0]}; "
            "bring them back, or add --lossy to go on without them"
        )
    present = {name: file for name, file in files.items() if name not in missing}
    days = sorted({day for file in present.values() for day, _ in file.days})
    drops = dropped(archive, told, lossy)
    now = time.time_ns() // 1_000_000
    argument = {
        # The clock, since readers may still hold what a version from before meant.
        "version": str(now),
        "now": str(now),
        "files": [part for name, file in present.items() for part in (name, manifest.encoded(file))],
        "days": [keys.iso(day) for day in sorted({*days, *drops})],
        "drops": [[keys.iso(day), *fields] for day, fields in drops.items()],
    }
    names = [shard.dense(), shard.archive(), shard.marked(), shard.open(), *(shard.daily(day) for day in drops)]
    begun(client, shard.site, told.zone, calendar(told.zone).start(days[0]) if days else 0)
    try:
        call(lease, "adopt", names, argument)
    except Changed:
        return []
    return days


def restore_files(client: redis.Redis, shard: Shard, archive: Archive | None, now: int) -> None:
    """Set the hash of files aside and note again what the archive says; under a lease. Raises StoreError where the
    archive cannot be read, redis.RedisError; then the hash is where it was.
    """
    if archive is None:
        raise StoreError(f"{shard.site}: its files are noted in the archive; set FOOTFALL_ARCHIVE to it")
    names = set(manifest.own(archive.names(shard.site), shard))
    told = noted(archive, shard) if names else Noted(keys.SCHEMA, shard.site, "", shard.number, {})
    closed = closed_months(client, shard) if client.type(shard.dense()) == b"hash" else set()
    files = told.kind(EVENTS) | {name: file for name, file in told.kind(ROWS).items() if file.months <= closed}
    lost = closed - {month for file in files.values() if file.kind == ROWS for month in file.months}
    days = [day for file in told.kind(EVENTS).values() for day, _ in file.days if keys.month(day) in lost]
    pipe = client.pipeline(transaction=True)
    if client.exists(shard.archive()):
        pipe.renamenx(shard.archive(), keys.aside(shard.archive(), now))
    for name, file in files.items():
        if name in names:
            pipe.hset(shard.archive(), name, manifest.encoded(file))
    for some in chunked(days, 500):
        pipe.hset(shard.marked(), mapping={keys.iso(day): str(now) for day in some})
    if client.type(shard.dense()) in (b"hash", b"none"):
        for month in lost:  # the file with its days was not noted: they are made again
            pipe.hdel(shard.dense(), month)
        pipe.hset(shard.dense(), keys.VERSION, str(now))
    pipe.execute()


def forget_closed(client: redis.Redis, shard: Shard, archive: Archive | None, raw: set[int], now: int) -> None:
    """Set the hash of closed days aside, so that every day that has events is made again; `raw` are those with raw
    lists. Under a lease. Raises StoreError where the archive cannot be read, redis.RedisError; then it is where it was.
    """
    files = manifest.files(client, shard)
    told = Noted(keys.SCHEMA, shard.site, "", shard.number, files)
    days = raw | {day for file in told.kind(EVENTS).values() for day, _ in file.days}
    drops = dropped(archive, told) if archive else {}
    opened = {keys.ordinal(day.decode()) for day in cast("set[bytes]", client.smembers(shard.open()))}
    pipe = client.pipeline(transaction=True)
    for some in chunked(sorted(days | drops.keys()), 500):
        pipe.hset(shard.marked(), mapping={keys.iso(day): str(now) for day in some})
    for day, fields in drops.items():
        pipe.hset(shard.daily(day), items=fields)
        pipe.sadd(shard.open(), keys.iso(day))
    for name in told.kind(ROWS):
        pipe.hdel(shard.archive(), name)
    pipe.renamenx(shard.dense(), keys.aside(shard.dense(), now))
    pipe.hset(shard.dense(), mapping={keys.VERSION: str(now), keys.RAW_DAYS: packed_days(raw - opened)})
    pipe.execute()


def dropped(archive: Archive, told: Noted, lossy: bool = False) -> dict[int, list[str | bytes]]:
    """By day, fields and values of what was not counted. Raises StoreError, unless `lossy`."""
    found: dict[int, list[str | bytes]] = {}
    for name in told.kind(ROWS):
        try:
            days, _ = dense.rows_of(archive.read(name))
        except StoreError:
            if lossy:
                continue
            raise
        for day, rows in days.items():
            if fields := [part for drop in DROPS if drop in rows.rows for part in (drop, pack_row(rows.rows[drop]))]:
                found[day] = fields
    return found


def manifest_name(shard: Shard) -> str:
    """The file that says what the archive holds of a shard."""
    return manifest.told_in(shard)
