"""Counts of the acceptor, the backlog and what Redis costs in, Prometheus text out."""

from __future__ import annotations

import hmac
import ipaddress
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from collector.bill import Bill


class Counts:
    """What this collector has answered since it started."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.dropped: Counter[str] = Counter()
        self.accepted = 0

    def add(self, status: int, accepted: int, dropped: Mapping[str, int]) -> None:
        """One answer: its status, the events accepted and dropped with it."""
        self.answers[status] += 1
        self.accepted += accepted
        if dropped:
            self.dropped.update(dropped)


class _Snapshot(Collector):
    def __init__(self, counts: Counts, health: Mapping[str, Any], bill: Bill | None) -> None:
        self._counts, self._health, self._bill = counts, health, bill

    def collect(self) -> Iterable[Metric]:
        """All families, in one go."""
        answers = CounterMetricFamily("footfall_answers", "Answers to /api/track, by status.", labels=["status"])
        for status, count in sorted(self._counts.answers.items()):
            answers.add_metric([str(status)], count)
        yield answers
        yield CounterMetricFamily("footfall_events_accepted", "Events that are durable.", value=self._counts.accepted)
        dropped = CounterMetricFamily("footfall_events_dropped", "Events not counted, by reason.", labels=["reason"])
        for reason, count in sorted(self._counts.dropped.items()):
            dropped.add_metric([reason], count)
        yield dropped
        backlog, size = self._health["backlog"], self._health["journal_bytes"]
        yield GaugeMetricFamily("footfall_backlog_records", "Journal records not yet in Redis.", value=backlog)
        yield GaugeMetricFamily("footfall_journal_bytes", "Size of the journal.", value=size)
        up = self._health["redis"] == "ok"
        yield GaugeMetricFamily("footfall_redis_up", "1 while Redis answers.", value=int(up))
        since = (self._health["failing_since"] or 0) / 1000
        yield GaugeMetricFamily("footfall_failing_since_seconds", "Since when Redis takes nothing; 0: it does.", since)
        if self._bill:
            yield from self._bill.collect()


def render(counts: Counts, health: Mapping[str, Any], bill: Bill | None = None) -> bytes:
    """The text of /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(counts, health, bill))
    return generate_latest(registry)


def may_read(peer: str, forwarded: bool, authorization: str, token: str | None) -> bool:
    """Loopback that no proxy stands in front of, or the token of FOOTFALL_METRICS_TOKEN as a bearer."""
    if token:
        return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
    try:
        return ipaddress.ip_address(peer).is_loopback and not forwarded
    except ValueError:
        return False
