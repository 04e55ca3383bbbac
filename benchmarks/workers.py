"""One folder served by one collector and by two, requests per CPU second and per second out.

Two wrk send in both cases, to one port or to one each; nothing is pinned but wrk, since two processes need two cores.
What a request costs depends on how many are under way, since those share an fsync: so each collector has as many
connections as the only one has, and the same load parted in two is measured beside it. It depends on what a site has
seen before as well (a flush costs up to half more when its visitors are known): each kind has a folder of its own.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
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
    seconds, rounds = (2, 1) if quick else (5, 9)
    with tempfile.TemporaryDirectory(prefix="footfall-workers-") as name:
        folder = Path(name)
        pool = traffic.write(folder / "pool.txt", _SHAPE)
        found: dict[str, list[Reached]] = {"one": [], "two": [], "parted": []}
        sent = {kind: Sent() for kind in found}
        with ExitStack() as stack:
            places = {
                kind: stack.enter_context(
                    collecting(folder / kind, [SITE], collectors=1 if kind == "one" else 2, core=None)
                )
                for kind in found
            }
            for _ in range(rounds + 1):
                for kind, place in places.items():
                    for other in places.values():
                        other.quiet()
                    found[kind].append(_run(place, pool, seconds, sent[kind], 32 if kind == "two" else 16))
            for kind, place in places.items():
                counted(place, sent[kind])
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
