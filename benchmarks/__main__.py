"""`make bench`: runs every part, prints a table and writes results.json, a flat map of name to number."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import click
import psutil

from benchmarks import ingest, life

RESULTS = Path(__file__).parent / "results.json"


@click.command()
@click.option("--quick", is_flag=True, help="Fewer requests and rounds.")
def main(quick: bool) -> None:
    """Measure what Footfall costs, beside the bare stack in the same run."""
    figures: dict[str, float | str] = dict(ingest.measure(*((2, 1) if quick else (5, 5))))
    figures |= life.measure(*((200_000, 5) if quick else (5_000_000, 15)))
    for name, value in figures.items():
        click.echo(f"{name:<42} {value:>10.2f}")
    figures["hardware"] = f"{psutil.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    click.echo(f"written to {RESULTS.name}")


if __name__ == "__main__":
    main()
