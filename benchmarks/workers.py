"""One folder served by one collector and by two, requests per CPU second and per second out.

Two wrk send in both cases, to one port or to one each; nothing is pinned but wrk, since two processes need two cores.
What a request costs depends on how many are under way, since those share an fsync: so each collector has as many
connections as the only one has, and the same load parted in two is measured beside it.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import traffic
from benchmarks.ingest import Sent, counted
from benchmarks.load import Sending
from benchmarks.served import Place, collecting
from benchmarks.traffic import SITE, Shape

KEYS = ("ingest_workers_2_vs_1",)
_SHAPE = Shape(10)


class Reached(NamedTuple):
    """Requests by CPU second of the collectors and their flushers, and by second until all was applied."""

    a_cpu_second: float
    a_second: float


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part: both places live all the time, their runs are interleaved."""
    seconds, rounds = (2, 1) if quick else (5, 5)
    with tempfile.TemporaryDirectory(prefix="footfall-workers-") as name:
        folder = Path(name)
        pool = traffic.write(folder / "pool.txt", _SHAPE)
        found: dict[str, list[Reached]] = {"one": [], "two": [], "parted": []}
        sent = {1: Sent(), 2: Sent()}
        with (
            collecting(folder / "one", [SITE], core=None) as one,
            collecting(folder / "two", [SITE], collectors=2, core=None) as two,
        ):
            for _ in range(rounds + 1):
                for kind, place, each in (("one", one, 16), ("two", two, 32), ("parted", two, 16)):
                    for other in (one, two):
                        other.quiet()
                    found[kind].append(_run(place, pool, seconds, sent[len(place.collectors)], each))
            for count, place in ((1, one), (2, two)):
                counted(place, sent[count])
    one_alone = found["one"][1:]  # the first round warms caches up
    figures = {}
    for kind, key in (("two", "ingest_workers_2_vs_1"), ("parted", "ingest_workers_2_vs_1_parted")):
        pairs = list(zip(found[kind][1:], one_alone, strict=True))
        figures[key] = median(many.a_cpu_second / single.a_cpu_second for many, single in pairs)
        figures[f"{key}_raw"] = median(many.a_second / single.a_second for many, single in pairs)
    return figures


def _run(place: Place, pool: Path, seconds: int, sent: Sent, connections: int) -> Reached:
    """Two wrk with so many connections each."""
    before, begun = place.cost(), time.monotonic()
    ports = [place.collectors[n % len(place.collectors)].port for n in range(2)]
    said = [run.wait() for run in [Sending(port, pool, seconds, connections) for port in ports]]
    place.applied()
    took, cost = time.monotonic() - begun, place.cost().since(before)
    requests = sum(one.requests for one in said)
    for one in said:
        sent.add(one.requests, _SHAPE)
    return Reached(requests / (cost.serve + cost.flusher), requests / took)
