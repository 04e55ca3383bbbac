"""A theme and numbers in, colours for maps and grids out: from few to many, and from less to more. Pure.

Few and many differ in lightness, less and more in hue (orange, teal) as well, so that colour-blind readers tell them
apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from explorer import labels

_STEPS = 5
_MOST_TICKS = 5


class Land(NamedTuple):
    """What is drawn without a figure: empty countries and cells, and the outline of chosen ones."""

    empty: str
    outline: str


#: Colours by whether the theme is dark.
SEQUENTIAL = {
    False: ("#d3ebe6", "#a5d8d0", "#6dbdb0", "#32998c", "#0f7168", "#084641"),
    True: ("#123d38", "#136059", "#1d8d82", "#27a598", "#5fd6c7", "#bdf3e9"),
}
DIVERGING = {
    False: ("#9a4a06", "#d98a3d", "#f3d3ae", "#eceeed", "#b5ddd6", "#4fa99d", "#0b5b54"),
    True: ("#fbbf24", "#b7791f", "#5f4519", "#2c3432", "#1a5a53", "#24998c", "#6ee7d7"),
}
_LAND = {False: Land("#e6ebe9", "#1c2725"), True: Land("#222c2a", "#f1f5f4")}


def land(dark: bool) -> Land:
    """Colours of what has no figure."""
    return _LAND[dark]


class Colouring(NamedTuple):
    """A number a country between `least` and `most`, and what the legend says of some of them."""

    values: list[float]
    least: float
    most: float
    ticks: list[float]
    names: list[str]
    steps: int = 0  #: how many colours there are; 0 for a gradient


def coloured(values: Sequence[float], scale: str, show: Callable[[float], str] = labels.count) -> Colouring:
    """Counts as places on a scale: of the logarithm, of equal parts of the countries (`steps`), or of the count."""
    counts = np.asarray(values, dtype=float)
    if not counts.size or counts.max() <= 0:
        return Colouring([0.0] * len(counts), 0, 1, [0], ["0"])
    if scale == "steps":
        return _stepped(counts, show)
    if scale == "log":
        most = np.log10(max(counts.max(), 1))
        # A power of ten at least, or 285 would look like nothing beside 307.
        least = max(min(np.log10(max(counts[counts > 0].min(), 1)), most - 1), 0)
        places = np.log10(np.maximum(counts, 1))
        powers = range(int(np.ceil(least)), int(np.floor(most)) + 1)
        ticks = [float(power) for power in powers] or [float(most)]
        if most - ticks[-1] > 0.25:
            ticks.append(float(most))
        return Colouring(places.tolist(), float(least), float(most), ticks, [show(10**tick) for tick in ticks])
    ticks = np.linspace(0, counts.max(), _MOST_TICKS).tolist()
    return Colouring(counts.tolist(), 0, float(counts.max()), ticks, [show(tick) for tick in ticks])


def _stepped(counts: np.ndarray[Any, np.dtype[np.float64]], show: Callable[[float], str]) -> Colouring:
    """Equal parts of the countries; equal counts are of one part."""
    below = np.searchsorted(np.sort(counts), counts)
    used, places = np.unique(below * _STEPS // len(counts), return_inverse=True)
    spans = [(counts[places == step].min(), counts[places == step].max()) for step in range(len(used))]
    names = [show(low) if low == high else f"{show(low)}–{show(high)}" for low, high in spans]
    steps = len(used)
    return Colouring(
        [float(place) for place in places], -0.5, steps - 0.5, [float(n) for n in range(steps)], names, steps
    )


def changed(now: Sequence[float], before: Sequence[float]) -> Colouring:
    """Changes as places from halved or less (-1) to doubled or more (1); one more on either side, so that a single
    visitor more is no doubling.
    """
    after, earlier = np.asarray(now, dtype=float) + 1, np.asarray(before, dtype=float) + 1
    places = np.clip(np.log2(after / earlier), -1, 1)
    return Colouring(places.tolist(), -1, 1, [-0.9, 0, 0.9], ["half or less", "same", "twice or more"])


def axis(colouring: Colouring, ramp: Sequence[str]) -> dict[str, Any]:
    """A colour axis of plotly, its legend below the chart."""
    return {
        "cmin": colouring.least,
        "cmax": colouring.most if colouring.most > colouring.least else colouring.least + 1,
        "colorscale": _scale(ramp, colouring.steps),
        "colorbar": {
            "orientation": "h", "x": 0.5, "y": 0, "yanchor": "top", "thickness": 10, "len": 0.7,
            "tickvals": colouring.ticks, "ticktext": colouring.names, "ticks": "", "tickangle": 0, "outlinewidth": 0,
        },
    }  # fmt: skip


def _scale(ramp: Sequence[str], steps: int) -> list[list[Any]]:
    """The ramp as a gradient, or as bands of equal width."""
    if not steps:
        return [[place / (len(ramp) - 1), colour] for place, colour in enumerate(ramp)]
    picked = [ramp[round(place * (len(ramp) - 1) / max(steps - 1, 1))] for place in range(steps)]
    return [[edge / steps, picked[step]] for step in range(steps) for edge in (step, step + 1)]
