"""What was drawn over a chart of bars, by the ends on its axis, in; the bars out."""

from __future__ import annotations

import math
from typing import Any


def span_of(ends: Any, bars: int) -> tuple[int, int] | None:
    """First and last bar whose middle was drawn over, or the one that was drawn in; None for nothing."""
    if not isinstance(ends, list) or len(ends) != 2 or not all(isinstance(end, int | float) for end in ends):
        return None
    low, high = sorted(ends)
    first, last = math.ceil(low), math.floor(high)
    if first > last:
        first = last = round((low + high) / 2)
    first, last = max(first, 0), min(last, bars - 1)
    return (first, last) if first <= last else None
