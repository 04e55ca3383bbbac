"""Three days of traffic by a shifted clock in; addresses, user agents and expired salts found anywhere out.

Looked at are every file of Valkey and the collector (append-only file, snapshot, journal, logs), the slow log, which
here holds every command, and every key. The server keeps strings uncompressed, so that a search is one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import redis

from common.keys import Shard, iso
from common.raw import read_day
from tests.chaos.clock import DAY, HOUR, MINUTE, Clock, midnight
from tests.chaos.persons import TRACES, TRUSTING, Delivery, Request, found, person, request
from tests.chaos.process import ROOT
from tests.chaos.rig import Rig, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE

_SETTINGS = ("slowlog-log-slower-than 0", "slowlog-max-len 100000", "rdbcompression no", "list-compress-depth 0")


class Traces(NamedTuple):
    """What was found at the end of the third day."""

    persons: list[bytes]
    expired: int  #: salts of the days that are over 48 h ago
    alive: int  #: salts that still live, of how many
    living: int
    events: int


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """Controls: the same search finds salts that live, and without the daily job the expired ones as well."""
    events = 500 if quick else 20_000
    kept, left = _live(rig_factory, events, job=True), _live(rig_factory, events // 5, job=False)
    return Outcome(
        f"{kept.events:,} events over three days: {len(kept.persons)} traces of addresses and user agents, "
        f"{kept.expired} expired salts",
        f"salts that still live found: {kept.alive} of {kept.living}; without the daily job {left.expired} expired",
        not kept.persons
        and kept.expired == 0
        and kept.events == 3 * events
        and kept.alive == kept.living > 0
        and left.expired > 0,
    )


def _live(rig_factory: RigFactory, events: int, job: bool) -> Traces:
    begun = midnight() + 12 * HOUR
    with rig_factory() as rig:
        clock = Clock(rig.folder, begun)
        server = rig.valkey(_SETTINGS, clock.environ)
        environ = clock.environ | TRUSTING
        rig.collector(environ=environ)
        salts: dict[str, bytes] = {}
        with server.client() as client:
            for day in range(3):
                clock.set(begun + day * DAY)
                Delivery(_day(day, events), rig.collector().target).wait()
                rig.settle()
                salts |= _salts(client)
                clock.set(begun + day * DAY + 12 * HOUR + MINUTE)
                if job:
                    _daily_job(rig)
            # Half an hour into the fourth day the salts of the first and second are over.
            client.bgsave()
            wait_for(lambda: not client.info("persistence")["rdb_bgsave_in_progress"], 30, "no snapshot")
            more = [*_keys(client), *_slow_log(client)]
            expired = [salt for name, salt in salts.items() if not client.exists(name)]
            living = [salt for name, salt in salts.items() if client.exists(name)]
            count = sum(len(read_day(client, Shard(SITE), begun // DAY + 719_163 + day)) for day in range(4))
        # The command of the search for salts is none of a collector's: it names no value.
        return Traces(
            found(TRACES, rig.folder, more),
            len(found(expired, rig.folder, more)),
            len(found(living, rig.folder, more)),
            len(living),
            count,
        )


def _day(day: int, events: int) -> Iterator[Request]:
    """A few events a person; some come back on the next day, all with a query that must not be kept."""
    for number in range(0, events, 5):
        sender = person(day * events // 2 + number // 5)
        paths = [f"/{day}/{number + n}?utm_source=mail&address={sender.address}" for n in range(5)]
        yield request(sender, f"{day}-{number}", paths)


def _daily_job(rig: Rig) -> None:
    """What a collector does by itself within the hour."""
    command = [sys.executable, "-m", "collector", "trim"]
    subprocess.run(command, check=True, cwd=ROOT, env=rig.collector().environ, stdout=subprocess.DEVNULL)
    with rig.valkey().client() as client:
        wait_for(lambda: not client.info("persistence")["aof_rewrite_in_progress"], 30, "no rewrite")


def _salts(client: redis.Redis) -> dict[str, bytes]:
    return {name.decode(): client.get(name) or b"" for name in client.scan_iter("ff2:*:salt:*")}


def _keys(client: redis.Redis) -> Iterator[bytes]:
    """Every key's name and value, raw blocks unpacked."""
    for name in client.scan_iter(count=1_000):
        yield name
        yield client.dump(name) or b""
    day = midnight() // DAY + 719_163
    for near in range(day, day + 5):
        yield repr(read_day(client, Shard(SITE), near)).encode()
    yield iso(day).encode()


def _slow_log(client: redis.Redis) -> Iterator[bytes]:
    for entry in client.slowlog_get(-1):
        yield entry["command"]
        yield repr(entry).encode()
