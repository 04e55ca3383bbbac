"""Years of 1M and 5M events in; a page of twelve tiles beside DuckDB, ClickHouse and PostgreSQL, and its growth, out.

Libraries are loaded, nothing is cached: every round opens a connection, or the DuckDB file, asks for twelve tiles and
closes it. Their answers have to be equal, row by row.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks import databases, tiles
from benchmarks.databases import Absent, Database
from benchmarks.imported import Year, imported
from benchmarks.tiles import Page

KEYS = ("year_1m_vs_duckdb", "year_5m_vs_duckdb", "year_growth_1m_5m")
Opened = Callable[[Path, Path], AbstractContextManager[Database]]


class Took(NamedTuple):
    """Seconds of one round: on the clock, and of this process on all cores."""

    wall: float
    cpu: float


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part; `quick` takes a twenty-fifth of the events, and its keys say so."""
    small, large = (imported(events) for events in ((40_000, 200_000) if quick else (1_000_000, 5_000_000)))
    figures: dict[str, float] = {}
    for year in (small, large):
        figures |= _beside(year, "duckdb", databases.duck, 3 if quick else 7)
    figures |= _growth(small, large, 5 if quick else 51)
    for name, opened in (("chdb", databases.chdb), ("postgres", databases.postgres)):
        try:
            figures |= _beside(small, name, opened, 3)
        except Absent as absent:
            click.echo(f"year_{small.name}_vs_{name}: left out, {absent}", err=True)
    return figures


def _beside(year: Year, name: str, opened: Opened, rounds: int) -> dict[str, float]:
    """Their time over ours, in turns."""
    expected = _page(year)
    with tempfile.TemporaryDirectory(prefix="footfall-peer-") as folder, opened(year.rows(), Path(folder)) as peer:
        tiles.compare(name, peer.ask(), expected)
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(_timed(peer.ask))
            ours.append(_timed(lambda: _ask(year)))
    key = f"year_{year.name}"
    figures = {
        f"{key}_vs_{name}": _ratio(theirs, ours, 0),
        f"{key}_{name}_ms": median(took.wall for took in theirs) * 1e3,
    }
    if name == "duckdb":
        figures[f"{key}_cpu_vs_{name}"] = _ratio(theirs, ours, 1)
    return figures


def _growth(small: Year, large: Year, rounds: int) -> dict[str, float]:
    _ask(small), _ask(large)
    took = [(_timed(lambda: _ask(small)), _timed(lambda: _ask(large))) for _ in range(rounds)]
    little, much = zip(*took, strict=True)
    return {
        f"year_growth_{small.name}_{large.name}": _ratio(much, little, 0),
        **{
            f"year_{year.name}_ms": median(each.wall for each in some) * 1e3
            for year, some in ((small, little), (large, much))
        },
    }


def _ask(year: Year) -> dict[str, object]:
    """A page by a reader that has read nothing yet."""
    traffic = year.traffic()
    try:
        return dict(tiles.asked(traffic, *year.span))
    finally:
        traffic.client.close()


def _page(year: Year) -> Page:
    traffic = year.traffic()
    page = tiles.told(tiles.asked(traffic, *year.span))
    traffic.client.close()
    return page


def _timed(work: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def _ratio(some: Iterable[Took], others: Iterable[Took], of: int) -> float:
    """The median of the ratios of neighbours: what else the machine does comes and goes more slowly than rounds."""
    return median(one[of] / other[of] for one, other in zip(some, others, strict=True))
