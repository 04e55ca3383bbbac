"""A part's name in, its figures out, measured in a process of its own: `python -m benchmarks.apart PART OUT [quick]`.

What a part leaves behind in its process (libraries and their threads, caches, memory that was cut up) would otherwise
be part of the figures of those after it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers import Missing
from common import store

ROOT = Path(__file__).resolve().parent.parent


class Measured(NamedTuple):
    """What came of a part: its figures, or the program that it misses, or what went wrong."""

    figures: dict[str, float]
    missing: str = ""
    fault: str = ""


def measure(part: str, quick: bool) -> Measured:
    """The figures of a part, from a process of its own that prints what it prints."""
    with tempfile.TemporaryDirectory(prefix="footfall-part-") as folder:
        out = Path(folder) / "measured.json"
        command = [sys.executable, "-m", "benchmarks.apart", part, str(out), *(["quick"] if quick else [])]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if not out.exists():
            return Measured({}, fault=f"its process ended with exit code {code}")
        return Measured(**json.loads(out.read_text()))


def main(part: str, out: str, *quick: str) -> None:
    """Measure here and write down what came of it, an error included: the parts after it go on."""
    try:
        measured = Measured(import_module(f"benchmarks.{part}").measure(bool(quick)))
    except Missing as missing:
        measured = Measured({}, missing=missing.message)
    except Exception as error:
        measured = Measured({}, fault=f"{type(error).__name__}: {error}")
    store.leave(wait=True)  # the servers of a year whose folder the run takes away
    Path(out).write_text(json.dumps(measured._asdict()))


if __name__ == "__main__":
    main(*sys.argv[1:])
