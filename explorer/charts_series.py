"""Bars of one metric over time in, a plotly figure out: with other days behind them, weekends and notes.

No Streamlit, no outside request; visitors' texts are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from explorer import labels
from explorer.charts import Layout, Palette, bar_names, dressed, of_time, palette

_MOST_MARKERS = 45  #: points of a line are drawn for this many at most


#: A figure of plotly's as what it is drawn from: to make it an object costs 20 ms, and a click on the overview waits.
Spec = dict[str, Any]
Trace = dict[str, Any]


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
) -> Spec:
    """The metric as a line, dotted where a bar is not whole, with pageviews as bars behind visitors. `notes` are texts
    at the numbers of bars.
    """
    colours, told = palette(dark), METRICS[metric]
    # Bars stand side by side by number: on a time axis the hour that comes twice in autumn would cover itself.
    traces = [_pageviews(frame["pageviews"].tolist(), cut, colours)] if metric == "visitors" else []
    if before is not None:
        traces.append(_before(before, told, dark))
    traces += _line([float(value) for value in frame[metric]], cut, told, colours)
    layout = _dressed(frame["time"], grain, bar_names(frame["time"], grain, cut), told, colours)
    layout["shapes"] = [
        {"type": "rect", "x0": first - 0.5, "x1": last + 0.5, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
         "line": {"width": 0}, "fillcolor": colours.grid, "opacity": 0.45}
        for first, last in weekends(frame["time"], grain)
    ]  # fmt: skip
    if notes:
        lines, marks = _notes(notes, colours)
        layout["shapes"] += lines
        layout["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
        traces.append(marks)
    return {"data": traces, "layout": layout}


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


def _pageviews(counts: Sequence[int], cut: Sequence[bool], colours: Palette) -> Trace:
    hatched = {"shape": ["/" if part else "" for part in cut], "size": 6, "solidity": 0.35, "fgcolor": colours.strong}
    return {
        "type": "bar",
        "x": list(range(len(counts))),
        "y": list(counts),
        "name": "Pageviews",
        "marker": {"color": colours.soft, "line": {"width": 0}, "cornerradius": 3,
                   "pattern": hatched | {"bgcolor": colours.soft}},
        "hovertemplate": "%{y:,} pageviews<extra></extra>",
    }  # fmt: skip


def _before(before: Before, told: Metric, dark: bool) -> Trace:
    said = [f"{told.show(value)} on {name}" for value, name in zip(before.values, before.names, strict=True)]
    return {
        "type": "scatter",
        "x": list(range(len(before.values))),
        "y": [None if math.isnan(value) else value for value in before.values],
        "name": f"{told.title} compared with",
        "mode": "lines",
        "line": {"color": "#9db0ab" if dark else "#7b8784", "width": 1.6, "dash": "dash"},
        "customdata": [labels.hover(text) for text in said],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _line(values: Sequence[float], cut: Sequence[bool], told: Metric, colours: Palette) -> list[Trace]:
    """What is whole, and pieces that touch what is not."""
    unit = told.title.lower()
    said = [f"<b>{told.show(value)} {unit}</b>{' so far' if part else ''}" for value, part in
            zip(values, cut, strict=True)]  # fmt: skip
    known = [None if math.isnan(value) else value for value in values]
    line = {"color": colours.strong, "width": 2.5}
    whole = {
        "type": "scatter",
        "x": list(range(len(values))),
        "y": [value if not part else None for value, part in zip(known, cut, strict=True)],
        "name": told.title,
        "mode": "lines" if len(values) > _MOST_MARKERS else "lines+markers",
        "line": line,
        "marker": {"size": 6, "color": colours.strong},
        "customdata": said,
        "hovertemplate": "%{customdata}<extra></extra>",
        "hoverlabel": {"align": "left"},
    }
    return [whole, *(_piece(list(dict.fromkeys(pair)), known, cut, said, line, colours) for pair in _dotted(cut))]


def _piece(
    places: Sequence[int], known: Sequence[float | None], cut: Sequence[bool], said: Sequence[str], line: Trace,
    colours: Palette,
) -> Trace:  # fmt: skip
    some = any(cut[place] for place in places)
    return {
        "type": "scatter",
        "x": list(places),
        "y": [known[place] for place in places],
        "mode": "lines+markers",
        "line": line | {"dash": "dot", "width": 2},
        "marker": {"size": [9 if cut[place] else 0 for place in places], "color": colours.paper,
                   "line": {"color": colours.strong, "width": 2}},
        "showlegend": False,
        "customdata": [said[place] if cut[place] else "" for place in places],
        "hovertemplate": ["%{customdata}<extra></extra>" if cut[place] else "<extra></extra>" for place in places],
        **({} if some else {"hoverinfo": "skip"}),
    }  # fmt: skip


def _notes(notes: Sequence[tuple[int, str]], colours: Palette) -> tuple[list[Trace], Trace]:
    """A line at each bar, a mark on top, and the texts among what the bar says."""
    told: dict[int, list[str]] = {}
    for place, text in notes:
        told.setdefault(place, []).append(labels.hover(text))
    line = {"color": colours.note, "width": 1.5, "dash": "dot"}
    lines = [
        {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "line": line} for place in told
    ]
    return lines, {
        "type": "scatter",
        "x": list(told),
        "y": [1] * len(told),
        "yaxis": "y2",
        "mode": "markers",
        "name": "Notes",
        "cliponaxis": False,
        "marker": {"symbol": "triangle-down", "size": 11, "color": colours.note},
        "customdata": ["<br>".join(texts) for texts in told.values()],
        "hovertemplate": "▾ %{customdata}<extra></extra>",
    }


def _dressed(times: pd.Series, grain: str, names: Sequence[str], told: Metric, colours: Palette) -> Layout:
    layout, axis = dressed(colours), of_time(times, grain, names)
    # Room for what stands beside the axis: to make room by what is there, plotly draws all of it twice.
    fixed = {"automargin": False}
    return layout | axis | {
        "margin": layout["margin"] | {"l": 46, "autoexpand": False},
        "xaxis": layout["xaxis"] | axis["xaxis"] | fixed,
        "yaxis": layout["yaxis"] | fixed | {
            "tickformat": told.ticks, "ticksuffix": " s" if told.show is labels.duration else "",
        },
    }  # fmt: skip


def _dotted(cut: Sequence[bool]) -> list[tuple[int, int]]:
    """Line pieces that touch a bar which is not whole; a lone one is a point."""
    pieces = [(i - 1, i) for i in range(1, len(cut)) if cut[i] or cut[i - 1]]
    return pieces or [(i, i) for i, part in enumerate(cut) if part]
