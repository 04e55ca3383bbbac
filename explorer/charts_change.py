"""What a figure was, what moved it and what it is in; a waterfall out. No Streamlit, no outside request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import charts, labels
from explorer.colours import DIVERGING

_MOST_NAME = 34


class Step(NamedTuple):
    """One bar between before and after."""

    name: str
    change: float


def steps(rows: pd.DataFrame, show: Callable[[str], str], most: int) -> list[Step]:
    """The largest contributions of one dimension, and the sum of the others, which add up to the change."""
    first = rows.head(most if len(rows) > most + 1 else len(rows))
    listed = [Step(show(value), change) for value, change in zip(first["value"], first["contribution"], strict=True)]
    if len(rows) > len(first):
        others = float(rows["contribution"].iloc[len(first) :].sum())
        listed.append(Step(f"{len(rows) - len(first):,} others", others))
    return listed


def waterfall(
    before: float, after: float, changes: Sequence[Step], show: Callable[[float], str], told: Callable[[float], str],
    dark: bool = False,
) -> Figure:  # fmt: skip
    """From before, step by step, to after, top down. Its axis begins near the bars where they are small beside both."""
    colours = charts.palette(dark)
    less, more = DIVERGING[dark][1], colours.strong
    names = ["Before", *(step.name for step in changes), "Now"]
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_waterfall(
        orientation="h",
        y=list(range(len(names))),
        x=[before, *(step.change for step in changes), after],
        measure=["absolute", *["relative"] * len(changes), "total"],
        text=[show(before), *(told(step.change) for step in changes), show(after)],
        textposition="outside",
        constraintext="none",
        increasing={"marker": {"color": more}},
        decreasing={"marker": {"color": less}},
        totals={"marker": {"color": colours.soft, "line": {"color": colours.strong, "width": 1}}},
        connector={"line": {"color": colours.grid, "width": 1}},
        customdata=[labels.hover(name) for name in names],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    charts.dress(figure, colours)
    first, last = bounds(before, [step.change for step in changes])
    figure.update_xaxes(range=[first, last], showticklabels=False)
    figure.update_yaxes(
        autorange="reversed", tickmode="array", tickvals=list(range(len(names))), showgrid=False, automargin=True,
        ticktext=[labels.hover(labels.plain(name, _MOST_NAME)) for name in names], tickformat=None,
    )  # fmt: skip
    figure.update_layout(
        height=50 + 34 * len(names), showlegend=False, hovermode="closest", margin={"l": 4, "r": 8, "t": 6, "b": 8}
    )
    return figure


def bounds(before: float, changes: Sequence[float]) -> tuple[float, float]:
    """Where the axis begins and ends: at zero, or near the lowest point where all that moves is far above it."""
    path = [before]
    for change in changes:
        path.append(path[-1] + change)
    low, high = min(path), max(path)
    room = (high - low) or abs(high) or 1.0
    first = low - 1.2 * room if low > 2.5 * room else min(0.0, low - 0.1 * room)
    return first, high + 0.3 * (high - first)
