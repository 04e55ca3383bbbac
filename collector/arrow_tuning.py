"""A process that only counts in; Arrow without what costs it a tenth of its time and is of no use to it out."""

from __future__ import annotations

import sys

import pyarrow as pa


class _Hidden:
    """A finder of modules that finds no pandas."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse one name, and leave the others to the finders behind."""
        if name == "pandas":
            raise ImportError("pandas is not looked for")


def tune() -> None:
    """Keep what is freed for what comes next, and do not load pandas with the first array.

    Arrow looks for pandas once. What asks for a frame by name later gets it all the same.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own gives it back to the system, again and again
    if "pandas" not in sys.modules:
        hidden = _Hidden()
        sys.meta_path.insert(0, hidden)
        try:
            pa.array([0])
        finally:
            sys.meta_path.remove(hidden)
