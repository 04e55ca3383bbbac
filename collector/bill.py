"""A Redis in, its month of commands and its memory for /metrics out, looked at seldom: each look costs commands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

import redis
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from common import budget, capacity, ledger, store
from common.footprint import Footprint, measure
from common.settings import Settings
from common.store import StoreError

#: Commands are looked at after so many s: processes keep their counts about as often.
COMMANDS_AGE = 3_600.0
#: Memory costs a command a key: where commands are counted it is looked at once a day.
MEMORY_AGE, MEMORY_AGE_BILLED = 21_600.0, 86_400.0
#: After Redis was away it is asked again after so many s.
_AGAIN = 60.0


class Bill(NamedTuple):
    """What was found."""

    purposes: dict[str, int]
    verdict: budget.Verdict
    footprint: Footprint
    fit: capacity.Fit

    def collect(self) -> Iterable[Metric]:
        """As Prometheus takes it."""
        commands = CounterMetricFamily(
            "footfall_commands",
            "Redis commands this UTC month, by purpose; begins at 0 each month.",
            labels=["purpose"],
        )
        for purpose, count in self.purposes.items():
            commands.add_metric([purpose], count)
        yield commands
        projected = self.verdict.projected
        yield GaugeMetricFamily("footfall_commands_projected", "Redis commands by the month's end.", projected)
        if self.verdict.budget:
            yield GaugeMetricFamily("footfall_command_budget", "FOOTFALL_COMMAND_BUDGET.", self.verdict.budget)
        sizes = GaugeMetricFamily("footfall_redis_bytes", "Memory of keys in Redis.", labels=["site", "family"])
        for (site, family), size in self.footprint.by(lambda size: (size.site, size.family)).items():
            sizes.add_metric([site, family], size)
        yield sizes
        yield GaugeMetricFamily("footfall_redis_used_bytes", "Memory of all of Redis.", self.footprint.used)
        if self.fit.limit:
            yield GaugeMetricFamily("footfall_redis_limit_bytes", "Memory that there is.", self.fit.limit)
        if self.fit.months is not None:
            yield GaugeMetricFamily("footfall_months_that_fit", "Months of rollups that still fit.", self.fit.months)


class Bills:
    """The last look, taken again in a thread when it is old; the client is opened with the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: redis.Redis | None = None
        self._bill: Bill | None = None
        self._counted = self._measured = 0.0
        self._asking = asyncio.Lock()

    async def latest(self) -> Bill | None:
        """What there is to tell; None while Redis has never answered. Never raises."""
        async with self._asking:
            if time.monotonic() >= self._counted:
                await asyncio.to_thread(self._look)
        return self._bill

    def _look(self) -> None:
        try:
            self._client = self._client or store.connect(
                settings=self._settings, timeout=2.0, check=False, purpose="health"
            )
            self._bill = self._ask(self._client, time.time_ns() // 1_000_000)
            self._counted = time.monotonic() + COMMANDS_AGE
        except (redis.RedisError, OSError, StoreError):
            self._counted = time.monotonic() + _AGAIN

    def _ask(self, client: redis.Redis, now: int) -> Bill:
        months = ledger.read_months(client, now)
        verdict = budget.judge(months, self._settings.command_budget, now)
        found = self._bill.footprint if self._bill else None
        if found is None or time.monotonic() >= self._measured:
            found = measure(client)
            billed = self._settings.command_budget
            self._measured = time.monotonic() + (MEMORY_AGE_BILLED if billed else MEMORY_AGE)
        today = budget.utc_day(now)
        fit = capacity.fit(found, self._settings.raw_days, today, self._settings.memory_budget)
        return Bill(months[-1].purposes(), verdict, found, fit)

    def close(self) -> None:
        """Let go of Redis."""
        if self._client:
            self._client.close()
