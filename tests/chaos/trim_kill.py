"""The daily job killed again and again under load in; events that are in two places or in none, and wrong answers, out.

Days long past are archived while traffic runs and while an import adds to some of them; somebody asks all the time.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import NamedTuple

import redis

from collector.append import Appender
from collector.jobs.rebuild import marked_days, rebuild
from common import keys, manifest
from common.archive import Archive
from common.events import VISIT_DIMENSIONS, Event
from common.frames import Traffic
from common.keys import Shard, iso
from common.known import Known, encode
from common.raw import read_day
from common.settings import Settings
from tests.chaos.clock import DAY, MINUTE
from tests.chaos.process import ROOT, wait_for
from tests.chaos.rig import MARK, Rig
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE
from tests.chaos.watch import Watch

SHARD = Shard(SITE)
RATE = 2_000.0
#: Days of the past: of the first ones nothing changes, so that every answer about them is known; others get more.
STILL, BUSY = 6, 4
_A_PIECE = 400
#: A job that has begun is killed within this many s.
MOST_WORK = 2.5


_COUNTRIES = ("DE", "FR", "NP")


class Life(NamedTuple):
    """What came of it."""

    kills: int
    past: int  #: events of past days
    elsewhere: int  #: of them in no place, or in two
    files: int
    looks: int
    wrong: list[str]
    late: int  #: events that were added while the job ran
    loss: str
    none: bool


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control archives one list and cuts it, as two jobs at once would."""
    life = _life(rig_factory, kills=3 if quick else 20, a_day=2_000 if quick else 20_000)
    gone, twice = _control(rig_factory)
    return Outcome(
        f"{life.kills} kills of the daily job at {RATE:,.0f} events/s: {life.past:,} past events, {life.files} files, "
        f"{life.late:,} of them added meanwhile, {life.elsewhere:,} not in exactly one place; {life.looks:,} answers, "
        f"{len(life.wrong)} wrong{': ' + life.wrong[0] if life.wrong else ''}; live: {life.loss}",
        f"archive, then LTRIM of one list: {gone:,} lost, {twice:,} twice",
        life.elsewhere == 0 and not life.wrong and life.none and life.files > 0 and life.looks > 0 and gone > 0,
    )


def _life(rig_factory: RigFactory, kills: int, a_day: int) -> Life:
    with rig_factory() as rig, rig.valkey().client() as client:
        rig.collector(environ={"FOOTFALL_RAW_DAYS": "3"})
        today = time.time_ns() // 1_000_000 // DAY + 719_163
        past = range(today - STILL - BUSY - 3, today - 3)
        added = _Import(rig, client, past, a_day)
        added.begin()
        load = rig.send(RATE)
        with _Onlooker(rig, past[:STILL], a_day) as onlooker, added:
            for _ in range(kills):
                job, before = _job(rig), client.get(SHARD.job())
                wait_for(lambda before=before: client.get(SHARD.job()) not in (before, None), 60, "no job begins")
                time.sleep(random.uniform(0.0, MOST_WORK))
                job.kill()
                job.wait()
        sent = load.finish()
        for _ in range(2):  # the second one archives what the first one's rebuild opened
            assert _job(rig).wait(120) == 0
        loss = rig.loss(sent)
        onlooker.look()
        places, files = _places(rig, client, past)
        elsewhere = sum(count != 1 for count in places.values()) + len(added.made - places.keys())
        totals = _traffic(rig, client).totals(iso(past[0]), iso(past[-1]))
        if totals["pageviews"] != len(added.made):
            onlooker.wrong.append(f"{totals['pageviews']:,.0f} pageviews of {len(added.made):,}")
        past_events = len(added.made)
        return Life(
            kills, past_events, elsewhere, files, onlooker.looks, onlooker.wrong, added.late, str(loss), loss.none
        )


def _job(rig: Rig) -> subprocess.Popen[bytes]:
    environ = rig.collector().environ
    with (rig.folder / "trim.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "collector", "trim", "--quiet"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", **environ, MARK: str(rig.folder)},
            stdout=log,
            stderr=log,
        )


def _traffic(rig: Rig, client: redis.Redis) -> Traffic:
    return Traffic(site=SITE, client=client, settings=Settings(sites={SITE: "UTC"}, data=rig.data))


def _places(rig: Rig, client: redis.Redis, past: range) -> tuple[Counter[str], int]:
    """How often each event is kept, in lists and files, and how many files there are."""
    archive = Archive.open(Settings(data=rig.data))
    files = [name for name, file in manifest.files(client, SHARD).items() if file.kind == manifest.EVENTS]
    places = Counter(event.title for day in past for event in read_day(client, SHARD, day))
    for name in files:
        places.update(archive.read(name, ["title"]).column("title").to_pylist())
    return places, len(files)


class _Import(Watch):
    """Adds events to past days, as an import does; the last days get some until the context ends."""

    def __init__(self, rig: Rig, client: redis.Redis, past: range, a_day: int) -> None:
        super().__init__()
        self.made: set[str] = set()
        self.late = 0
        self._client, self._past, self._a_day = client, past, a_day
        self._url = rig.valkey().url

    def begin(self) -> None:
        """What is there before anything is killed, its rollups made."""
        self._client.hset(keys.sites(), SITE, encode(Known("UTC", 1)))
        appender = Appender(self._client)
        for day in self._past:
            for begin in range(0, self._a_day, _A_PIECE):
                self._add(appender, day, begin)
        rebuild(self._client, SHARD, marked_days(self._client, SHARD), "UTC", time.time_ns() // 1_000_000)

    def _add(self, appender: Appender, day: int, begin: int) -> None:
        start = (day - 719_163) * DAY
        events = [_event(start + 10 * MINUTE + n % 1_000 * MINUTE, n, day) for n in range(begin, begin + _A_PIECE)]
        self.made |= {event.title for event in events}
        appender.append(SHARD, f"{day}.{begin}", {day: events}, time.time_ns() // 1_000_000)

    def _watch(self) -> None:
        with redis.Redis.from_url(self._url, protocol=2) as client:
            appender, number = Appender(client), self._a_day
            while not self._over.wait(0.2):
                for day in self._past[STILL:]:
                    self._add(appender, day, number)
                    self.late += _A_PIECE
                number += _A_PIECE


def _event(time_: int, number: int, day: int) -> Event:
    dims = dict.fromkeys(VISIT_DIMENSIONS, "") | {"source": "(direct)", "country": _COUNTRIES[number // 3 % 3]}
    return Event(
        time=time_,
        seq=number,
        visitor=day * 1_000_000 + number // 3,
        before=0,
        type="pageview",
        class_="human",
        page=f"/{number % 50}",
        hostname=SITE,
        title=f"{day}.{number}",
        **dims,
    )


class _Onlooker(Watch):
    """Asks about days that do not change; every answer is known, by rollups and by events."""

    def __init__(self, rig: Rig, days: range, a_day: int) -> None:
        super().__init__()
        self.looks, self.wrong = 0, list[str]()
        self._rig, self._days, self._lock = rig, days, threading.Lock()
        self._all = len(days) * a_day
        self._german = len(days) * sum(number // 3 % 3 == 0 for number in range(a_day))
        self._kept = _traffic(rig, rig.valkey().client())

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.look()

    def look(self) -> None:
        """Ask once; every third time with nothing kept from before."""
        start, end = iso(self._days[0]), iso(self._days[-1])
        with self._lock, redis.Redis.from_url(self._rig.valkey().url, protocol=2) as client:
            try:
                traffic = self._kept if self.looks % 3 else _traffic(self._rig, client)
                found = [
                    int(traffic.totals(start, end)["pageviews"]),
                    int(traffic.breakdown("country", start, end)["pageviews"].sum()),
                    int(
                        traffic.totals(start, end, {"country": "DE", "page": [f"/{n}" for n in range(50)]})["pageviews"]
                    ),
                ]
                if found != [self._all, self._all, self._german]:
                    self.wrong.append(f"{found} for {[self._all, self._all, self._german]}")
            except Exception as error:
                self.wrong.append(f"{type(error).__name__}: {error}")
            self.looks += 1


def _control(rig_factory: RigFactory) -> tuple[int, int]:
    """What two jobs that archive one list and then cut it lose, and keep twice."""
    kept: list[bytes] = []
    with rig_factory() as rig:
        url, over = rig.valkey().url, threading.Event()

        def job() -> None:
            with redis.Redis.from_url(url, protocol=2) as client:
                while not over.is_set():
                    rows = client.lrange("events", 0, -1)
                    kept.extend(rows)
                    client.ltrim("events", len(rows), -1)

        threads = [threading.Thread(target=job) for _ in range(2)]
        with redis.Redis.from_url(url, protocol=2) as client:
            for thread in threads:
                thread.start()
            for number in range(5_000):
                client.rpush("events", number)
            over.set()
            for thread in threads:
                thread.join()
            kept += client.lrange("events", 0, -1)
    counts = Counter(kept)
    return 5_000 - len(counts), sum(count - 1 for count in counts.values())
