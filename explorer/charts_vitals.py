"""Frames of web vitals in, plotly figures out: shares of good, middling and poor, and a percentile over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import charts, labels
from explorer.colours import land

#: Column of a frame -> how it reads.
SHARES = {"good": "Good", "needs_improvement": "Needs improvement", "poor": "Poor"}
#: By whether the theme is dark; told apart by lightness and a pattern too.
_COLOURS = {False: ("#32998c", "#f0c36d", "#9a3412"), True: ("#27a598", "#b7892f", "#f59e7a")}
_PATTERNS = ("", "/", "x")
#: What is written on them.
_INSIDE = {False: ("#0b100f", "#0b100f", "#ffffff"), True: ("#0b100f",) * 3}
_MARKS = {"good": "circle", "needs_improvement": "diamond", "poor": "x"}


def shares(frame: pd.DataFrame, dark: bool = False) -> Figure:
    """A bar a metric of its shares, the first on top."""
    figure = Figure()  # type: ignore[no-untyped-call]
    turned = frame.iloc[::-1]
    for (column, title), colour, pattern, inside in zip(
        SHARES.items(), _COLOURS[dark], _PATTERNS, _INSIDE[dark], strict=True
    ):
        per_cent = (turned[column] * 100).tolist()
        figure.add_bar(
            x=per_cent,
            y=turned["metric"].tolist(),
            name=title,
            orientation="h",
            marker={
                "color": colour,
                "pattern": {
                    "shape": pattern,
                    "size": 6,
                    "solidity": 0.15,
                    "bgcolor": colour,
                    "fgcolor": land(dark).outline,
                    "fgopacity": 0.35,
                },
            },
            text=[f"{share:.0f}%" if share >= 4 else "" for share in per_cent],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            insidetextfont={"color": inside},
            customdata=turned["count"].tolist(),
            hovertemplate=f"<b>%{{y}} {title.lower()}: %{{x:.1f}}%</b> of %{{customdata:,}}<extra></extra>",
        )
    _dress(figure, dark)
    figure.update_xaxes(range=[0, 100], ticksuffix="%", nticks=6, showgrid=False)
    figure.update_yaxes(type="category", showgrid=False)
    figure.update_layout(
        barmode="stack", height=90 + 40 * max(len(frame), 1), bargap=0.3,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemclick": False,
                "itemdoubleclick": False, "traceorder": "normal"},
    )  # fmt: skip
    return figure


def shown(metric: str, number: float) -> str:
    """2,855 ms as 2.86 s, 152 ms, and a layout shift as 0.148."""
    if math.isnan(number):
        return "–"
    if metric == "CLS":
        return f"{number:.3f}"
    return f"{number / 1000:.2f} s" if number >= 1000 else f"{number:.0f} ms"


def scale(metric: str, most: float) -> tuple[float, str]:
    """What ms are divided by to be drawn or listed beside each other, and the unit that they then have."""
    return (1.0, "") if metric == "CLS" else (1000.0, " s") if most >= 1000 else (1.0, " ms")


def over_time(
    frame: pd.DataFrame, spans: Sequence[tuple[date, date]], cut: Sequence[bool], metric: str, by: str, dark: bool
) -> Figure:
    """A percentile a bar of days, its mark by its rating; a row a span: value, rating, count. Those that are not whole
    are hollow points apart.
    """
    colours, places = charts.palette(dark), list(range(len(frame)))
    marked = dict(zip(SHARES, _COLOURS[dark], strict=True))
    divisor, unit = scale(metric, float(frame["value"].max()))
    told = [
        [labels.span(*span) + (" · not whole" if part else ""), SHARES.get(rating, ""), count, shown(metric, value)]
        for span, part, rating, count, value in zip(
            spans, cut, frame["rating"], frame["count"], frame["value"], strict=True
        )
    ]
    hover = (
        f"<b>%{{customdata[0]}}</b><br>{metric} {by}: %{{customdata[3]}}, %{{customdata[1]}}"
        "<br>of %{customdata[2]:,}<extra></extra>"
    )
    values = (frame["value"] / divisor).tolist()
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_scatter(
        x=places,
        y=[None if part or math.isnan(value) else value for value, part in zip(values, cut, strict=True)],
        mode="lines+markers",
        line={"color": colours.strong, "width": 2},
        marker={
            "size": 9,
            "symbol": [_MARKS.get(rating, "circle") for rating in frame["rating"]],
            "color": [marked.get(rating, colours.soft) for rating in frame["rating"]],
            "line": {"color": land(dark).outline, "width": 1},
        },
        connectgaps=False,
        customdata=told,
        hovertemplate=hover,
        showlegend=False,
    )
    hollow = [place for place in places if cut[place]]
    figure.add_scatter(
        x=hollow, y=[values[place] for place in hollow], customdata=[told[place] for place in hollow],
        mode="markers", hovertemplate=hover, showlegend=False,
        marker={"size": 9, "color": colours.paper, "line": {"color": colours.strong, "width": 2}},
    )  # fmt: skip
    _dress(figure, dark)
    step, names = -(-len(places) // 6) or 1, [f"{first.day} {first:%b}" for first, _ in spans]
    figure.update_xaxes(tickmode="array", tickvals=places[::step], ticktext=names[::step], tickangle=0, showgrid=False)
    figure.update_yaxes(rangemode="tozero", gridcolor=colours.grid, nticks=5, ticksuffix=unit)
    figure.update_layout(height=260)
    return figure


def _dress(figure: Figure, dark: bool) -> None:
    figure.update_layout(
        margin={"l": 4, "r": 24, "t": 30, "b": 26},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        font={"color": charts.palette(dark).ink},
    )
    ink = {"color": charts.palette(dark).ink}
    figure.update_xaxes(zeroline=False, fixedrange=True, tickfont=ink)
    figure.update_yaxes(zeroline=False, fixedrange=True, tickfont=ink)
