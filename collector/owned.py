"""A folder of journals in, the one this collector owns out: left-over ones of dead collectors are taken over."""

from __future__ import annotations

import time
from pathlib import Path

from collector.journal import Journal

#: How long a collector that starts waits for the one it replaces, in s.
_PATIENCE = 3.0
_MOST = 64


def own_journal(folder: Path, patience: float = _PATIENCE) -> Journal:
    """Open the first journal in `folder` that no process holds; waits for the first one before making another."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return Journal(folder / "0")
        except BlockingIOError:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    for place in range(1, _MOST):
        try:
            return Journal(folder / str(place))
        except BlockingIOError:
            continue
    raise SystemExit(f"{folder}: {_MOST} collectors run here already; set FOOTFALL_DATA to another folder")
