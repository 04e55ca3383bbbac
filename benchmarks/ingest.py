"""Batches and single events through the real collector, through the bare stack and through a naive one, on one core.

What is acknowledged has to be applied before the clock stops, and to be in the store afterwards.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]

from benchmarks import load, traffic
from benchmarks.load import CONNECTIONS
from benchmarks.served import Place, collecting, cpu, process
from benchmarks.traffic import SITE, Shape
from common.valkey import free_port

KEYS = ("ingest_batch_vs_bare", "ingest_single_vs_bare", "ingest_vs_naive", "collector_rss_mb")
SHAPES = {"batch": Shape(10), "single": Shape(1)}
#: After so many events the collector's memory is looked at.
EVENTS, QUICK_EVENTS = 5_000_000, 300_000


class Sent:
    """What was acknowledged so far, and how much may have been counted beyond it."""

    def __init__(self) -> None:
        self.events = self.pageviews = self.spare = 0

    def add(self, requests: int, shape: Shape) -> None:
        """A run of wrk ended."""
        self.events += requests * shape.events
        self.pageviews += requests * shape.pageviews
        self.spare += CONNECTIONS * shape.pageviews


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part, medians of interleaved rounds."""
    seconds, rounds = (2, 1) if quick else (5, 5)
    with tempfile.TemporaryDirectory(prefix="footfall-ingest-") as folder, collecting(Path(folder), [SITE]) as place:
        pools = {name: traffic.write(Path(folder) / f"{name}.txt", shape) for name, shape in SHAPES.items()}
        sent = Sent()
        figures = _rounds(place, pools, sent, seconds, rounds)
        while sent.events < (QUICK_EVENTS if quick else EVENTS):
            sent.add(load.run(place.port, pools["batch"], seconds).requests, SHAPES["batch"])
            place.applied()
        serve, flusher = place.collectors[0].rss()
        return figures | {
            "collector_rss_mb": serve,
            "flusher_rss_mb": flusher,
            "ingest_counted_vs_acknowledged": counted(place, sent),
        }


def _rounds(place: Place, pools: dict[str, Path], sent: Sent, seconds: int, rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {}

    def note(key: str, value: float) -> None:
        found.setdefault(key, []).append(value)

    with apps(place) as (ports, bare_process):
        for turn in range(rounds + 1):  # the first one warms caches up
            if turn == 1:
                found.clear()
            for name, shape in SHAPES.items():
                place.quiet()
                before = cpu(bare_process)
                bare = load.run(ports["bare"], pools[name], seconds)
                bare_cost = (cpu(bare_process) - before) / bare.requests
                start = place.cost()
                ours, rate = through(place, pools[name], seconds)
                cost = place.cost().since(start)
                sent.add(ours.requests, shape)
                note(f"ingest_{name}_vs_bare", ours.rate / bare.rate)
                note(f"ingest_{name}_events_per_s", ours.rate * shape.events)
                note(f"ingest_{name}_applied_events_per_s", rate * shape.events)
                note(f"ingest_{name}_applied_vs_bare", rate / bare.rate)
                note(f"ingest_{name}_cpu_vs_bare", bare_cost / (sum(cost) / ours.requests))
                for kind, value in cost._asdict().items():
                    note(f"ingest_{name}_us_{kind}", 1e6 * value / ours.requests / shape.events)
                note(f"bare_{name}_us", 1e6 * bare_cost / shape.events)
                note(f"bare_{name}_requests_per_s", bare.rate)
                if name == "batch":
                    for kind in ("naive", "naive_per_event"):
                        place.quiet()
                        note(f"ingest_vs_{kind}", rate / load.run(ports[kind], pools[name], seconds).rate)
    return {key: median(values) for key, values in found.items()}


def through(place: Place, pool: Path, seconds: int) -> tuple[load.Load, float]:
    """A run through the collector; what wrk says, and requests a second until the last one was applied."""
    begun = time.monotonic()
    said = load.run(place.port, pool, seconds)
    overhead = time.monotonic() - begun - said.seconds  # wrk's start, before it sends
    place.applied()
    return said, said.requests / (time.monotonic() - begun - overhead)


@contextmanager
def apps(place: Place) -> Iterator[tuple[dict[str, int], psutil.Process]]:
    """Ports of the bare and the naive applications beside the collector, on its core and its server; the bare one."""
    ports = {name: free_port() for name in ("bare", "naive", "naive_per_event")}
    environ = {"NAIVE_REDIS_URL": place.url}
    with (
        process(["-m", "benchmarks.bare", str(ports["bare"])], ports["bare"], "/", {}) as bare,
        process(["-m", "benchmarks.naive", str(ports["naive"])], ports["naive"], "/", environ),
        process(
            ["-m", "benchmarks.naive", str(ports["naive_per_event"])],
            ports["naive_per_event"], "/", environ | {"PER_EVENT": "1"},
        ),
    ):  # fmt: skip
        yield ports, psutil.Process(bare.pid)


def counted(place: Place, sent: Sent) -> float:
    """Pageviews in the store against those acknowledged: 1, or a little more for what was under way at wrk's ends."""
    place.applied()
    reader = place.traffic(SITE)
    found = reader.totals(str(reader.today()), str(reader.today()))["pageviews"]
    if not sent.pageviews <= found <= sent.pageviews + sent.spare:
        raise AssertionError(f"{sent.pageviews} pageviews acknowledged, {found:.0f} counted")
    return float(found) / sent.pageviews
