"""A list's name in, its rows out: the tables of `common/lists`, each with a comment on its origin."""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "lists"


def rows(name: str) -> list[dict[str, str]]:
    """Rows of `common/lists/<name>.csv`, keyed by its header."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
