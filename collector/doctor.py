"""A Redis in, what is wrong with it out, each finding with its cure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple, cast

import redis

from common import keys
from common.calendars import calendar
from common.durability import judge, look
from common.keys import Shard
from common.known import all_sites

#: What type each family of keys has.
TYPES = {
    "visits:daily": b"hash",
    "unique:visits": b"string",
    "visits:events": b"list",
    "visits:state": b"hash",
    "visits:live": b"zset",
    "visits:marked": b"hash",
    "imports": b"hash",
    "trimmed": b"string",
    "salt": b"string",
}
#: Families whose keys must expire.
EXPIRING = ("salt", "trimmed", "shadow")
_SKEW_S = 5
_FULL = 0.8
_WAITING_S = 600
_PIPELINE = 500


class Finding(NamedTuple):
    """What is wrong and what to do about it."""

    problem: str
    cure: str


def examine(client: redis.Redis, now: float | None = None) -> Iterator[Finding]:
    """Everything that is wrong, as it is found. Raises redis.RedisError when Redis is away."""
    moment = time.time() if now is None else now
    yield from (Finding(finding.problem, finding.cure) for finding in judge(look(client)))
    yield from _clock(client, moment)
    yield from _memory(client)
    yield from _keys(client)
    yield from _sites(client, moment)


def _clock(client: redis.Redis, now: float) -> Iterator[Finding]:
    seconds, micros = client.time()
    skew = seconds + micros / 1e6 - now
    if abs(skew) > _SKEW_S:
        yield Finding(
            f"the clocks of Redis and of this machine are {abs(skew):.0f} s apart: salts and leases go by both",
            "let both machines keep time, for instance with chrony",
        )


def _memory(client: redis.Redis) -> Iterator[Finding]:
    info = client.info("memory")
    used, limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if limit and used > _FULL * limit:
        yield Finding(
            f"{used / 1e6:,.0f} MB of maxmemory {limit / 1e6:,.0f} MB are used; when it is full, events wait",
            "raise maxmemory: CONFIG SET maxmemory, and the same in redis.conf",
        )


def _keys(client: redis.Redis) -> Iterator[Finding]:
    names = client.scan_iter(f"{keys.SCHEMA}:*", count=1_000)
    known = {keys.sites(), keys.file_imports(), keys.forgotten()}
    while part := [cast(bytes, name).decode("utf-8", "replace") for name in islice(names, _PIPELINE // 2)]:
        pipe = client.pipeline(transaction=False)
        for name in part:
            pipe.type(name)
            pipe.ttl(name)
        replies = pipe.execute()
        for name, kind, ttl in zip(part, replies[::2], replies[1::2], strict=True):
            if name not in known:
                yield from _key(name, kind, ttl)


def _key(name: str, kind: bytes, ttl: int) -> Iterator[Finding]:
    parsed = keys.parse(name)
    if parsed is None:
        yield Finding(
            f"{name} is no key of ours, though it is named like one", f"look at it, then redis-cli DEL '{name}'"
        )
    elif parsed.family == "quarantine":
        yield Finding(
            f"{name} was set aside because it had a wrong type ({kind.decode()})",
            f"look at it, then redis-cli DEL '{name}'",
        )
    elif kind != b"none" and kind != TYPES.get(parsed.family, kind):
        rollup = parsed.family in ("visits:daily", "unique:visits")
        cure = (
            f"python -m collector rebuild --site {parsed.site} --days {parsed.rest[0]}"
            if rollup
            else "the next flush sets it aside by itself; or rename it"
        )
        yield Finding(f"{name} is a {kind.decode()}, expected a {TYPES[parsed.family].decode()}", cure)
    elif parsed.family in EXPIRING and ttl == -1:
        yield Finding(f"{name} never expires", f"redis-cli EXPIRE '{name}' 1")


def _sites(client: redis.Redis, now: float) -> Iterator[Finding]:
    for site, known in all_sites(client).items():
        try:
            marked = cast("dict[bytes, bytes]", client.hgetall(Shard(site).marked()))
        except redis.ResponseError:
            continue  # named above, as a key of a wrong type
        oldest = min((int(since) / 1000 for since in marked.values()), default=now)
        if now - oldest > _WAITING_S:
            days = ", ".join(sorted(day.decode() for day in marked)[:5])
            yield Finding(
                f"{site}: {len(marked)} days wait to be made again for {(now - oldest) / 60:.0f} min ({days})",
                f"see that a collector runs, or python -m collector rebuild --marked --site {site}",
            )
        if known.since > (calendar(known.zone).start(calendar(known.zone).day(int(now * 1000)) + 2)):
            yield Finding(f"{site}: its first event lies in the future", "correct the clock of the collector")


def report(findings: Iterator[Finding], say: Callable[[str], None]) -> int:
    """Say every finding; how many there were."""
    count = 0
    for count, finding in enumerate(findings, 1):
        say(f"{count}. {finding.problem}.\n   Mend it: {finding.cure}")
    return count
