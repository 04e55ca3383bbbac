"""Bars of one metric over time in, a plotly figure out: with other days behind them, weekends and notes.

No Streamlit, no outside request; visitors' texts are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import labels
from explorer.charts import Palette, bar_names, dress, palette, time_axis

_MOST_MARKERS = 45  #: points of a line are drawn for this many at most


class Metric(NamedTuple):
    """How a metric reads: its title, a value in words, and the axis."""

    title: str
    show: Callable[[float], str]
    ticks: str


METRICS = {
    "visitors": Metric("Visitors", labels.count, "~s"),
    "visits": Metric("Visits", labels.count, "~s"),
    "pageviews": Metric("Pageviews", labels.count, "~s"),
    "views_per_visit": Metric("Views per visit", labels.ratio, ".1f"),
    "bounce_rate": Metric("Bounce rate", labels.percent, ".0%"),
    "visit_duration": Metric("Visit duration", labels.duration, "~s"),
}


class Before(NamedTuple):
    """The days that are compared with: a value for each bar, NaN where there is none, and when that was."""

    values: Sequence[float]
    names: Sequence[str]


def series(
    frame: pd.DataFrame,
    grain: str,
    cut: Sequence[bool],
    metric: str = "visitors",
    before: Before | None = None,
    notes: Sequence[tuple[int, str]] = (),
    dark: bool = False,
) -> Figure:
    """The metric as a line, dotted where a bar is not whole, with pageviews as bars behind visitors. `notes` are texts
    at the numbers of bars.
    """
    colours, told = palette(dark), METRICS[metric]
    figure = Figure()  # type: ignore[no-untyped-call]
    # Bars stand side by side by number: on a time axis the hour that comes twice in autumn would cover itself.
    names = bar_names(frame["time"], grain, cut)
    if metric == "visitors":
        _pageviews(figure, frame["pageviews"].tolist(), cut, colours)
    if before is not None:
        _before(figure, before, told, dark)
    _line(figure, [float(value) for value in frame[metric]], cut, told, colours)
    _dress(figure, frame["time"], grain, names, told, colours)
    for first, last in weekends(frame["time"], grain):
        figure.add_shape(
            type="rect", x0=first - 0.5, x1=last + 0.5, y0=0, y1=1, yref="paper", layer="below", line_width=0,
            fillcolor=colours.grid, opacity=0.45,
        )  # fmt: skip
    _notes(figure, notes, colours)
    return figure


def weekends(times: pd.Series, grain: str) -> list[tuple[int, int]]:
    """First and last bar of each weekend; none where bars are longer than a day, or there is nothing else."""
    if grain not in ("15min", "hour", "day"):
        return []
    runs: list[tuple[int, int]] = []
    for place, time in enumerate(times):
        if time.weekday() < 5:
            continue
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return [] if runs == [(0, len(times) - 1)] else runs


def _pageviews(figure: Figure, counts: Sequence[int], cut: Sequence[bool], colours: Palette) -> None:
    figure.add_bar(
        x=list(range(len(counts))),
        y=list(counts),
        name="Pageviews",
        marker={
            "color": colours.soft,
            "line": {"width": 0},
            "cornerradius": 3,
            "pattern": {"shape": ["/" if part else "" for part in cut], "size": 6, "solidity": 0.35,
                        "fgcolor": colours.strong, "bgcolor": colours.soft},
        },
        hovertemplate="%{y:,} pageviews<extra></extra>",
    )  # fmt: skip


def _before(figure: Figure, before: Before, told: Metric, dark: bool) -> None:
    said = [f"{told.show(value)} on {name}" for value, name in zip(before.values, before.names, strict=True)]
    figure.add_scatter(
        x=list(range(len(before.values))),
        y=[None if math.isnan(value) else value for value in before.values],
        name=f"{told.title} compared with",
        mode="lines",
        line={"color": "#9db0ab" if dark else "#7b8784", "width": 1.6, "dash": "dash"},
        customdata=[labels.hover(text) for text in said],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip


def _line(figure: Figure, values: Sequence[float], cut: Sequence[bool], told: Metric, colours: Palette) -> None:
    unit = told.title.lower()
    said = [f"<b>{told.show(value)} {unit}</b>{' so far' if part else ''}" for value, part in
            zip(values, cut, strict=True)]  # fmt: skip
    known = [None if math.isnan(value) else value for value in values]
    line = {"color": colours.strong, "width": 2.5}
    figure.add_scatter(
        x=list(range(len(values))),
        y=[value if not part else None for value, part in zip(known, cut, strict=True)],
        name=told.title, mode="lines" if len(values) > _MOST_MARKERS else "lines+markers", line=line,
        marker={"size": 6, "color": colours.strong}, customdata=said, hovertemplate="%{customdata}<extra></extra>",
        hoverlabel={"align": "left"},
    )  # fmt: skip
    for pair in _dotted(cut):
        places = list(dict.fromkeys(pair))
        figure.add_scatter(
            x=places,
            y=[known[place] for place in places],
            mode="lines+markers",
            line=line | {"dash": "dot", "width": 2},
            marker={"size": [9 if cut[place] else 0 for place in places], "color": colours.paper,
                    "line": {"color": colours.strong, "width": 2}},
            showlegend=False,
            customdata=[said[place] if cut[place] else "" for place in places],
            hovertemplate=["%{customdata}<extra></extra>" if cut[place] else "<extra></extra>" for place in places],
            hoverinfo=None if any(cut[place] for place in places) else "skip",
        )  # fmt: skip


def _notes(figure: Figure, notes: Sequence[tuple[int, str]], colours: Palette) -> None:
    """A line at the bar, a mark on top, and the text among what the bar says."""
    if not notes:
        return
    told: dict[int, list[str]] = {}
    for place, text in notes:
        told.setdefault(place, []).append(labels.hover(text))
    for place in told:
        figure.add_shape(
            type="line", x0=place, x1=place, y0=0, y1=1, yref="paper",
            line={"color": colours.note, "width": 1.5, "dash": "dot"},
        )  # fmt: skip
    figure.add_scatter(
        x=list(told), y=[1] * len(told), yaxis="y2", mode="markers", name="Notes", cliponaxis=False,
        marker={"symbol": "triangle-down", "size": 11, "color": colours.note},
        customdata=["<br>".join(texts) for texts in told.values()], hovertemplate="▾ %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True})


def _dress(figure: Figure, times: pd.Series, grain: str, names: Sequence[str], told: Metric, colours: Palette) -> None:
    dress(figure, colours)
    time_axis(figure, times, grain, names)
    figure.update_yaxes(tickformat=told.ticks, ticksuffix=" s" if told.show is labels.duration else "")


def _dotted(cut: Sequence[bool]) -> list[tuple[int, int]]:
    """Line pieces that touch a bar which is not whole; a lone one is a point."""
    pieces = [(i - 1, i) for i in range(1, len(cut)) if cut[i] or cut[i - 1]]
    return pieces or [(i, i) for i, part in enumerate(cut) if part]
