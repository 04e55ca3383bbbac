"""Events, sites and paths that grow in; what ingest, flush, reading and memory cost out, as one plot, curves.svg.

Costs are CPU time of the processes, so that they say the same on a busy machine; reading is what a visitor of the
explorer waits for.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import paced, traffic
from benchmarks.served import Place, collecting
from benchmarks.traffic import Shape
from common.frames import Traffic

KEYS = ("curve_ingest_growth_events", "curve_read_growth_events", "curve_ingest_growth_sites")
PLOT = Path(__file__).parent / "curves.svg"
_SHAPE = Shape(10)


class Point(NamedTuple):
    """What it costs with `size` events, sites or paths: µs of CPU an event, ms, and MB."""

    size: int
    ingest: float
    flush: float
    read: float
    memory: float


#: What the panels show.
PANELS = {
    "ingest": "ingest, µs CPU an event",
    "flush": "flush and server, µs CPU an event",
    "read": "a day's five tiles, ms",
    "memory": "memory of the server, MB",
}


def measure(quick: bool) -> dict[str, float]:
    """Growth from the first to the last point of a curve; draws the plot."""
    most, each = (60_000, 20_000) if quick else (1_000_000, 100_000)
    steps = [size for size in (10_000, 30_000, 100_000, 300_000, 1_000_000) if size <= most]
    sites, paths = (
        ((1, 30, 300), (10, 1_000, 50_000)) if quick else ((1, 10, 30, 100, 300), (10, 100, 1_000, 10_000, 50_000))
    )
    curves = {
        "events": list(_events(steps)),
        "sites": [_once(count, _SHAPE._replace(sites=count), each) for count in sites],
        "paths": [_once(count, _SHAPE._replace(paths=count), each) for count in paths],
    }
    draw(curves, PLOT.with_name("curves-quick.svg") if quick else PLOT)
    return {f"curve_{panel}_growth_{name}": growth(curve, panel) for name, curve in curves.items() for panel in PANELS}


def growth(curve: list[Point], panel: str) -> float:
    """What the last point costs over the first."""
    first, last = getattr(curve[0], panel), getattr(curve[-1], panel)
    return float(last / first)


def _events(steps: list[int]) -> Iterator[Point]:
    """One site that grows: each point is of the events since the one before."""
    with (
        tempfile.TemporaryDirectory(prefix="footfall-curves-") as name,
        collecting(Path(name), traffic.sites(_SHAPE)) as place,
    ):
        pool, sent = traffic.write(Path(name) / "pool.txt", _SHAPE), 0
        paced.send(place.port, pool, 0, 100)  # user agents and such are known from here on
        for step in steps:
            yield _point(place, pool, _SHAPE, step, step - sent)
            sent = step


def _once(size: int, shape: Shape, events: int) -> Point:
    """The same number of events over so many sites or paths."""
    with (
        tempfile.TemporaryDirectory(prefix="footfall-curves-") as name,
        collecting(Path(name), traffic.sites(shape)) as place,
    ):
        pool = traffic.write(Path(name) / "pool.txt", shape, 20_000)
        paced.send(place.port, pool, 0, 2_000)
        return _point(place, pool, shape, size, events)


def _point(place: Place, pool: Path, shape: Shape, size: int, events: int) -> Point:
    place.quiet()
    before = place.cost()
    paced.send(place.port, pool, 0, events // shape.events)
    place.applied()
    cost = place.cost().since(before)
    memory = place.client.info("memory")["used_memory"] / 1e6
    return Point(size, 1e6 * cost.serve / events, 1e6 * (cost.flusher + cost.server) / events, _read(place), memory)


def _read(place: Place) -> float:
    """Ms for five tiles of the first site's day, the best of three askings that each begin anew."""
    took = []
    for _ in range(3):
        reader: Traffic = place.traffic(traffic.SITE)
        today = str(reader.today())
        begun = time.perf_counter()
        reader.totals(today, today)
        reader.series(today, today, grain="hour")
        for dimension in ("page", "source", "country"):
            reader.breakdown(dimension, today, today)
        took.append(time.perf_counter() - begun)
    return 1e3 * min(took)


def draw(curves: dict[str, list[Point]], path: Path) -> None:
    """One plot: a row for each cost, a column for each thing that grows."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 9), layout="constrained")
    grid = figure.subplots(len(PANELS), len(curves), sharex="col", sharey="row", squeeze=False)
    for row, (panel, title) in enumerate(PANELS.items()):
        most = max(getattr(one, panel) for curve in curves.values() for one in curve)
        grid[row][0].set_ylim(0, 1.1 * most)  # shared by its row
        for column, (name, curve) in enumerate(curves.items()):
            axes = grid[row][column]
            axes.plot([one.size for one in curve], [getattr(one, panel) for one in curve], marker="o", color="#0f766e")
            axes.set_xscale("log")
            axes.grid(alpha=0.3)
            if not column:
                axes.set_ylabel(title)
            if row == len(PANELS) - 1:
                axes.set_xlabel(f"distinct {name}" if name == "paths" else name)
    with mpl.rc_context({"svg.hashsalt": "footfall", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
