"""Several series over the same bars in; lines, or bars stacked on each other, out. No Streamlit, no outside request."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import charts, labels

#: Told apart by lightness and dash too.
_LINES = {
    False: ("#0f766e", "#b45309", "#475569", "#7c3aed"),
    True: ("#2dd4bf", "#fbbf24", "#94a3b8", "#c4b5fd"),
}
_STACKS = {
    False: ("#0f766e", "#d98a3d", "#7c8fa6"),
    True: ("#2dd4bf", "#b7791f", "#64748b"),
}
_DASHES = ("solid", "dash", "dot", "dashdot")
_PATTERNS = ("", "/", ".")


class Series(NamedTuple):
    """One series: its name and a value for every bar; NaN for none."""

    name: str
    values: Sequence[float]


def lines(
    times: pd.Series, grain: str, series: Sequence[Series], cut: Sequence[bool], form: str = ",", dark: bool = False
) -> Figure:
    """A line each; `form` is how figures are told, `,` or `.1%`. Bars that are not whole are hollow points apart."""
    colours, figure = charts.palette(dark), Figure()  # type: ignore[no-untyped-call]
    places = list(range(len(times)))
    for number, each in enumerate(series):
        colour, name = _LINES[dark][number % len(_LINES[dark])], labels.hover(each.name)
        known = [None if math.isnan(value) else value for value in each.values]
        told = f"{name}: <b>%{{y:{form}}}</b><extra></extra>"
        figure.add_scatter(
            x=places, y=[None if part else value for value, part in zip(known, cut, strict=True)], name=name,
            mode="lines+markers" if len(times) <= 45 else "lines",
            line={"color": colour, "width": 2.5, "dash": _DASHES[number % len(_DASHES)]},
            marker={"size": 6, "color": colour}, hovertemplate=told,
        )  # fmt: skip
        figure.add_scatter(
            x=[place for place in places if cut[place]], y=[known[place] for place in places if cut[place]],
            mode="markers", showlegend=False, hovertemplate=told,
            marker={"size": 9, "color": colours.paper, "line": {"color": colour, "width": 2}},
        )  # fmt: skip
    charts.dress(figure, colours)
    charts.time_axis(figure, times, grain, charts.bar_names(times, grain, cut))
    if "%" in form:
        figure.update_yaxes(tickformat=".0%")
    return figure


def stacked(
    times: pd.Series, grain: str, series: Sequence[Series], cut: Sequence[bool], unit: str, share: bool = False,
    dark: bool = False,
) -> Figure:  # fmt: skip
    """Bars on each other; with `share` each bar is the whole, and figures are parts of it. Pale ones are not whole."""
    colours, figure = charts.palette(dark), Figure()  # type: ignore[no-untyped-call]
    names = charts.bar_names(times, grain, cut)
    for number, each in enumerate(series):
        colour = _STACKS[dark][number % len(_STACKS[dark])]
        figure.add_bar(
            x=list(range(len(times))), y=list(each.values), name=labels.hover(each.name), customdata=names,
            marker={"color": colour, "line": {"width": 0}, "opacity": [charts.PALE if part else 1.0 for part in cut],
                    "pattern": {"shape": _PATTERNS[number % len(_PATTERNS)], "size": 6, "solidity": 0.3,
                                "fgcolor": colours.paper, "bgcolor": colour}},
            hovertemplate=f"{labels.hover(each.name)}: <b>%{{y:{'.1%' if share else ','}}}</b>"
            f"{'' if share else f' {labels.hover(unit)}'}<extra></extra>",
        )  # fmt: skip
    charts.dress(figure, colours)
    charts.time_axis(figure, times, grain, names)
    figure.update_layout(barmode="stack")
    if share:
        figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure
