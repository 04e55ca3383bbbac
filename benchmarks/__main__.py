"""`make bench`: runs every part, prints a table, writes results.json (name to number) and the README's figures."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import psutil  # type: ignore[import-untyped]

from benchmarks.apart import measure
from benchmarks.bounds import BOUNDS, PARTS, Row, markdown, rows
from benchmarks.imported import KEPT

FOLDER = Path(__file__).parent
RESULTS, README = FOLDER / "results.json", FOLDER / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


@click.command()
@click.option("--quick", is_flag=True, help="Fewer events and rounds: whether it runs, not what holds.")
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
def main(quick: bool, parts: tuple[str, ...]) -> None:
    """Measure what Footfall costs, beside what one would pick instead. Some parts alone write no results."""
    if (busy := psutil.cpu_percent(2.0)) > 20:
        click.echo(f"the machine is {busy:.0f} % busy with something else: ratios may be off", err=True)
    with tempfile.TemporaryDirectory(prefix="footfall-years-", ignore_cleanup_errors=True) as years:
        os.environ.setdefault(KEPT, years)  # made once, for all parts that ask for them
        figures, faults = _measured(parts or PARTS, quick)
    table = rows(figures)
    if parts:
        table = [row for row in table if row.key in figures or BOUNDS[row.key].part in parts]
    _show(table)
    if not parts:
        said: dict[str, Any] = figures | {"hardware": hardware(), "mode": "quick" if quick else "full"}
        RESULTS.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
        click.echo(f"written to benchmarks/{RESULTS.name}")
        if not quick and not faults:
            README.write_text(with_figures(README.read_text(), table, f"{hardware()}; {time.strftime('%Y-%m-%d')}"))
    for fault in faults:
        click.echo(fault, err=True)
    sys.exit(1 if faults else 0)


def _measured(parts: tuple[str, ...], quick: bool) -> tuple[dict[str, float], list[str]]:
    """All figures, and what went wrong: the rest of a long run is still worth having."""
    figures: dict[str, float] = {}
    faults: list[str] = []
    for part in parts:
        begun = time.monotonic()
        measured = measure(part, quick)
        figures |= measured.figures
        absent = [key for key, bound in BOUNDS.items() if bound.part == part and key not in figures]
        if measured.missing and quick:
            click.echo(f"{part}: left out, {measured.missing}", err=True)
        elif problem := measured.missing or measured.fault:
            faults.append(f"{part}: {problem}")
        elif absent and not quick:
            faults.append(f"{part}: {', '.join(absent)} not measured")
        click.echo(f"{part}: {time.monotonic() - begun:.0f} s", err=True)
    return figures, faults


def _show(table: list[Row]) -> None:
    width = max(len(row.key) for row in table)
    for row in table:
        click.echo(f"{row.key:<{width}} {row.figure:>12}  {row.bound:<10} {row.holds}".rstrip())


def with_figures(text: str, table: list[Row], setting: str) -> str:
    """A README with this table in place of the one it has."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{setting}\n\n{markdown(table)}\n{END}{after}"


def hardware() -> str:
    """Cores, processor, memory, system and Python."""
    told = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in _lines(told) if line.startswith("model name")]
    model = names[0] if names else platform.processor() or platform.machine()
    memory = psutil.virtual_memory().total / 2**30
    cores = psutil.cpu_count()
    return f"{cores} cores, {model}, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
