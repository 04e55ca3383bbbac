"""What a browser measured in, its texts as events keep them and the buckets they are counted in out. Pure.

Any sum of buckets of any days and pages gives any percentile. A bucket holds the whole numbers above the edge before
and up to its own, which is its name: `LCP.2500`. Edges are 5 % apart, and next to each other below 20, so that no
value in a bucket is further than 5 % from any other. The limits of good and poor are edges: their shares are exact.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple


class Metric(NamedTuple):
    """A metric's name; how many units one of what it is told in has; the greatest units that are good, and not poor.

    Limits: https://web.dev/articles/vitals, the 75th percentile of visits is held against them.
    """

    name: str
    scale: int
    good: int
    poor: int


#: By the property that tells it. Times in ms; CLS has no unit and is counted in ten-thousandths.
VITALS_METRICS = {
    "lcp": Metric("LCP", 1, 2_500, 4_000),
    "inp": Metric("INP", 1, 200, 500),
    "cls": Metric("CLS", 10_000, 1_000, 2_500),
    "fcp": Metric("FCP", 1, 1_800, 3_000),
    "ttfb": Metric("TTFB", 1, 800, 1_800),
}
#: How far two values of one bucket are from each other at most.
WITHIN = 0.05
#: Ten minutes, or a CLS of 60; what is more is counted as this.
MOST = 600_000


def _edges() -> Iterator[int]:
    limits = sorted({limit for metric in VITALS_METRICS.values() for limit in (metric.good, metric.poor)} | {MOST})
    edge = 0
    while edge < MOST:
        yield edge
        # The least value of the next bucket is edge + 1, and the greatest no more than 5 % above it.
        edge = min(max(edge + 1, int((edge + 1) * (1 + WITHIN))), next(limit for limit in limits if limit > edge))
    yield MOST


EDGES = tuple(_edges())


def measured(props: Mapping[str, Any]) -> dict[str, str]:
    """The metrics among properties, as texts; what is no plausible number is left out."""
    found = {}
    for key, metric in VITALS_METRICS.items():
        value = props.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and (units := _units(value, metric)) >= 0:
            found[key] = str(units if metric.scale == 1 else units / metric.scale)
    return found


@lru_cache(16_384)
def bucket(key: str, text: str) -> str:
    """The bucket of a property as events keep it; "" for one that is no metric, or says nothing."""
    metric = VITALS_METRICS.get(key)
    try:
        units = _units(float(text), metric) if metric else -1
    except ValueError:
        return ""
    return f"{metric.name}.{EDGES[bisect_left(EDGES, units)]}" if metric and units >= 0 else ""


def _units(value: float, metric: Metric) -> int:
    """Whole units of a number; -1 for what is none."""
    if not 0 <= value < math.inf:
        return -1
    return round(min(value * metric.scale, MOST))
