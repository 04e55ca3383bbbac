"""Measured costs of an event in; collectors, shards, memory, commands and money for a number of events a day, out.

`python -m benchmarks.scaling` prints the tables of docs/scaling.md, `--write` puts them there. Figures come from
results.json (`make bench`), where that has them, else from costs.json (`python -m benchmarks.costs`), else from what
README.md states; what is neither measured nor counted is an assumption, and stands in `ASSUMED` to be changed.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.spread import MOST, Costs, simulate

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "docs" / "scaling.md"
LEVELS = {"1 million": 1e6, "10 million": 1e7, "100 million": 1e8, "1 billion": 1e9}
SHARDS = (1, 2, 4, 8, 16)
DAY_S, MONTH_DAYS = 86_400, 30

#: Measured: key, what it is. The first file that has it is taken.
MEASURED = {
    "collector_us_pair": "µs of a collector's CPU an event, in batches of two",
    "flusher_us_event": "µs of its flusher's",
    "flusher_us_flush": "µs of its flusher's a flush, whatever it holds",
    "server_us_event": "µs of Valkey's, disk and all, an event",
    "server_us_flush": "µs of Valkey's a flush",
    "commands_a_script_pair": "Redis commands a flush, those of the script included",
    "redis_bytes_per_raw_event": "bytes of Redis a raw event of a closed day",
    "bytes_a_state": "bytes of Redis a visitor's state",
    "bytes_a_batch_id": "bytes of Redis a batch's id",
    "rollup_mb_year": "MB of Redis for the rollups of a year",
    "parquet_bytes_per_event": "bytes of the archive an event",
    "rebuild_us": "µs of CPU an event for a day that is made again",
    "rebuild_bytes_an_event": "bytes of that process's memory an event",
}
#: What README.md states, of an earlier run: until there is a results.json.
STATED = {"redis_bytes_per_raw_event": 19.0, "parquet_bytes_per_event": 12.6, "rollup_mb_year": 2.0}
#: Assumed, and why: change them to your own.
ASSUMED: dict[str, tuple[float, str]] = {
    "peak": (3.0, "the busiest second against the mean one"),
    "busy": (0.6, "how busy a process may be at the peak"),
    "events_a_batch": (2.0, "most batches are a pageview, or what came with it"),
    "events_a_visitor": (5.0, "on a day"),
    "raw_days": (30.0, "FOOTFALL_RAW_DAYS; the tables also say what 3 would do"),
    "state_days": (3.0, "until the daily job drops a state"),
    "job_gb": (32.0, "memory that one job may take"),
    "core_usd": (25.0, "a core a month"),
    "memory_usd": (4.0, "a GB of memory a month, once; a replica doubles it"),
    "disk_usd": (0.023, "a GB of object store a month"),
    "commands_usd": (0.20, "100,000 commands of Redis that bills by command"),
}


class Plan(NamedTuple):
    """What a level needs."""

    peak: float  #: events/s
    collectors: int
    shards: int  #: of one site that is all of it; 0: more than there can be
    server_cores: float
    raw_gb: float
    state_gb: float
    few_gb: float  #: raw events of three days, and states: with FOOTFALL_RAW_DAYS=3
    commands: float  #: a month, one flush a minute
    archive_gb: float  #: a year
    rebuild_s: float  #: to make a shard's day again
    rebuild_gb: float  #: and the memory of that job
    usd: float  #: a month, own servers, FOOTFALL_RAW_DAYS=3


def figures() -> dict[str, float]:
    """The measured figures. Raises KeyError for one that no file has."""
    found: dict[str, float] = dict(STATED)
    for name in ("costs.json", "results.json"):
        path = FOLDER / name
        told = json.loads(path.read_text()) if path.exists() else {}
        found |= told if told.get("mode") != "quick" else {}  # a quick run says whether it runs, not what holds
    return {key: float(found[key]) for key in MEASURED}


def plan(events: float, cost: Mapping[str, float], given: Mapping[str, float]) -> Plan:
    """What so many events a day of one site need."""
    peak, busy = events / DAY_S * given["peak"], given["busy"]
    # At the peak a flush holds what a script takes at most: who falls behind takes more at a time.
    full = [cost[f"{one}_us_event"] + cost[f"{one}_us_flush"] / MOST for one in ("flusher", "server")]
    cores = [peak * us / 1e6 / busy for us in (cost["collector_us_pair"], *full)]
    collectors = max(1, math.ceil(max(cores[0], cores[1])))
    visitors = events / given["events_a_visitor"]
    states = (
        visitors * given["state_days"] * cost["bytes_a_state"]
        + events / given["events_a_batch"] * given["state_days"] * cost["bytes_a_batch_id"]
    ) / 1e9
    a_day = events * cost["redis_bytes_per_raw_event"] / 1e9
    # A shard has one thread of one server at most, and one job holds a day of it and has to be done within an hour.
    job_gb = events * cost["rebuild_bytes_an_event"] / 1e9
    wanted = max(cores[2], events * cost["rebuild_us"] / 1e6 / 3_600, job_gb / given["job_gb"])
    shards = next((count for count in SHARDS if count >= wanted), 0)
    few = 3 * a_day + states + cost["rollup_mb_year"] / 1e3
    processors = sum(cores[:2]) + cores[2] * 1.5  # persistence works beside the server's thread
    archive = events * 365 * cost["parquet_bytes_per_event"] / 1e9
    return Plan(
        peak,
        collectors,
        shards,
        cores[2],
        given["raw_days"] * a_day,
        states,
        few,
        collectors * max(1, shards or SHARDS[-1]) * cost["commands_a_script_pair"] * 1_440 * MONTH_DAYS,
        archive,
        events / (shards or SHARDS[-1]) * cost["rebuild_us"] / 1e6,
        job_gb / (shards or SHARDS[-1]),
        max(1.0, processors) * given["core_usd"] + 2 * few * given["memory_usd"] + archive * given["disk_usd"],
    )


def tables() -> str:
    """Everything that is reckoned, as it stands in the page."""
    cost, given = figures(), {name: value for name, (value, _) in ASSUMED.items()}
    lines = ["| measured | | key |", "| --- | --- | --- |"]
    lines += [f"| {about} | {cost[key]:,.4g} | `{key}` |" for key, about in MEASURED.items()]
    lines += ["", "| assumed | | |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {value:g} | {about} |" for name, (value, about) in ASSUMED.items()]
    plans = {name: plan(events, cost, given) for name, events in LEVELS.items()}
    lines += ["", f"| events a day, one site | {' | '.join(plans)} |", f"| --- |{' --- |' * len(plans)}"]
    rows = {
        "events/s at the peak": [f"{one.peak:,.0f}" for one in plans.values()],
        "collectors (a core each, and one for the flusher)": [f"{one.collectors}" for one in plans.values()],
        "shards": [str(one.shards or "more than 16") for one in plans.values()],
        "cores of Valkey, all shards": [f"{one.server_cores:.2f}" for one in plans.values()],
        f"GB of raw events, {given['raw_days']:.0f} days": [f"{one.raw_gb:,.1f}" for one in plans.values()],
        "GB of states and batch ids": [f"{one.state_gb:,.2f}" for one in plans.values()],
        "GB in all with `FOOTFALL_RAW_DAYS=3`": [f"{one.few_gb:,.1f}" for one in plans.values()],
        "commands a month, a flush a minute": [f"{one.commands / 1e6:,.1f} M" for one in plans.values()],
        "... by command, USD": [f"{one.commands / 1e5 * given['commands_usd']:,.0f}" for one in plans.values()],
        "GB of archive a year": [f"{one.archive_gb:,.0f}" for one in plans.values()],
        "minutes to make a shard's day again": [f"{one.rebuild_s / 60:,.1f}" for one in plans.values()],
        "GB of memory for that": [f"{one.rebuild_gb:,.1f}" for one in plans.values()],
        "own servers, USD a month, 3 raw days": [f"{one.usd:,.0f}" for one in plans.values()],
    }
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    return "\n".join([*lines, "", *_spread(cost)])


def _spread(cost: Mapping[str, float]) -> list[str]:
    names = ("flusher_us_flush", "flusher_us_event", "server_us_flush", "server_us_event")
    costs = Costs(*(cost[name] for name in names))
    lines = ["| simulated, 12,000 events/s of one site | refused | busiest flusher | hottest shard | waited at most |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for collectors, shards, every, sticky in CASES:
        found = simulate(collectors, shards, 12_000, costs, 4.0, every, sticky)
        what = f"{collectors} collectors, {shards} shard{'s' * (shards > 1)}"
        what += f", a flush every {every:.0f} s" * bool(every) + ", by visitor" * sticky
        lines.append(
            f"| {what} | {found.refused:.2%} | {found.busiest:.0%} | {found.hottest:.2f} x | {found.waited_s:.2f} s |"
        )
    return lines


#: Collectors, shards, FOOTFALL_FLUSH_SECONDS, and whether the balancer keeps a visitor on one collector.
CASES = (
    (2, 1, 0.0, False),
    (4, 1, 0.0, False),
    (8, 16, 0.0, False),
    (16, 16, 0.0, False),
    (4, 1, 1.0, False),
    (4, 16, 1.0, False),
    (4, 1, 1.0, True),
    (4, 16, 1.0, True),
)
BEGIN, END = "<!-- reckoned -->", "<!-- end of reckoned -->"


def written(page: str, made: str) -> str:
    """The page with these tables in place of its own."""
    head, rest = page.split(BEGIN, 1)
    return f"{head}{BEGIN}\n{made}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(written(PAGE.read_text(), tables()))
    else:
        print(tables())
