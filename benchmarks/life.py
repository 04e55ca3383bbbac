"""A year of events in; its bytes in Redis and Parquet, and three filters over it beside DuckDB, out."""

from __future__ import annotations

import shutil
from statistics import median

import duckdb
import redis

from benchmarks.imported import Year, imported, seconds
from benchmarks.year import DAYS, SITE
from common import manifest, store
from common.keys import Shard
from common.rows import unpack_blocks

KEYS = ("where3_vs_duckdb", "redis_bytes_per_raw_event", "parquet_bytes_per_event", "rollup_mb_year")
SHARD = Shard(SITE)
WHERE = {"country": "DE", "device": "Mobile", "browser": "Chrome"}


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part, of 5M events; `quick` takes 200,000."""
    year = imported(200_000 if quick else 5_000_000)
    figures = _sizes(year) | _where(year, 5 if quick else 41)
    return figures | {f"year_{year.name}_import_events_s": year.events_per_s}


def _sizes(year: Year) -> dict[str, float]:
    """Bytes as Redis itself tells them, every field looked at."""
    with store.connect(settings=year.settings) as client:
        prefix = SHARD.daily(1).partition("visits:")[0]
        files = [file for file in manifest.files(client, SHARD).values() if file.kind == manifest.EVENTS]
        raw = list(client.scan_iter(f"{prefix}visits:events:*", count=1_000))
        held = sum(len(unpack_blocks(client.lrange(name, 0, -1))) for name in raw)
        rollups = (SHARD.dense(), f"{prefix}visits:daily:*", f"{prefix}unique:visits:*")
        return {
            "rollup_mb_year": _used(client, *rollups) / 1e6,
            "redis_bytes_per_raw_event": _used(client, f"{prefix}visits:events:*") / max(held, 1),
            "parquet_bytes_per_event": sum(file.size for file in files) / max(sum(file.rows for file in files), 1),
        }


def _used(client: redis.Redis, *patterns: str) -> float:
    names = [name for pattern in patterns for name in client.scan_iter(pattern, count=1_000)]
    return float(sum(client.memory_usage(name, samples=0) or 0 for name in names))


def _where(year: Year, rounds: int) -> dict[str, float]:
    """Three filters over the year: ours, where the rows lie, and DuckDB's on the same rows in one Parquet file."""
    one, begin = year.rows(), year.first.toordinal()
    shutil.rmtree(year.settings.data / "cache" / "derived", ignore_errors=True)  # as nobody had asked before
    traffic = year.traffic()
    statement = f"""
        SELECT count(*) FILTER (type = 'pageview'), count(DISTINCT (day, visitor)), count(*) FILTER (first),
            sum(duration), count(*) FILTER (bounce), sum(engaged) FILTER (type = 'engagement')
        FROM '{one}' WHERE class = 'human' AND day BETWEEN {begin} AND {begin + DAYS - 1} AND visit >= 0
            AND visit_country = 'DE' AND visit_device = 'Mobile' AND visit_browser = 'Chrome'"""
    with duckdb.connect() as plain:
        first = seconds(lambda: traffic.totals(*year.span, WHERE))
        found, told = traffic.totals(*year.span, WHERE), plain.execute(statement).fetchone()
        assert told
        if (found["pageviews"], found["visitors"], found["visits"]) != told[:3]:
            raise AssertionError(f"three filters: {found.to_dict()} is not {told}")
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(rounds):
            traffic.__dict__.pop("_narrowed", None)  # else the rows of a filter that was asked before are kept
            ours.append(seconds(lambda: traffic.totals(*year.span, WHERE)))
            theirs.append(seconds(lambda: plain.execute(statement).fetchall()))
    traffic.client.close()
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return {
        "where3_ms": median(ours) * 1e3,
        "where3_vs_duckdb": ratio,
        "where3_first_vs_duckdb": first / median(theirs),
    }
