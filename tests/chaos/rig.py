"""A temporary folder in; a Valkey, collectors and clients that may be killed, and what was counted in the end, out.

Everything listens on loopback. Every process, and all that it starts, carries the rig's folder in its environment:
leaving the rig ends each process that does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import psutil  # type: ignore[import-untyped]
import redis

from common import store
from common.frames import Traffic
from common.keys import REVISION, Shard
from common.known import shards_of
from common.raw import read_day
from common.settings import Settings
from tests.chaos.process import ROOT, Collector, Process, Valkey, end_all, wait_for
from tests.chaos.sender import SITE, Load, Sent, Target

__all__ = [
    "MARK",
    "ROOT",
    "SITE",
    "Collector",
    "Counted",
    "Load",
    "Loss",
    "Process",
    "Rig",
    "Target",
    "Valkey",
    "wait_for",
]
#: The environment variable by which a rig knows its processes.
MARK = "FOOTFALL_CHAOS"


class Counted(NamedTuple):
    """What Redis holds in the end."""

    rows: Counter[str]  #: raw events by path
    pageviews: int  #: the same events by the rollups
    visitors: int  #: by raw events


class Loss(NamedTuple):
    """How what was acknowledged compares to what was counted."""

    acknowledged: int
    lost: int  #: acknowledged, not counted
    twice: int  #: counted more often than once
    apart: int  #: raw events and rollups differ by

    def __str__(self) -> str:
        text = f"{self.acknowledged:,} acknowledged, {self.lost:,} lost, {self.twice:,} twice"
        return text + (f", rollups off by {self.apart:,}" if self.apart else "")

    @property
    def none(self) -> bool:
        """Whether something was sent, all of it was counted once, and raw events and rollups agree."""
        return self.acknowledged > 0 and self.lost == self.twice == self.apart == 0


class Rig:
    """Everything a scenario breaks. A context manager: afterwards no process and no file is left."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="footfall-chaos-"))
        self.data = self.folder / "data"
        self.collectors: dict[int, Collector] = {}
        self._valkey: Valkey | None = None
        self._loads: list[Load] = []
        self.begun = _today()  #: ordinal of the first day that events are sent for

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error:
            error.add_note(self.last_words())
        for load in self._loads:
            load.cancel()
        self.kill_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def valkey(self, extra: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> Valkey:
        """The rig's Valkey, started by the first call; only that one looks at the arguments."""
        if self._valkey is None:
            self._valkey = Valkey(self.folder / "valkey", extra, {MARK: str(self.folder), **(environ or {})})
            self._valkey.start()
        return self._valkey

    def collector(self, number: int = 0, environ: Mapping[str, str] | None = None) -> Collector:
        """A collector of the rig's Valkey and data folder, started by the first call with its number.

        `environ` overrides its environment, also FOOTFALL_REDIS_URL (say, with a proxy's address) and FOOTFALL_DATA.
        """
        if number not in self.collectors:
            chosen = {
                **{name: "" for name in os.environ if name.startswith("FOOTFALL_")},
                MARK: str(self.folder),
                "FOOTFALL_DATA": str(self.data),
                "FOOTFALL_SITES": SITE,
                **(environ or {}),
            }
            if "FOOTFALL_REDIS_URL" not in (environ or {}):
                chosen["FOOTFALL_REDIS_URL"] = self.valkey().url
            self.collectors[number] = Collector(self.folder / f"collector-{number}.log", chosen)
            self.collectors[number].start()
        return self.collectors[number]

    def send(
        self, rate: float = 1_000.0, clients: int = 50, targets: Sequence[Target] | None = None, **options: Any
    ) -> Load:
        """Clients that send from now on, to all collectors unless `targets` says otherwise; see `Load`."""
        options.setdefault("name", f"l{len(self._loads)}c")
        chosen = targets or [collector.target for collector in self.collectors.values()]
        self._loads.append(Load(chosen, rate, clients, **options))
        return self._loads[-1]

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until no living collector has a backlog and Redis answers; raises TimeoutError."""

        def settled() -> bool:
            found = [collector.health() for collector in self.collectors.values() if collector.alive]
            return all(one is not None and one["backlog"] == 0 and one["redis"] == "ok" for one in found)

        wait_for(settled, timeout, "the backlog stays")

    def days(self) -> range:
        """The days (ordinals) that this rig has seen."""
        return range(self.begun, _today() + 1)

    def ingests(self, url: str | None = None, timeout: float = 60.0) -> None:
        """Wait until one more flush has reached Redis; raises TimeoutError."""
        with redis.Redis.from_url(url or self.valkey().url, protocol=2, socket_timeout=5) as client:
            wait_for(lambda: self._flushes(client) >= 0, timeout, "Redis does not answer")
            before = self._flushes(client)
            wait_for(lambda: self._flushes(client) > before, timeout, "nothing is ingested")

    def _flushes(self, client: redis.Redis) -> int:
        """How often the days of this run were written to; -1 while Redis does not answer."""
        try:
            return sum(int(client.hget(Shard(SITE).daily(day), REVISION) or 0) for day in self.days())
        except (redis.RedisError, OSError):
            return -1

    def counted(self, url: str | None = None) -> Counted:
        """What is in Redis, by raw events and by rollups; in what `url` names, else in the rig's Valkey."""
        with store.connect(url or self.valkey().url, check=False) as client:
            days = self.days()
            events = [
                event for shard in shards_of(client, SITE) for day in days for event in read_day(client, shard, day)
            ]
            traffic = Traffic(site=SITE, client=client, settings=Settings(sites={SITE: "UTC"}))
            first, last = (datetime.fromordinal(day).date().isoformat() for day in (days[0], days[-1]))
            pageviews = int(traffic.totals(first, last)["pageviews"])
            return Counted(Counter(event.page for event in events), pageviews, len({event.visitor for event in events}))

    def loss(self, *sent: Sent, url: str | None = None) -> Loss:
        """Wait until everything is flushed and compare what was acknowledged with what was counted."""
        self.settle()
        rows, pageviews, _ = self.counted(url)
        acknowledged = set[str]().union(*(one.acknowledged for one in sent))
        return Loss(
            len(acknowledged), len(acknowledged - rows.keys()), rows.total() - len(rows), abs(rows.total() - pageviews)
        )

    def kill_all(self) -> None:
        """SIGKILL to every process of the rig at once, as a power cut does."""
        while found := [process for process in psutil.process_iter() if self._owns(process)]:
            end_all(found)
        for process in [*self.collectors.values(), *filter(None, [self._valkey])]:
            process.reap()

    def last_words(self) -> str:
        """The ends of all logs."""
        logs = sorted([*self.folder.glob("*.log"), *self.folder.glob("*/valkey.log")])
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1_500:]}" for log in logs)

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return bool(process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(self.folder))
        except (psutil.Error, OSError):
            return False


def _today() -> int:
    return datetime.now(UTC).toordinal()
