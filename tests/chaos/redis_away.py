"""Redis away over midnight, at 1,000 events/s of simulated time, and a collector killed meanwhile in; what is lost out.

The clock of all processes is set by how far the clients are, so that ten minutes pass as fast as events are accepted.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]

from common.frames import Traffic
from common.keys import Shard, iso
from common.raw import read_day
from common.settings import Settings
from tests.chaos.clock import DAY, MINUTE, Clock, midnight
from tests.chaos.persons import TRACES, TRUSTING, Delivery, Request, found, person, request
from tests.chaos.rig import MARK, Rig, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE
from tests.chaos.watch import Watch

AWAY = 10 * MINUTE
A_BATCH = 50
PERSONS = 5_000
MOST_MEMORY = 200e6
#: Events a second that a replay has to reach.
LEAST_REPLAY = 5_000.0


class Away(NamedTuple):
    """What came of it."""

    made: int
    missing: int
    twice: int
    apart: int  #: raw events and rollups differ by
    days: list[int]  #: events before and after midnight
    traces: list[bytes]  #: of persons, in files
    memory: float
    replay: float  #: events a second, collector's restart included


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control loses the journal at a kill; its search for addresses is shown one."""
    total = 30_000 if quick else 600_000
    kept = _away(rig_factory, total, forget=False)
    gone = _away(rig_factory, 3_000, forget=True)
    return Outcome(
        f"{kept.made:,} events in 10 simulated minutes ({kept.days[0]:,} before midnight): {kept.missing:,} lost, "
        f"{kept.twice:,} twice; {len(kept.traces)} traces of addresses and user agents in files; "
        f"{kept.memory / 1e6:.0f} MB; replayed at {kept.replay:,.0f} events/s",
        f"journal deleted at a kill: {gone.missing:,} lost; an address in a log: {len(gone.traces)} trace found",
        kept.missing == kept.twice == kept.apart == len(kept.traces) == 0
        and min(kept.days) > 0
        and kept.memory < MOST_MEMORY
        and (quick or kept.replay >= LEAST_REPLAY)
        and gone.missing > 0
        and len(gone.traces) == 1,
    )


def _away(rig_factory: RigFactory, total: int, forget: bool) -> Away:
    begun = midnight() - AWAY // 2
    with rig_factory() as rig, _Memory(rig) as memory:
        clock = Clock(rig.folder, begun - MINUTE)
        server = rig.valkey(environ=clock.environ)
        collector = rig.collector(environ=clock.environ | TRUSTING)
        Delivery(iter([request(person(0), "before", ["/before"])]), collector.target).wait()
        with server.client() as client:
            wait_for(lambda: client.exists(Shard(SITE).state()), 10, "nothing is counted")
        server.kill()
        sent = Counter[str]()
        delivery = Delivery(_requests(clock, begun, total, sent), collector.target)
        for part in (1, 2):
            wait_for(lambda part=part: sent["made"] > total * part / 3, 300, "nothing is accepted")
            collector.kill()
            if forget:
                shutil.rmtree(rig.data / "journal")
            collector.restart()
        delivery.wait()
        replay = _replay(rig, total)
        if forget:
            (rig.folder / "seen.log").write_text(f"somebody came from {person(0).address}\n")
        return _count(rig, total, begun, memory.most, replay)


def _requests(clock: Clock, begun: int, total: int, sent: Counter[str]) -> Iterator[Request]:
    for first in range(0, total, A_BATCH):
        clock.set(begun + AWAY * first // total)
        yield request(person(first // A_BATCH % PERSONS), f"b{first}", (f"/{n}" for n in range(first, first + A_BATCH)))
        sent["made"] = first + A_BATCH


def _replay(rig: Rig, total: int) -> float:
    """Redis comes back; the collector is killed halfway through. Events a second in all."""
    collector, server = rig.collector(), rig.valkey()
    before = collector.health()
    assert before
    server.start()
    begun = time.monotonic()

    def half() -> bool:
        health = collector.health()
        return health is not None and health["backlog"] <= before["backlog"] / 2  # 0 of 0 where it was deleted

    wait_for(half, 300, "the backlog stays")
    collector.kill()
    collector.restart()
    rig.settle(300)
    return total / (time.monotonic() - begun)


def _count(rig: Rig, total: int, begun: int, memory: float, replay: float) -> Away:
    first = begun // DAY + 719_163
    with rig.valkey().client() as client:
        pages = [Counter(event.page for event in read_day(client, Shard(SITE), day)) for day in (first, first + 1)]
        traffic = Traffic(site=SITE, client=client, settings=Settings(sites={SITE: "UTC"}))
        pageviews = int(traffic.totals(iso(first), iso(first + 1))["pageviews"])
    rows = sum(pages, Counter[str]())
    missing = sum(f"/{n}" not in rows for n in range(total))
    return Away(
        total,
        missing,
        rows.total() - len(rows),
        abs(rows.total() - pageviews),
        [page.total() for page in pages],
        found(TRACES, rig.folder),
        memory,
        replay,
    )


class _Memory(Watch):
    """The most that a rig's collector and its flusher held together, in bytes, while the context lasts."""

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self.most = 0.0
        self._rig = rig

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            self.most = max(self.most, sum(map(self._held, psutil.process_iter())))

    def _held(self, process: psutil.Process) -> float:
        with contextlib.suppress(psutil.Error, OSError):
            words = process.cmdline()
            if ("serve" in words or "collector.flushing" in words) and process.environ().get(MARK) == str(
                self._rig.folder
            ):
                return float(process.memory_info().rss)
        return 0.0
