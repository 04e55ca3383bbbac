"""Clusters of one, two and three nodes in; what the apply path does on each, and what it costs, out.

`python -m benchmarks.cluster [--write]`: two flushers, each a process with a backlog of its own in its journal, drain
it side by side into real Valkey. On two cores they and the nodes take turns, so that events a second say little;
CPU seconds of each process say how it would be with a core for each.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
import redis
from redis.crc import key_slot

from benchmarks.cluster_page import put
from benchmarks.served import cpu
from collector.batches import Batch, encode
from collector.draining import EVENTS_A_SCRIPT, Drain
from collector.flush import Flusher
from collector.journal import Journal
from collector.progress import Progress
from common import keys, store
from common.clients import replicated
from common.events import VISIT_DIMENSIONS, Event
from common.keys import REVISION
from common.known import Known
from common.known import encode as encode_known
from common.shards import first, shards
from tests.clusters import ValkeyCluster, cluster_of

SITE, FLUSHERS, EVENTS, VISITORS = "bench.example", 2, 100_000, 20_000
#: Nodes and shards.
CASES = ((1, 1), (1, 6), (2, 6), (3, 6), (1, 16), (3, 16))
ROUNDS = 3
#: What nodes tell each other, and what measuring asks for.
_APART = ("cluster", "config", "info", "ping", "client", "command", "psync", "replconf", "auth", "hello", "readonly")


class Run(NamedTuple):
    """One drain of everything."""

    events_s: float
    flusher_us: float  #: CPU an event
    server_us: float
    busiest_us: float  #: of the node that had most to do
    commands: float  #: an event
    flushed: float  #: commands a flush of a shard


def measure(nodes: int, count: int) -> Run:
    """One run on a cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="footfall-cluster-") as name:
        folders = [Path(name) / f"journal{number}" / "0" for number in range(FLUSHERS)]
        for number, folder in enumerate(folders):
            _fill(folder, number)
        always = ("--appendfsync", "always")
        with cluster_of(Path(name) / "cluster", nodes, 0, *always) as cluster, store.connect(cluster.url) as client:
            client.hset(keys.sites(), SITE, encode_known(Known("UTC", 1, first(count))))
            for shard in shards(SITE, count):
                cluster.move(key_slot(shard.state().encode()), cluster.nodes[shard.number % nodes])
            for node in cluster.nodes:
                node.ask("CONFIG", "RESETSTAT")
            spent = [cpu(psutil.Process(node.process.pid)) for node in cluster.nodes if node.process]
            seconds, flushing = _drained(cluster.url, folders)
            servers = [
                cpu(psutil.Process(node.process.pid)) - before
                for node, before in zip(cluster.nodes, spent, strict=True)
                if node.process
            ]
            commands, flushes = _commands(cluster), _flushes(client, count)
    us = 1e6 / EVENTS
    return Run(
        EVENTS / seconds, flushing * us, sum(servers) * us, max(servers) * us, commands / EVENTS, commands / flushes
    )


def _fill(folder: Path, number: int) -> None:
    """A journal with this flusher's visitors' batches, of two events each, of the last hour."""
    journal, now = Journal(folder), time.time_ns() // 1_000_000
    for batch in _batches(number, now):
        journal.append(encode(batch))
    progress = Progress(folder)
    progress.durable = journal.sync()
    progress.close()
    journal.close()


def _batches(number: int, now: int) -> Iterator[Batch]:
    draw = random.Random(number)
    pages = [f"/{kind}/{n}" for n in range(300) for kind in ("blog", "docs", "shop")]
    plain = dict.fromkeys(VISIT_DIMENSIONS, "") | {"source": "(direct)", "channel": "Direct", "device": "Mobile"}
    wanted = EVENTS // FLUSHERS
    for place in range(0, wanted, 2):
        person = draw.randrange(VISITORS // FLUSHERS) * FLUSHERS + number + 1
        visitor = person * 0x9E3779B97F4A7C15 % (1 << 64)
        at = now - 3_600_000 + place * 3_600_000 // wanted
        told = plain | {"country": ("DE", "US", "FR", "JP")[person % 4], "browser": ("Chrome", "Safari")[person % 2]}
        events = [
            Event(
                time=at + n,
                seq=n,
                visitor=visitor,
                before=0,
                type="pageview",
                class_="human",
                page=pages[int(draw.random() ** 2 * len(pages))],
                hostname=SITE,
                **told,
            )
            for n in range(2)
        ]
        yield Batch(SITE, "UTC", at + 2, draw.getrandbits(63) | 1, events, {}, visitor >> 60)


def _drained(url: str, folders: list[Path]) -> tuple[float, float]:
    """The s until all was applied, and CPU s of the flushers."""
    context = multiprocessing.get_context("spawn")
    start, done = context.Barrier(len(folders) + 1), context.SimpleQueue()
    processes = [context.Process(target=_drain, args=(url, folder, start, done)) for folder in folders]
    for process in processes:
        process.start()
    start.wait(60)
    begun = time.perf_counter()
    spent = [done.get() for _ in processes]
    seconds = time.perf_counter() - begun
    for process in processes:
        process.join()
    return seconds, sum(spent)


def _drain(url: str, folder: Path, start: Barrier, done: multiprocessing.SimpleQueue[float]) -> None:
    journal, progress, client = Journal(folder), Progress(folder), store.connect(url)
    drain = Drain(folder, Flusher(client, journal.id, 0.5, replicated(client)), progress, EVENTS_A_SCRIPT)
    start.wait(60)
    begun = time.process_time()
    while drain.run() or drain.blocked:
        pass
    done.put(time.process_time() - begun)


def _commands(cluster: ValkeyCluster) -> int:
    """All that nodes have run, those of scripts included."""
    found = 0
    for node in cluster.nodes:
        with node.client as client:
            stats = client.info("commandstats")
        found += sum(one["calls"] for name, one in stats.items() if not name[8:].startswith(_APART))
    return found


def _flushes(client: redis.Redis, count: int) -> int:
    today = time.time_ns() // 86_400_000_000_000 + 719_163
    days = (today - 1, today, today + 1)
    return sum(int(client.hget(shard.daily(day), REVISION) or 0) for shard in shards(SITE, count) for day in days)


def table() -> list[str]:
    """All cases, in turn, as a table of their medians."""
    runs: dict[tuple[int, int], list[Run]] = {case: [] for case in CASES}
    for _ in range(ROUNDS):
        for case in CASES:
            runs[case].append(measure(*case))
            print(case, *(f"{value:,.2f}" for value in runs[case][-1]), file=sys.stderr)
    lines = [
        "| nodes | shards | commands a flush of a shard | commands an event | µs an event, of the flusher "
        "| of all nodes | of the busiest | events/s with a core for that node | by CPU, two cores for all | raw |",
        f"|{' --- |' * 10}",
    ]
    for (nodes, count), found in runs.items():
        one = Run(*(median(column) for column in zip(*found, strict=True)))
        cells = [f"{one.flushed:.2f}", f"{one.commands:.4f}"]
        cells += [f"{us:.1f}" for us in (one.flusher_us, one.server_us, one.busiest_us)]
        rates = (1e6 / one.busiest_us, 2e6 / (one.flusher_us + one.server_us), max(run.events_s for run in found))
        lines.append(f"| {nodes} | {count} | {' | '.join([*cells, *(f'{rate:,.0f}' for rate in rates)])} |")
    return lines


if __name__ == "__main__":
    made = table()
    print("\n".join(made))
    if "--write" in sys.argv:
        put("nodes", made)
