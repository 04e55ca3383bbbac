"""A year of traffic imported, tended and asked in; bytes in Redis and Parquet, and times beside DuckDB's, out."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import redis

from benchmarks.year import DAYS, SITE, write
from common import manifest, store
from common.frames import Traffic
from common.keys import Shard
from common.settings import Settings, load

ROOT = Path(__file__).resolve().parents[1]
SHARD = Shard(SITE)
WHERE = {"country": "DE", "device": "Mobile", "browser": "Chrome"}


def measure(events: int, rounds: int) -> dict[str, float]:
    """Figures of a year of `events` events. What is compared does the same work, and its answers are compared too."""
    with tempfile.TemporaryDirectory(prefix="footfall-year-") as folder:
        path, data = Path(folder) / "year.csv", Path(folder) / "data"
        last = date.today() - timedelta(1)
        write(path, events, last)
        begun = time.perf_counter()
        _run(data, "import", "--final", "--site", SITE, str(path))
        took = time.perf_counter() - begun
        settings = Settings(data=data)
        client = store.connect(settings=settings)
        traffic = Traffic(site=SITE, client=client, settings=settings)
        first = last - timedelta(DAYS - 1)
        try:
            figures = {f"year_{events // 1_000_000 or 1}m_import_events_s": events / took, **_sizes(client)}
            return figures | _where(traffic, str(first), str(last), Path(folder) / "one.parquet", rounds)
        finally:
            client.close()


def _run(data: Path, *words: str) -> None:
    environ = {**os.environ, "FOOTFALL_DATA": str(data), "FOOTFALL_SITES": SITE}
    subprocess.run([sys.executable, "-m", "collector", *words], cwd=ROOT, env=environ, check=True)


def _sizes(client: redis.Redis) -> dict[str, float]:
    """Bytes as Redis itself tells them, every field looked at."""

    def used(*patterns: str) -> float:
        names = [name for pattern in patterns for name in client.scan_iter(pattern, count=1_000)]
        return float(sum(client.memory_usage(name, samples=0) or 0 for name in names))

    files = manifest.files(client, SHARD).values()
    archived = [file for file in files if file.kind == manifest.EVENTS]
    rows = sum(file.rows for file in archived)
    prefix = SHARD.daily(1).partition("visits:")[0]
    raw = list(client.scan_iter(f"{prefix}visits:events:*", count=1_000))
    held = _events(client, raw)
    return {
        "rollup_mb_year": used(SHARD.dense(), f"{prefix}visits:daily:*", f"{prefix}unique:visits:*") / 1e6,
        "redis_bytes_per_raw_event": used(f"{prefix}visits:events:*") / max(held, 1),
        "parquet_bytes_per_event": sum(file.size for file in archived) / max(rows, 1),
    }


def _events(client: redis.Redis, lists: list[bytes]) -> int:
    from common.rows import unpack_blocks

    return sum(len(unpack_blocks(client.lrange(name, 0, -1))) for name in lists)


def _where(traffic: Traffic, start: str, end: str, one: Path, rounds: int) -> dict[str, float]:
    """Three filters over the year: ours, where the rows lie, and DuckDB's on the same rows in one Parquet file."""
    begun = time.perf_counter()
    found = traffic.totals(start, end, WHERE)
    first = time.perf_counter() - begun
    days = range(date.fromisoformat(start).toordinal(), date.fromisoformat(end).toordinal() + 1)
    parts = traffic._composer.parts(days)
    with duckdb.connect() as plain:
        names = [f"read_parquet({[str(path) for path in parts.paths]!r}, hive_partitioning = false)"]
        for number, table in enumerate(parts.tables):
            plain.register(f"part{number}", table)
            names.append(f"part{number}")
        union = " UNION ALL BY NAME ".join(f"SELECT * FROM {name}" for name in names)
        plain.execute(f"COPY ({union}) TO '{one}' (FORMAT parquet, COMPRESSION zstd)")
        statement = f"""
            SELECT count(*) FILTER (type = 'pageview'), count(DISTINCT (day, visitor)), count(*) FILTER (first),
                sum(duration), count(*) FILTER (bounce), sum(engaged) FILTER (type = 'engagement')
            FROM '{one}' WHERE class = 'human' AND day BETWEEN {days[0]} AND {days[-1]} AND visit >= 0
                AND visit_country = 'DE' AND visit_device = 'Mobile' AND visit_browser = 'Chrome'"""
        told = plain.execute(statement).fetchone()
        assert told
        if (found["pageviews"], found["visitors"], found["visits"]) != told[:3]:
            raise SystemExit(f"three filters: {found.to_dict()} is not {told}")
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(rounds):
            ours.append(_timed(lambda: traffic.totals(start, end, WHERE)))
            theirs.append(_timed(lambda: plain.execute(statement).fetchall()))
    mine, other = statistics.median(ours), statistics.median(theirs)
    return {"where3_ms": mine * 1e3, "where3_vs_duckdb": mine / other, "where3_first_vs_duckdb": first / other}


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def on_folder(data: Path, rounds: int = 15) -> dict[str, float]:
    """The same figures of a year that was imported before, but for the import."""
    settings = load({"FOOTFALL_DATA": str(data)})
    client = store.connect(settings=settings)
    traffic = Traffic(site=SITE, client=client, settings=settings)
    first, end = traffic.first_day(), traffic.today() - timedelta(1)
    assert first
    with tempfile.TemporaryDirectory() as folder:
        return _sizes(client) | _where(traffic, str(first), str(end), Path(folder) / "one.parquet", rounds)
