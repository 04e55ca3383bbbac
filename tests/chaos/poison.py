"""What makes Redis refuse a flush in, one kind after the other under load; who was held up, and what was lost, out.

Causes that are one site's own (a key of a wrong type, a row that cannot be read) are planted for sites of their own,
all at once, while another site goes on. Causes that are the server's stop everybody's flushes, but no acknowledgement.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import redis

from common import keys, valkey
from common.frames import Traffic
from common.keys import Shard
from common.raw import read_day
from common.settings import Settings
from tests.chaos.process import ROOT
from tests.chaos.rig import Load, Rig, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE
from tests.chaos.watch import Watch

#: No site may wait longer than this, in s, for what is wrong with another one's keys.
MOST_WAIT = 1.0
#: Keys of a wrong type, as methods of Shard; then rows that cannot be read.
WRONG_TYPES = ("raw", "state", "daily", "unique", "live", "marked")
WRONG_ROWS = {"row": "class=human", "count": f"{keys.COUNT}=page", "extent": keys.RAW_EXTENT}
RATE = 300.0
BACK = 3.0  #: s within which flushes go on once a server's cause is mended


class Cause(NamedTuple):
    """Something that stops every flush: how it begins and ends, and what the log says of it."""

    name: str
    plant: Callable[[Rig, redis.Redis], None]
    mend: Callable[[Rig, redis.Redis], None]
    words: str


class Served(NamedTuple):
    """What a server's cause did."""

    name: str
    accepted: int  #: 202 while it lasted
    flushed: bool  #: whether anything was, against expectation
    named: bool
    back: float  #: s until flushes went on


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control: rows that cannot be read stop their sites until they are mended."""
    with rig_factory() as rig:
        sites = [f"{name}.example" for name in (*WRONG_TYPES, *WRONG_ROWS)]
        # `save` and a folder where the file should go: a snapshot that fails, for MISCONF.
        server = rig.valkey(["save 3600 1000000000", "dbfilename dump", "busy-reply-threshold 100"])
        collector = rig.collector(environ={"FOOTFALL_SITES": ",".join([SITE, *sites])})
        with server.client() as client:
            loads = [(SITE, rig.send(RATE, 20))]
            wait = _site_causes(rig, client, loads, 2.0 if quick else 20.0)
            served = []
            for cause in CAUSES:
                loads.append((SITE, rig.send(50.0, 5)))
                served.append(_server_cause(rig, client, cause, loads[-1][1], 0.6 if quick else 5.0))
            sent = {site: set[str]() for site in [SITE, *sites]}
            for site, load in loads:
                sent[site] |= load.finish().acknowledged
            unread = sites[len(WRONG_TYPES) :]
            stuck = sum(_rows(client, rig, site).total() < len(sent[site]) / 2 for site in unread)
            _mend(rig, client, sites, unread, quick)
            off = {site: _off(client, rig, site, paths) for site, paths in sent.items()}
        log = collector.log.read_text()
    named = sum(site in log for site in sites)
    bad = [one.name for one in served if not one.accepted or one.flushed or not one.named or one.back > BACK]
    return Outcome(
        f"{len(sites)} kinds of one site's poison: another waited {wait:.2f} s at most, {named} named; "
        f"{', '.join(one.name for one in served)}: {min(one.accepted for one in served)} or more x 202 meanwhile, "
        f"applied within {max(one.back for one in served):.1f} s of the mending"
        + (f", NOT {', '.join(bad)}" if bad else "")
        + f"; {sum(map(len, sent.values())):,} acknowledged, {sum(off.values())} miscounted"
        + "".join(f", {site} by {count}" for site, count in off.items() if count),
        f"sites with rows that cannot be read got nothing until they were mended: {stuck} of {len(unread)}",
        wait < MOST_WAIT and named == len(sites) and not bad and not any(off.values()) and stuck == len(unread),
    )


def _site_causes(rig: Rig, client: redis.Redis, loads: list[tuple[str, Load]], seconds: float) -> float:
    """Plant all and send to all; the longest the honest site waited."""
    day = rig.days()[-1]
    unread = {f"{kind}.example": field for kind, field in WRONG_ROWS.items()}
    loads += [(site, rig.send(20.0, 2, batch=2, site=site)) for site in unread]
    wait_for(lambda: all(_rows(client, rig, site) for site in unread), 10, "nothing is counted")
    with _Waiting(rig) as waiting:
        for site, field in unread.items():
            client.hset(Shard(site).daily(day), field, b"\xc1 cannot be read")
        for kind in WRONG_TYPES:
            _wrong_type(client, Shard(f"{kind}.example"), kind, day)
            loads.append((f"{kind}.example", rig.send(20.0, 2, batch=2, site=f"{kind}.example")))
        time.sleep(seconds)
    return waiting.longest


def _wrong_type(client: redis.Redis, shard: Shard, kind: str, day: int) -> None:
    names = {"raw": shard.raw(day, 0), "daily": shard.daily(day), "unique": shard.unique(day)}
    names |= {"state": shard.state(), "live": shard.live(), "marked": shard.marked()}
    client.set(names[kind], "not ours")
    if kind == "marked":  # it is only needed when something is wrong
        client.set(names["unique"], "not ours")


def _mend(rig: Rig, client: redis.Redis, sites: list[str], unread: list[str], quick: bool) -> None:
    """Rows: their rollups are made again. Wrong types need nobody: their days are made again within a minute."""
    for site in unread:
        _rebuild(rig, "--site", site, "--days", keys.iso(rig.days()[-1]))
    rig.settle()
    if quick:
        _rebuild(rig, "--marked")
    wait_for(lambda: not any(client.exists(Shard(site).marked()) for site in sites), 120, "days stay marked")


def _rebuild(rig: Rig, *options: str) -> None:
    environ = rig.collector().environ
    subprocess.run(
        [sys.executable, "-m", "collector", "rebuild", "--quiet", *options], check=True, cwd=ROOT, env=environ
    )


def _server_cause(rig: Rig, client: redis.Redis, cause: Cause, load: Load, seconds: float) -> Served:
    """While it lasts clients are answered 202 and nothing is flushed; then it ends."""
    log = rig.collector().log
    size = log.stat().st_size
    cause.plant(rig, client)
    time.sleep(0.3)  # a flush that had begun ends
    begun, before = time.monotonic(), _revision(rig, client)
    time.sleep(seconds)
    flushed = _revision(rig, client) != before
    accepted = load.sent.statuses(begun)[202]
    cause.mend(rig, client)
    begun = time.monotonic()
    rig.ingests()
    back = time.monotonic() - begun
    return Served(cause.name, accepted, flushed, cause.words in log.read_text()[size:], back)


def _revision(rig: Rig, client: redis.Redis) -> int:
    """How often the honest site was flushed; -1 while nobody says."""
    with contextlib.suppress(redis.RedisError, OSError):
        return sum(int(client.hget(Shard(SITE).daily(day), keys.REVISION) or 0) for day in rig.days())
    return -1


def _rows(client: redis.Redis, rig: Rig, site: str) -> Counter[str]:
    return Counter(event.page for day in rig.days() for event in read_day(client, Shard(site), day))


def _off(client: redis.Redis, rig: Rig, site: str, acknowledged: set[str]) -> int:
    """Events that are missing, twice, or in raw events and not in rollups."""
    rows, days = _rows(client, rig, site), rig.days()
    traffic = Traffic(site=site, client=client, settings=Settings(sites={site: "UTC"}))
    pageviews = int(traffic.totals(keys.iso(days[0]), keys.iso(days[-1]))["pageviews"])
    return len(acknowledged - rows.keys()) + rows.total() - len(rows) + abs(rows.total() - pageviews)


def _memory(_: Rig, client: redis.Redis) -> None:
    client.config_set("maxmemory", 1)


def _more_memory(_: Rig, client: redis.Redis) -> None:
    client.config_set("maxmemory", 0)


def _snapshot_fails(rig: Rig, client: redis.Redis) -> None:
    (rig.valkey().folder / "dump").mkdir()
    client.bgsave()
    wait_for(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", 10, "the snapshot succeeds")


def _snapshot_succeeds(rig: Rig, client: redis.Redis) -> None:
    (rig.valkey().folder / "dump").rmdir()
    client.bgsave()
    wait_for(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok", 10, "the snapshot fails")


def _replica(_: Rig, client: redis.Redis) -> None:
    client.replicaof("127.0.0.1", valkey.free_port())


def _primary(_: Rig, client: redis.Redis) -> None:
    client.replicaof("NO", "ONE")


def _endless_script(rig: Rig, client: redis.Redis) -> None:
    def run() -> None:
        with rig.valkey().client() as other, contextlib.suppress(redis.RedisError, OSError):
            other.eval("while true do end", 0)

    threading.Thread(target=run, name="script", daemon=True).start()
    wait_for(lambda: _is_busy(client), 10, "the script does not run")


def _is_busy(client: redis.Redis) -> bool:
    try:
        return not client.ping()
    except redis.ResponseError:
        return True


def _script_ends(_: Rig, client: redis.Redis) -> None:
    client.script_kill()


def _loads(rig: Rig, client: redis.Redis) -> None:
    """Valkey starts again, and loads its data so slowly that it is asked meanwhile."""
    server = rig.valkey()
    with client.pipeline(transaction=False) as pipe:
        for number in range(20_000):
            pipe.set("filler", number)
        pipe.execute()
    server.terminate()
    server.configure(["key-load-delay 400"])
    server.spawn()


def _loaded(rig: Rig, _: redis.Redis) -> None:
    rig.valkey().kill()
    rig.valkey().configure([])
    rig.valkey().start()


CAUSES = (
    Cause("OOM", _memory, _more_memory, "maxmemory"),
    Cause("MISCONF", _snapshot_fails, _snapshot_succeeds, "MISCONF"),
    Cause("READONLY", _replica, _primary, "read only replica"),
    Cause("BUSY", _endless_script, _script_ends, "BUSY"),
    Cause("LOADING", _loads, _loaded, "loading the dataset"),
)


class _Waiting(Watch):
    """The longest time between two flushes of the honest site while the context lasts."""

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self.longest = 0.0
        self._rig = rig

    def _watch(self) -> None:
        with self._rig.valkey().client() as client:
            last, since = _revision(self._rig, client), time.monotonic()
            while not self._over.wait(0.005):
                now = _revision(self._rig, client)
                self.longest = max(self.longest, time.monotonic() - since)
                if now != last:
                    last, since = now, time.monotonic()
