"""The daily job killed again and again under load in; events that are in two places or in none, and wrong answers, out.

Days long past are archived while traffic runs and while an import adds to some of them; somebody asks all the time.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import NamedTuple

import redis

from collector.append import Appender
from common import manifest
from common.archive import Archive
from common.keys import iso
from common.raw import read_day
from tests.chaos import past as days_past
from tests.chaos.past import COUNTRIES, PAGES, SHARD
from tests.chaos.process import wait_for
from tests.chaos.rig import Rig
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.watch import Watch

#: Days of the past: of the first ones nothing changes, so that every answer about them is known; others get more.
STILL, BUSY = 6, 4
_A_PIECE = 200


class Size(NamedTuple):
    """How much is done."""

    rate: float  #: live events/s
    kills: int
    a_day: int  #: events of each past day
    pause: float  #: s between additions to past days
    work: float  #: s: a job that has begun is killed within them
    control: int  #: events of the control


QUICK, WHOLE = Size(1_000.0, 5, 2_000, 0.5, 1.5, 1_500), Size(2_000.0, 20, 20_000, 0.2, 2.5, 5_000)


class Life(NamedTuple):
    """What came of it."""

    kills: int  #: of jobs that were at work
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
    size = QUICK if quick else WHOLE
    life = _life(rig_factory, size, quick)
    gone, twice = _control(rig_factory, size.control)
    return Outcome(
        f"{life.kills} kills of the daily job at {size.rate:,.0f} events/s: {life.past:,} past events, {life.files} "
        f"files, {life.late:,} of them added meanwhile, {life.elsewhere:,} not in exactly one place; {life.looks:,} "
        f"answers, {len(life.wrong)} wrong{': ' + life.wrong[0] if life.wrong else ''}; live: {life.loss}",
        f"archive, then LTRIM of one list: {gone:,} lost, {twice:,} twice",
        life.elsewhere == 0 and not life.wrong and life.none and min(life.kills, life.files, life.looks, gone) > 0,
    )


def _life(rig_factory: RigFactory, size: Size, quick: bool) -> Life:
    with rig_factory() as rig, rig.valkey().client() as client:
        today = days_past.today()
        past = range(today - STILL - BUSY - 3, today - 3)
        days_past.remember(client)
        rig.collector(environ={"FOOTFALL_RAW_DAYS": "3"})
        added = _Import(rig, client, past, size)
        added.begin()
        load, kills = rig.send(size.rate), 0
        with _Onlooker(rig, past[:STILL], size.a_day) as onlooker, added:
            for left in range(size.kills - 1, -1, -1):
                job, before = days_past.command(rig, "trim", "--quiet"), client.get(SHARD.job())
                wait_for(lambda before=before: client.get(SHARD.job()) not in (before, None), 180, "no job begins")
                time.sleep(random.uniform(0.0, size.work))
                kills += job.poll() is None
                job.kill()
                job.wait()
                if quick and left:  # as if the lease had ended by itself, which the last one does
                    client.delete(SHARD.job())
        sent = load.finish()
        for _ in range(2):  # the second one archives what the first one's rebuild opened
            days_past.done(rig, "trim", "--quiet")
        loss = rig.loss(sent)
        onlooker.look()
        places, files = _places(rig, client, past)
        elsewhere = sum(count != 1 for count in places.values()) + len(added.made - places.keys())
        totals = days_past.traffic(rig, client).totals(iso(past[0]), iso(past[-1]))
        if totals["pageviews"] != len(added.made):
            onlooker.wrong.append(f"{totals['pageviews']:,.0f} pageviews of {len(added.made):,}")
        past_events = len(added.made)
        return Life(
            kills, past_events, elsewhere, files, onlooker.looks, onlooker.wrong, added.late, str(loss), loss.none
        )


def _places(rig: Rig, client: redis.Redis, past: range) -> tuple[Counter[str], int]:
    """How often each event is kept, in lists and files, and how many files there are."""
    archive = Archive.open(days_past.settings(rig))
    files = [name for name, file in manifest.files(client, SHARD).items() if file.kind == manifest.EVENTS]
    places = Counter(event.title for day in past for event in read_day(client, SHARD, day))
    for name in files:
        places.update(archive.read(name, ["title"]).column("title").to_pylist())
    return places, len(files)


class _Import(Watch):
    """Adds events to past days, as an import does; the last days get some until the context ends."""

    def __init__(self, rig: Rig, client: redis.Redis, past: range, size: Size) -> None:
        super().__init__()
        self.made: set[str] = set()
        self.late = 0
        self._client, self._past, self._size = client, past, size
        self._url = rig.valkey().url

    def begin(self) -> None:
        """What is there before anything is killed, its rollups made."""
        appender = Appender(self._client)
        for day in self._past:
            for begin in range(0, self._size.a_day, _A_PIECE):
                self._add(appender, day, begin)
        days_past.rebuild_marked(self._client)

    def _add(self, appender: Appender, day: int, begin: int) -> None:
        self.made |= days_past.append(appender, day, range(begin, begin + _A_PIECE))

    def _watch(self) -> None:
        with redis.Redis.from_url(self._url, protocol=2) as client:
            appender, number = Appender(client), self._size.a_day
            while not self._over.wait(self._size.pause):
                for day in self._past[STILL:]:
                    self._add(appender, day, number)
                    self.late += _A_PIECE
                number += _A_PIECE


class _Onlooker(Watch):
    """Asks about days that do not change; every answer is known, by rollups and by events."""

    def __init__(self, rig: Rig, days: range, a_day: int) -> None:
        super().__init__()
        self.looks, self.wrong = 0, list[str]()
        self._rig, self._days, self._lock = rig, days, threading.Lock()
        self._all = len(days) * a_day
        self._german = len(days) * sum(number // 3 % 3 == 0 for number in range(a_day))
        self._kept = days_past.traffic(rig, rig.valkey().client())

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.look()

    def look(self) -> None:
        """Ask once; every third time with nothing kept from before."""
        start, end = iso(self._days[0]), iso(self._days[-1])
        with self._lock, redis.Redis.from_url(self._rig.valkey().url, protocol=2) as client:
            try:
                traffic = self._kept if self.looks % 3 else days_past.traffic(self._rig, client)
                pages = [f"/{n}" for n in range(PAGES)]
                found = [
                    int(traffic.totals(start, end)["pageviews"]),
                    int(traffic.breakdown("country", start, end)["pageviews"].sum()),
                    int(traffic.totals(start, end, {"country": COUNTRIES[0], "page": pages})["pageviews"]),
                ]
                if found != [self._all, self._all, self._german]:
                    self.wrong.append(f"{found} for {[self._all, self._all, self._german]}")
            except Exception as error:
                self.wrong.append(f"{type(error).__name__}: {error}")
            self.looks += 1


def _control(rig_factory: RigFactory, events: int) -> tuple[int, int]:
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
            for number in range(events):
                client.rpush("events", number)
            over.set()
            for thread in threads:
                thread.join()
            kept += client.lrange("events", 0, -1)
    counts = Counter(kept)
    return events - len(counts), sum(count - 1 for count in counts.values())
