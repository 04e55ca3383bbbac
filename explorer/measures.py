"""A metric's name in; how it reads, its figures, their changes, and which way is better, out. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from explorer import labels


class Measure(NamedTuple):
    """One metric. `unit` is count, rate or seconds, and says how a change is told."""

    title: str
    show: Callable[[float], str]
    unit: str
    better: Literal["normal", "inverse"] = "normal"


MEASURES = {
    "visitors": Measure("Visitors", labels.count, "count"),
    "visits": Measure("Visits", labels.count, "count"),
    "pageviews": Measure("Pageviews", labels.count, "count"),
    "events": Measure("Events", labels.count, "count"),
    "views_per_visit": Measure("Views per visit", labels.ratio, "ratio"),
    "bounce_rate": Measure("Bounce rate", labels.percent, "rate", "inverse"),
    "visit_duration": Measure("Visit duration", labels.duration, "seconds"),
    "engagement": Measure("Time engaged", labels.duration, "seconds"),
    "converters": Measure("Converters", labels.count, "count"),
    "conversions": Measure("Conversions", labels.count, "count"),
    "conversion_rate": Measure("Conversion rate", labels.percent, "rate"),
}


#: Unit -> how a difference of it is written: format, factor, what stands behind.
_FORMS = {
    "count": ("+,.0f", 1, ""),
    "rate": ("+.2f", 100, " pp"),
    "seconds": ("+.1f", 1, " s"),
    "ratio": ("+.3f", 1, ""),
}


def difference(metric: str, number: float) -> str:
    """A difference with its sign: +1,234, -2.10 pp, +3.4 s; a dash where there is none."""
    if math.isnan(number):
        return "–"
    form, times, unit = _FORMS[MEASURES[metric].unit]
    text = format(number * times, form)
    return f"{text if text.strip('+-0.') else text.replace('-', '+', 1)}{unit}"  # no less than nothing


def relative(before: float, after: float) -> str:
    """The change in per cent of what was before; "" where nothing was."""
    return "" if not before or math.isnan(before) or math.isnan(after) else f"{(after - before) / before * 100:+.1f}%"
