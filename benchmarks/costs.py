"""Traffic through a real collector in; what an event costs each process in CPU and each store in bytes, out.

`python -m benchmarks.costs` writes costs.json, from which `scaling.py` reckons where one machine ends. CPU seconds
of each process are read from the kernel, so that a busy machine disturbs little; a process's share is what decides how
many of it are needed.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks import paced, traffic
from benchmarks.served import ROOT, Cost, Place, clean, collecting
from benchmarks.traffic import SITE, Shape
from common.keys import Shard

RESULTS = Path(__file__).parent / "costs.json"
SHAPES = {"batch": Shape(10), "pair": Shape(2)}
_WARM = 2_000


class Run(NamedTuple):
    """CPU µs of each process, events and script calls of a stretch of traffic."""

    cost: Cost
    events: int
    scripts: int
    commands: int


class Rebuilt(NamedTuple):
    """CPU µs and the most bytes of the process that made a day again."""

    cpu: float
    memory: int


def measure(requests: int) -> dict[str, float]:
    """µs of CPU by process, event and flush; bytes of a visitor's state and a batch's id; µs and bytes of a rebuild."""
    figures: dict[str, float] = {}
    for name, shape in SHAPES.items():
        with tempfile.TemporaryDirectory(prefix="footfall-costs-") as folder, collecting(Path(folder), [SITE]) as place:
            pool = traffic.write(Path(folder) / "pool.txt", shape, 20_000)
            paced.send(place.port, pool, 0, _WARM)
            small = _rebuilt(Path(folder), place) if name == "batch" else None
            full = _run(place, pool, shape, 0, requests)
            figures[f"collector_us_{name}"] = full.cost.serve / full.events
            figures[f"commands_a_script_{name}"] = full.commands / full.scripts
            figures[f"events_a_script_{name}"] = full.events / full.scripts
            if small:
                large = _rebuilt(Path(folder), place)
                figures["rebuild_us"] = (large.cpu - small.cpu) / full.events
                figures["rebuild_bytes_an_event"] = (large.memory - small.memory) / full.events
            else:
                figures |= _held(place, requests)
                alone = _run(place, pool, shape, 40.0, 8.0)
                for process in ("flusher", "server"):
                    flush, event = _fit(alone, full, process)
                    figures |= {f"{process}_us_flush": flush, f"{process}_us_event": event}
    return figures


def _run(place: Place, pool: Path, shape: Shape, rate: float, amount: float) -> Run:
    place.quiet()
    place.reset()
    before = place.cost()
    events = paced.send(place.port, pool, rate, amount).requests * shape.events
    place.applied()
    spent = Cost(*(1e6 * seconds for seconds in place.cost().since(before)))
    return Run(spent, events, place.client.info("commandstats")["cmdstat_evalsha"]["calls"], place.commands())


def _fit(alone: Run, full: Run, process: str) -> tuple[float, float]:
    """A flush's cost as such and that of an event in it: the line through small flushes and large ones."""
    points = [(run.events / run.scripts, getattr(run.cost, process) / run.scripts) for run in (alone, full)]
    (few, cheap), (many, dear) = points
    event = (dear - cheap) / (many - few)
    return cheap - few * event, event


def _held(place: Place, batches: int) -> dict[str, float]:
    """Bytes of the state hash by what it holds."""
    key, states, ids = Shard(SITE).state(), [0, 0], [0, 0]
    for name, value in place.client.hscan_iter(key, count=5_000):
        counted = states if name.startswith(b"v:") else ids if name.startswith(b"ids:") else [0, 0]
        counted[0] += 1
        counted[1] += len(name) + len(value)
    used = int(place.client.memory_usage(key, samples=0) or 0)
    overhead = (used - states[1] - ids[1]) / max(1, states[0] + ids[0])
    return {
        "bytes_a_state": states[1] / states[0] + overhead,
        "bytes_a_batch_id": (ids[1] + ids[0] * overhead) / (batches + _WARM),
    }


def _rebuilt(folder: Path, place: Place) -> Rebuilt:
    """A day made again from its raw events, by a process of its own."""
    place.quiet()
    day = str(place.traffic(SITE).today())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "collector", "rebuild", "--site", SITE, "--days", day]
    with subprocess.Popen(command, cwd=ROOT, env=clean({"FOOTFALL_DATA": str(folder)}), stdout=subprocess.PIPE) as run:
        most, own = 0, psutil.Process(run.pid)
        while run.poll() is None:
            try:
                most = max(most, own.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.02)
    if run.returncode:
        raise AssertionError("the rebuild failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Rebuilt(1e6 * cpu, most)


def main() -> None:
    """Measure and write."""
    figures: dict[str, float | str] = {name: round(value, 3) for name, value in measure(25_000).items()}
    for name, value in figures.items():
        print(f"{name:<28} {value:>12}")
    figures["hardware"] = f"{psutil.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
