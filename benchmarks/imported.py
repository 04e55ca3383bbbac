"""A number of events in, a year of them imported, tended and archived out: made once for all parts that ask for it."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb

from benchmarks.year import DAYS, SITE, write
from common import store
from common.frames import Traffic
from common.settings import Settings, load

ROOT = Path(__file__).resolve().parent.parent
#: A folder in which years stay for the next run; unset: they go with the process.
KEPT = "BENCH_YEARS"


class Year(NamedTuple):
    """A year of one site in a data folder with the embedded server."""

    name: str  #: 1m, 5m, 200k
    settings: Settings
    first: date
    events_per_s: float  #: of its import, whenever that was

    @property
    def span(self) -> tuple[str, str]:
        """Its first and last day."""
        return str(self.first), str(self.first + timedelta(DAYS - 1))

    def traffic(self) -> Traffic:
        """Over a connection of its own, with nothing read yet."""
        client = store.connect(settings=self.settings, purpose="read")
        return Traffic(site=SITE, client=client, settings=self.settings)

    def rows(self) -> Path:
        """One Parquet file of all events with their visits; what the others are filled from."""
        path = self.settings.data.parent / "rows.parquet"
        if not path.exists():
            traffic = self.traffic()
            parts = traffic._composer.parts(range(self.first.toordinal(), self.first.toordinal() + DAYS))
            with duckdb.connect() as plain:
                names = [f"read_parquet({[str(path) for path in parts.paths]!r}, hive_partitioning = false)"]
                for number, table in enumerate(parts.tables):
                    plain.register(f"part{number}", table)
                    names.append(f"part{number}")
                union = " UNION ALL BY NAME ".join(f"SELECT * FROM {name}" for name in names)
                plain.execute(f"COPY ({union}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
            traffic.client.close()
        return path


@cache
def imported(events: int) -> Year:
    """The year of so many events that ends yesterday, or on the day before it was kept."""
    name = f"{events // 1_000_000}m" if events >= 1_000_000 else f"{events // 1_000}k"
    folder = (Path(os.environ[KEPT]) if os.environ.get(KEPT) else _passing()) / name
    data, done = folder / "data", folder / "done"
    if not done.exists():
        folder.mkdir(parents=True)
        write(folder / "year.csv", events, date.today() - timedelta(1))
        environ = {**os.environ, "FOOTFALL_DATA": str(data), "FOOTFALL_SITES": SITE}
        command = [sys.executable, "-m", "collector", "import", "--final", "--site", SITE, str(folder / "year.csv")]
        took = seconds(lambda: subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL))
        (folder / "year.csv").unlink()
        done.write_text(str(events / took))
    settings = load({"FOOTFALL_DATA": str(data), "FOOTFALL_SITES": SITE})
    client = store.connect(settings=settings)
    first = Traffic(site=SITE, client=client, settings=settings).first_day()
    assert first
    client.close()
    return Year(name, settings, first, float(done.read_text() or 0))


@cache
def _passing() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="footfall-year-", ignore_cleanup_errors=True)
    atexit.register(_clean, folder)
    return Path(folder.name)


def _clean(folder: tempfile.TemporaryDirectory[str]) -> None:
    store.leave(wait=True)  # the servers whose files lie in it
    folder.cleanup()


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
