"""Half of what each server can take in, p99 of its answers out: ours, flusher and server on the same core, and bare."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks import load, paced, traffic
from benchmarks.ingest import Sent, counted, through
from benchmarks.paced import Paced
from benchmarks.served import collecting, process
from benchmarks.traffic import SITE, Shape
from common.valkey import free_port

KEYS = ("ack_p99_vs_bare",)
_SHAPE = Shape(10)


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part, medians of interleaved runs at a constant rate."""
    seconds, rounds = (3, 1) if quick else (6, 7)
    port, sent = free_port(), Sent()
    with tempfile.TemporaryDirectory(prefix="footfall-latency-") as name:
        folder = Path(name)
        pool = traffic.write(folder / "pool.txt", _SHAPE)
        with (
            collecting(folder / "data", [SITE]) as place,
            process(["-m", "benchmarks.bare", str(port)], port, "/", {}),
        ):
            for _ in range(2):  # the first run warms caches up
                said, most = through(place, pool, seconds)
                sent.add(said.requests, _SHAPE)
                place.quiet()
                bare_most = load.run(port, pool, seconds).rate
            # Where the client is no faster than the bare endpoint, its own waiting must not pass for the endpoint's.
            half = min(bare_most, _client_most(port, pool, seconds)) / 2
            ours: list[Paced] = []
            bare: list[Paced] = []
            for _ in range(rounds):
                place.quiet()
                bare.append(paced.send(port, pool, half, seconds))
                ours.append(paced.send(place.port, pool, most / 2, seconds))
                sent.add(ours[-1].requests, _SHAPE)
            counted(place, sent)
    mine, other = median(one.p99 for one in ours), median(one.p99 for one in bare)
    return {
        "ack_p99_vs_bare": mine / other,
        "ack_p99_ms": mine,
        "ack_p50_vs_bare": median(one.p50 for one in ours) / median(one.p50 for one in bare),
        "bare_p99_ms": other,
        "ack_rate_requests_per_s": most / 2,
        "bare_rate_requests_per_s": half,
    }


def _client_most(port: int, pool: Path, seconds: int) -> float:
    """Requests a second that the paced client reaches without a pace."""
    wanted = 10_000 * seconds
    return wanted / paced.send(port, pool, 0, wanted).seconds
