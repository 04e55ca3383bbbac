"""Closed days rebuilt twice, with today, under load in; what is missing, what came out otherwise, wrong answers, out.

The days stand in every way in which closed days can: folded, archived, in a closed month, and open again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import NamedTuple, cast

import redis

from collector.append import Appender
from collector.jobs.fold import open_days
from collector.jobs.months import closed_months
from collector.jobs.recount import recount
from collector.stored import StoredDays
from collector.verify import verify
from common import keys, manifest
from common.archive import Archive
from common.arrays import decode
from common.calendars import calendar
from common.history import History
from common.keys import iso
from common.raw import raw_days
from common.rows import pack_row
from tests.chaos import past as days_past
from tests.chaos.past import COUNTRIES, SHARD
from tests.chaos.rig import Rig
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.watch import Watch

DAYS, AGAIN = 30, 3
#: Live events/s, and of them those that come a day late; days whose raw events stay in Redis.
RATE, LATE, RAW = 900.0, 100.0, 12
_A_DAY = 86_400.0
#: How often the control may try until somebody saw it at work.
MOST_ROUNDS = 30
#: By day its rows as they are packed, and how many visitors its HyperLogLog counts.
Rows = dict[int, tuple[dict[str, bytes], int]]


class Found(NamedTuple):
    """What came of it."""

    stands: str  #: how the days stood before
    live: str
    none: bool  #: nothing live is missing
    moved: int  #: days whose rows or visitors are other than before
    faults: list[str]  #: what `verify` says in the end
    looks: int
    wrong: list[str]
    naive: tuple[int, int]  #: answers during the naive rebuild, wrong ones among them


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control deletes a day's hash and fills it again, as one would without shadows."""
    a_day = 600 if quick else 4_000
    found = _live(rig_factory, a_day, 1.0 if quick else 10.0)
    looks, wrong = found.naive
    problems = [*found.wrong, *found.faults]
    return Outcome(
        f"{DAYS} days with {a_day:,} events each ({found.stands}) and today made again twice at {RATE + LATE:,.0f} "
        f"events/s; {found.live}; {found.moved} days came out otherwise; {found.looks:,} answers, "
        f"{len(found.wrong)} wrong; verify: {len(found.faults)}{': ' + problems[0] if problems else ''}",
        f"hash deleted and filled again: {wrong:,} of {looks:,} answers wrong",
        found.none and not found.moved and not problems and found.looks > 0 and wrong > 0,
    )


def _live(rig_factory: RigFactory, a_day: int, warm: float) -> Found:
    with rig_factory() as rig, rig.valkey().client() as client:
        today = days_past.today()
        past = range(today - DAYS - 3, today - 3)
        days_past.remember(client)
        rig.begun = today - 1
        rig.collector(environ={"FOOTFALL_RAW_DAYS": str(RAW)})
        stands = _fill(rig, client, past, a_day)
        rows = _rows(rig, client, past)
        onlooker = _Onlooker(rig, past)
        assert onlooker.known[0].startswith(f"{DAYS * a_day},"), onlooker.known[0]
        live, late = rig.send(RATE), rig.send(LATE, clients=20, ago=_A_DAY)
        moved = 0
        with onlooker:
            time.sleep(warm)
            for again in range(2):
                days_past.done(rig, "rebuild", "--days", f"{iso(past[0])}:{iso(today)}")
                moved += _differ(rows, _rows(rig, client, past))
                if not again:  # else the second one would find only days that are open
                    days_past.done(rig, "trim", "--quiet")
                    moved += _differ(rows, _rows(rig, client, past))
        sent = live.finish(), late.finish()
        rig.settle()
        # In a day's first half hour visits of the day before go on, and late events of these mark their days.
        days_past.rebuild_marked(client, _archive(rig))
        loss = rig.loss(*sent)
        onlooker.look()
        history = History(client, _archive(rig))
        faults = [str(fault) for fault in verify(history, SHARD, [*past, *rig.days()], calendar("UTC"))]
        assert set(past) <= set(open_days(client, SHARD))
        with _Onlooker(rig, past) as control:
            for _ in range(MOST_ROUNDS):
                _naive(history, client, past)
                if control.wrong:
                    break
        return Found(
            stands, str(loss), loss.none, moved, faults, onlooker.looks, onlooker.wrong,
            (control.looks, len(control.wrong)),
        )  # fmt: skip


def _fill(rig: Rig, client: redis.Redis, past: range, a_day: int) -> str:
    """Events of the days, closed by the daily job, the last ones open again; how they stand then."""
    appender = Appender(client)
    for day in past:
        days_past.append(appender, day, range(a_day if day not in past[-AGAIN:] else a_day // 2))
    days_past.rebuild_marked(client)
    for _ in range(2):  # the second one archives what the first one closed
        days_past.done(rig, "trim", "--quiet")
    for day in past[-AGAIN:]:
        days_past.append(appender, day, range(a_day // 2, a_day))
    days_past.rebuild_marked(client, _archive(rig))
    archived = {
        day for file in manifest.files(client, SHARD).values() if file.kind == manifest.EVENTS for day, _ in file.days
    }
    opened, months = set(open_days(client, SHARD)), closed_months(client, SHARD)
    counts = {
        "archived": len(archived & set(past)),
        "folded": len(raw_days(client, SHARD) & set(past) - opened),
        "open": len(opened & set(past)),
        "of a closed month": sum(keys.month(day) in months for day in past),
    }
    assert min(counts["archived"], counts["folded"], counts["open"]) > 0, counts
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _archive(rig: Rig) -> Archive:
    return Archive.open(days_past.settings(rig))


def _rows(rig: Rig, client: redis.Redis, days: range) -> Rows:
    """Every row as it is stored, and how many visitors each day's HyperLogLog counts."""
    history = History(client, _archive(rig))

    def read() -> Rows:
        stored, found = StoredDays(client, SHARD, history.archive), {}
        for day in days:
            one = stored.day(day)
            unique = one.unique if one.unique is not None else cast("bytes", client.get(SHARD.unique(day)))
            client.set("counted", unique)
            rows = {name: pack_row(values) for name, values in one.rows.items() if any(values)}
            found[day] = (rows, int(client.pfcount("counted")))
        return found

    return history.steady(SHARD, read)


def _differ(before: Rows, after: Rows) -> int:
    return sum(before[day] != after[day] for day in before)


class _Onlooker(Watch):
    """Asks about closed days; what was told when it was made is told for ever."""

    def __init__(self, rig: Rig, days: Sequence[int]) -> None:
        super().__init__()
        self.looks, self.wrong = 0, list[str]()
        self._rig, self._first, self._last = rig, iso(days[0]), iso(days[-1])
        self._lock, self._client = threading.Lock(), rig.valkey().client()
        self._kept = days_past.traffic(rig, self._client)
        self.known = self._told(fresh=True)

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.look()

    def look(self) -> None:
        """Ask once; every third time with nothing kept from before."""
        with self._lock:
            try:
                found = self._told(fresh=self.looks % 3 == 0)
                pairs = zip(found, self.known, strict=True)
                if differ := [f"{told[:200]!r} for {known[:200]!r}" for told, known in pairs if told != known]:
                    self.wrong.append(differ[0])
            except Exception as error:
                self.wrong.append(f"{type(error).__name__}: {error}")
            self.looks += 1

    def _told(self, fresh: bool) -> list[str]:
        traffic = days_past.traffic(self._rig, self._client) if fresh else self._kept
        days, where = (self._first, self._last), {"country": COUNTRIES[0], "device": "(none)"}
        totals = traffic.totals(*days)
        pages = ["pageviews", "visits", "visitors"]
        return [
            ",".join(str(int(totals[name])) for name in pages) + f" {totals.to_dict()}",
            traffic.series(*days).to_csv(),
            traffic.breakdown("page", *days).to_csv(),
            traffic.breakdown("country", *days).to_csv(),
            str(traffic.totals(*days, where).to_dict()),
            traffic.series(*days, "day", where).to_csv(),
        ]


def _naive(history: History, client: redis.Redis, days: Sequence[int]) -> None:
    """Delete, count, fill."""
    for day in days:
        fields = client.hgetall(SHARD.daily(day))
        client.delete(SHARD.daily(day))
        counted = recount(history, SHARD, [day], calendar("UTC")).rows[day]
        stored = {keys.field(name, value) for name, (values, _) in decode(fields).items() for value in values}
        assert counted.keys() == stored
        client.hset(SHARD.daily(day), mapping=fields)
