"""Hundreds of small sites with a month behind them in; what one costs that has no visitors any more, out.

`python -m benchmarks.cluster_idle [--write]`: 300 sites, 30 days of a few visits each, then nothing. Commands are those
that the server has run, those of scripts included; bytes are told by it, too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.cluster_page import put
from benchmarks.commands import _jobs as jobs
from benchmarks.served import Place, collecting
from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common import keys
from common.calendars import calendar
from common.events import VISIT_DIMENSIONS, Event
from common.keys import Shard
from common.known import begun

DAYS, VISITORS, VIEWS = 30, 8, 3
WATCHED_S = 60.0
_LOCAL = calendar("UTC")


def measure(sites: int) -> dict[str, float]:
    """Commands and bytes a site."""
    names = [f"site{number}.example" for number in range(sites)]
    with (
        tempfile.TemporaryDirectory(prefix="footfall-idle-") as folder,
        collecting(Path(folder), names, core=None, FOOTFALL_FLUSH_SECONDS="60") as place,
    ):
        empty = int(place.client.info("memory")["used_memory"])
        for number, name in enumerate(names):
            _live(place, number, name)
        first = jobs(place, 0)
        later = jobs(place, 1)
        place.quiet()
        place.reset()
        time.sleep(WATCHED_S)
        hour = place.commands() * 3_600 / WATCHED_S
        place.client.memory_purge()
        used = int(place.client.info("memory")["used_memory"]) - empty
        by_family = _bytes(place)
        looks = _look(place, names)
        _, ended = (jobs(place, after) for after in (40, 41))  # then nothing is left to archive
        kept = sum(_bytes(place).values())
    return {
        "commands a day and site of the daily job, its last events in the archive": ended / sites,
        "... while a day of its events goes there every day": later / sites,
        "... of the first one, which closes the 30 days": first / sites,
        "commands an hour of a collector that has nothing to do, all sites": hour,
        "... a day and site": 24 * hour / sites,
        "KB of Redis a site, all of it": used / sites / 1_000,
        **{f"... {family}": held / sites / 1_000 for family, held in by_family.most_common()},
        "... once its last events are in the archive": kept / sites / 1_000,
        "ms to read a month of one of the sites": looks,
    }


def _live(place: Place, number: int, name: str) -> None:
    """A month of a small site, day by day, as its flushes bring it."""
    today, flusher = _LOCAL.day(time.time_ns() // 1_000_000), Flusher(place.client, "history")
    plain = dict.fromkeys(VISIT_DIMENSIONS, "") | {"source": "(direct)", "channel": "Direct", "device": "Mobile"}
    for day in range(today - DAYS, today):
        events = []
        for visitor in range(VISITORS):
            begin = _LOCAL.start(day) + (visitor + 8) * 3_600_000
            who = plain | {"country": ("DE", "US", "FR")[(number + visitor) % 3], "browser": "Firefox"}
            events += [
                Event(
                    time=begin + view * 40_000,
                    seq=view,
                    visitor=(day * 1_000 + visitor) * 0x9E3779B97F4A7C15 % (1 << 64),
                    before=0,
                    type="pageview",
                    class_="human",
                    page=f"/{(visitor + view) % 7}",
                    hostname=name,
                    **who,
                )
                for view in range(VIEWS)
            ]
        now = events[-1].time + 1_000
        flusher.apply(Shard(name), [Numbered(day, Batch(name, "UTC", now, day, events))], now)
    begun(place.client, name, "UTC", _LOCAL.start(today - DAYS))


def _bytes(place: Place) -> Counter[str]:
    """Bytes of the sites' keys by family."""
    found: Counter[str] = Counter()
    for name in place.client.scan_iter(count=1_000):
        parsed = keys.parse(name.decode())
        if parsed and "{site" in name.decode():
            found[parsed.family] += int(place.client.memory_usage(name, samples=0) or 0)
    return found


def _look(place: Place, names: list[str]) -> float:
    """Mean ms of the overview's question about a month, of thirty sites."""
    begun_at, some = time.perf_counter(), names[:: max(1, len(names) // 30)]
    for name in some:
        traffic = place.traffic(name)
        last = _LOCAL.day(time.time_ns() // 1_000_000) - 1
        if int(traffic.totals(keys.iso(last - DAYS + 1), keys.iso(last))["pageviews"]) != DAYS * VISITORS * VIEWS:
            raise AssertionError(f"{name} has other figures than it was given")
    return (time.perf_counter() - begun_at) * 1e3 / len(some)


def table(sites: int = 300) -> list[str]:
    """All figures."""
    lines = [f"| {sites} sites, {DAYS} days of {VISITORS} visitors | |", "| --- | --- |"]
    return lines + [f"| {name} | {value:,.2f} |" for name, value in measure(sites).items()]


if __name__ == "__main__":
    made = table()
    print("\n".join(made))
    if "--write" in sys.argv:
        put("idle", made)
