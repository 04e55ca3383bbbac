"""A process that makes many objects without cycles in; one that looks for cycles seldom out."""

from __future__ import annotations

import gc


def look_seldom(objects: int = 50_000) -> None:
    """Look for cycles after so many new objects, not after 700: what a flush or an import makes goes by itself, and
    looking through what it holds meanwhile takes a tenth of its time.
    """
    gc.freeze()
    gc.set_threshold(objects, 20, 50)
