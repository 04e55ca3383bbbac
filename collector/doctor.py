"""A Redis in, what is wrong with it out, each finding with its cure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

import redis
from redis.exceptions import ResponseError

from collector import ahead, doctor_data
from common import managed, store
from common.calendars import calendar
from common.cluster import nodes
from common.durability import findings
from common.known import all_sites
from common.settings import Settings
from common.shards import shards
from common.zones import command, differing

_SKEW_S = 5
_FULL = 0.8
_WAITING_S = 600


class Finding(NamedTuple):
    """What is wrong and what to do about it; a note is nothing that is wrong."""

    problem: str
    cure: str
    note: bool = False


def examine(client: redis.Redis, now: float | None = None, settings: Settings | None = None) -> Iterator[Finding]:
    """Everything that is wrong or will be, as it is found. Raises redis.RedisError when Redis is away."""
    moment, chosen = time.time() if now is None else now, settings or Settings()
    steps: tuple[Callable[[], Iterator[tuple[str, str] | tuple[str, str, bool]]], ...] = (
        lambda: _version(client),
        lambda: _durability(client, chosen),
        lambda: iter(dict.fromkeys(found for node in nodes(client) for found in managed.scripts(node))),
        lambda: _clock(client, moment),
        lambda: _memory(client, chosen, moment),
        lambda: iter(ahead.commands(client, chosen, int(moment * 1000))),
        lambda: doctor_data.backlog(chosen.data, moment),
        lambda: doctor_data.key_findings(client),
        lambda: doctor_data.contents(client, chosen),
        lambda: _zones(client, chosen),
        lambda: _sites(client, moment),
    )
    for step in steps:
        try:
            yield from (Finding(*found) for found in step())
        except ResponseError as error:
            if managed.refused(error):
                yield Finding("not everything could be looked at", str(error), True)
            elif "WRONGTYPE" not in str(error):
                raise  # else the key is named by the step that looks at keys


def _version(client: redis.Redis) -> Iterator[tuple[str, str]]:
    for node in nodes(client):
        try:
            store.check_version(managed.version_of(node.info("server")))
        except store.StoreError as error:
            yield str(error).replace(" at ", "", 1), "update it"


def _durability(client: redis.Redis, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Losses that were accepted are worth a note only."""
    for finding in findings(client):
        yield finding.problem, finding.cure, settings.accept_loss and not finding.fatal


def _clock(client: redis.Redis, now: float) -> Iterator[tuple[str, str]]:
    clocks = [node.time() for node in nodes(client)]
    skew = max((seconds + micros / 1e6 - now for seconds, micros in clocks), key=abs)
    if abs(skew) > _SKEW_S:
        yield (
            f"the clocks of Redis and of this machine are {abs(skew):.0f} s apart: salts and leases go by both",
            "let both machines keep time, for instance with chrony",
        )


def _memory(client: redis.Redis, settings: Settings, now: float) -> Iterator[tuple[str, str]]:
    found = [node.info("memory") for node in nodes(client)]
    sizes = [(int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))) for info in found]
    if settings.memory_budget:
        sizes = [(sum(used for used, _ in sizes), settings.memory_budget)]
    used, limit = max(sizes, key=lambda size: size[0] / (size[1] or math.inf))
    if limit and used > _FULL * limit:
        yield (
            f"{used / 1e6:,.0f} MB of maxmemory {limit / 1e6:,.0f} MB are used; when it is full, events wait",
            "raise maxmemory: CONFIG SET maxmemory, and the same in redis.conf; or set FOOTFALL_RAW_DAYS lower",
        )
    elif limit:
        yield from ahead.memory(client, settings, int(now * 1000))


def _zones(client: redis.Redis, settings: Settings) -> Iterator[tuple[str, str]]:
    for found in differing(settings, all_sites(client)):
        yield found.problem, f"{command(found.site, found.wanted)}, or name its own zone in FOOTFALL_SITES"


def _sites(client: redis.Redis, now: float) -> Iterator[tuple[str, str]]:
    for site, known in all_sites(client).items():
        try:
            marked = dict[bytes, bytes]()
            for shard in shards(site, known.layout.most):
                marked |= cast("dict[bytes, bytes]", client.hgetall(shard.marked()))
        except redis.ResponseError:
            continue  # named above, as a key of a wrong type
        oldest = min((int(since) / 1000 for since in marked.values()), default=now)
        if now - oldest > _WAITING_S:
            days = ", ".join(sorted(day.decode() for day in marked)[:5])
            yield (
                f"{site}: {len(marked)} days wait to be made again for {(now - oldest) / 60:.0f} min ({days})",
                f"see that a collector runs, or python -m collector rebuild --marked --site {site}",
            )
        if known.since > (calendar(known.zone).start(calendar(known.zone).day(int(now * 1000)) + 2)):
            yield f"{site}: its first event lies in the future", "correct the clock of the collector"


def report(findings: Iterator[Finding], say: Callable[[str], None]) -> int:
    """Say every finding, notes last; how many findings there were, notes apart."""
    count, notes = 0, []
    for finding in findings:
        if finding.note:
            notes.append(finding)
            continue
        count += 1
        say(f"{count}. {finding.problem}.\n   Mend it: {finding.cure}")
    for note in notes:
        say(f"Besides: {note.problem}: {note.cure}")
    return count
