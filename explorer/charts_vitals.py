"""Frames of web vitals in, plotly figures out: shares of good, middling and poor, and a percentile over time."""

from __future__ import annotations

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
_MARKS = {"good": "circle", "needs_improvement": "diamond", "poor": "x"}


def shares(frame: pd.DataFrame, dark: bool = False) -> Figure:
    """A bar a metric of its shares, the first on top."""
    figure = Figure()  # type: ignore[no-untyped-call]
    turned = frame.iloc[::-1]
    for (column, title), colour, pattern in zip(SHARES.items(), _COLOURS[dark], _PATTERNS, strict=True):
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
            customdata=turned["count"].tolist(),
            hovertemplate=f"<b>%{{y}} {title.lower()}: %{{x:.1f}}%</b> of %{{customdata:,}}<extra></extra>",
        )
    _dress(figure)
    figure.update_xaxes(range=[0, 100], ticksuffix="%", nticks=6, showgrid=False)
    figure.update_yaxes(type="category", showgrid=False)
    figure.update_layout(
        barmode="stack", height=90 + 40 * max(len(frame), 1), bargap=0.3,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemclick": False,
                "itemdoubleclick": False, "traceorder": "normal"},
    )  # fmt: skip
    return figure


def over_time(frame: pd.DataFrame, spans: Sequence[tuple[date, date]], metric: str, by: str, dark: bool) -> Figure:
    """A percentile a bar of days, its mark by its rating; a row a span: value, rating, count."""
    colours, places = charts.palette(dark), list(range(len(frame)))
    marked = dict(zip(SHARES, _COLOURS[dark], strict=True))
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_scatter(
        x=places,
        y=frame["value"].tolist(),
        mode="lines+markers",
        line={"color": colours.strong, "width": 2},
        marker={
            "size": 9,
            "symbol": [_MARKS.get(rating, "circle") for rating in frame["rating"]],
            "color": [marked.get(rating, colours.soft) for rating in frame["rating"]],
            "line": {"color": land(dark).outline, "width": 1},
        },
        connectgaps=False,
        customdata=[
            [labels.span(*span), SHARES.get(rating, ""), count]
            for span, rating, count in zip(spans, frame["rating"], frame["count"], strict=True)
        ],
        hovertemplate=(
            f"<b>%{{customdata[0]}}</b><br>{metric} {by}: %{{y:,.4~g}}{'' if metric == 'CLS' else ' ms'}, "
            "%{customdata[1]}<br>of %{customdata[2]:,}<extra></extra>"
        ),
        showlegend=False,
    )
    _dress(figure)
    step, names = -(-len(places) // 6) or 1, [f"{first.day} {first:%b}" for first, _ in spans]
    figure.update_xaxes(tickmode="array", tickvals=places[::step], ticktext=names[::step], showgrid=False)
    figure.update_yaxes(
        rangemode="tozero", gridcolor=colours.grid, nticks=5, ticksuffix="" if metric == "CLS" else " ms"
    )
    figure.update_layout(height=260)
    return figure


def _dress(figure: Figure) -> None:
    figure.update_layout(
        margin={"l": 4, "r": 24, "t": 30, "b": 26},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
    )
    figure.update_xaxes(zeroline=False, fixedrange=True)
    figure.update_yaxes(zeroline=False, fixedrange=True)
