"""Frames in, plotly figures out. No Streamlit, no outside request; visitors' texts are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import labels
from explorer.bars import begun, days_of, form_of, partial

HEIGHT = 280
_MOST_TICKS = 6
Layout = dict[str, Any]
_MANY = 14
#: How much of its colour a bar has that is not whole, where hatching already tells parts of bars apart.
PALE = 0.45


@dataclass(frozen=True)
class Palette:
    """One hue in two depths, told apart by shape and lightness too, so that colour-blind readers lose nothing."""

    strong: str
    soft: str
    grid: str
    paper: str
    note: str  #: what people marked; another hue, and always dotted or a triangle
    ink: str  #: of what is written beside the bars
    inside: str  #: of what is written on a strong bar


LIGHT = Palette("#0f766e", "rgba(15,118,110,0.22)", "rgba(28,39,37,0.10)", "#ffffff", "#b45309", "#4a5754", "#ffffff")
DARK = Palette("#2dd4bf", "rgba(45,212,191,0.24)", "rgba(228,235,233,0.12)", "#101615", "#fbbf24", "#c3cdca", "#0b100f")


def palette(dark: bool) -> Palette:
    """The palette of a theme."""
    return DARK if dark else LIGHT


def time_axis(figure: Figure, times: pd.Series, grain: str, names: Sequence[str]) -> None:
    """Bars by number along the bottom: their names on hover, some of their dates below."""
    told = of_time(times, grain, names)
    for annotation in told.pop("annotations"):
        figure.add_annotation(annotation)
    figure.update_layout(told)


def of_time(times: pd.Series, grain: str, names: Sequence[str]) -> Layout:
    """The same as part of a layout."""
    # Of many bars the first is so near the edge that its date would lie under the axis beside, or be cut.
    edge = {"xanchor": "left", "xshift": -14} if len(times) > _MANY else {}
    return {
        "xaxis": {
            "tickmode": "array",
            "tickvals": list(range(len(times))),
            "ticktext": list(names),
            "showticklabels": False,
            "range": list(ends(len(times))),
        },
        "hovermode": "x unified",
        "bargap": 0.28,
        "annotations": [
            {"x": place, "y": 0, "yref": "paper", "yshift": -16, "text": text, "showarrow": False, "font": {"size": 12}}
            | ({} if place else edge)
            for place, text in _ticks(times, grain)
        ],
    }


def ends(bars: int) -> tuple[float, float]:
    """Of the axis of so many bars."""
    return -0.6, max(bars - 0.4, 0.6)


def bar_names(times: pd.Series, grain: str, cut: Sequence[bool]) -> list[str]:
    """Bars as hovering names them."""
    return [hover_name(time, grain, part) for time, part in zip(times, cut, strict=True)]


def bars(names: Sequence[str], values: Sequence[float], unit: str, dark: bool = False) -> Figure:
    """Horizontal bars, largest on top, with their exact values."""
    colours = palette(dark)
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=list(values)[::-1],
        y=list(range(len(values))),
        orientation="h",
        marker={"color": colours.strong, "cornerradius": 3},
        text=[labels.count(value) for value in values][::-1],
        textposition="auto",
        insidetextfont={"color": colours.inside},
        customdata=[labels.hover(name) for name in names][::-1],
        hovertemplate=f"%{{customdata}}: %{{x:,}} {labels.hover(unit)}<extra></extra>",
    )
    dress(figure, colours)
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=[labels.hover(name) for name in names][::-1],
        showgrid=False,
        automargin=True,
        tickformat=None,
    )
    figure.update_layout(height=70 + 38 * max(len(names), 1), showlegend=False, bargap=0.35, hovermode="closest")
    return figure


def dress(figure: Figure, colours: Palette) -> None:
    """Size, margins, legend and axes that all charts share."""
    figure.update_layout(dressed(colours))


def dressed(colours: Palette) -> Layout:
    """The same as a layout."""
    both = {"tickfont": {"color": colours.ink}, "zeroline": False, "fixedrange": True, "tickformat": "~s"}
    sides = {"x": 0, "y": 1.16, "xanchor": "left"}
    return {
        "height": HEIGHT,
        "margin": {"l": 4, "r": 4, "t": 30, "b": 26},
        "legend": {"orientation": "h", "itemclick": False, "itemdoubleclick": False, **sides},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "font": {"color": colours.ink},
        "xaxis": {"showgrid": False, **both},
        "yaxis": {"gridcolor": colours.grid, "rangemode": "tozero", "nticks": 5, **both},
    }


def hover_name(time: pd.Timestamp, grain: str, cut: bool) -> str:
    """A bar as hovering names it."""
    return time.strftime(form_of(grain)[1]) + (" · not a whole bar" if cut else "")


def _ticks(times: pd.Series, grain: str) -> list[tuple[int, str]]:
    step = -(-len(times) // _MOST_TICKS) or 1
    several = len({time.date() for time in times}) > 1
    form = "%-d %b %H:%M" if several and grain in ("15min", "hour") else form_of(grain)[0]
    return [(place, times.iloc[place].strftime(form)) for place in range(0, len(times), step)]


__all__ = [
    "DARK",
    "HEIGHT",
    "LIGHT",
    "PALE",
    "Layout",
    "Palette",
    "bar_names",
    "bars",
    "begun",
    "days_of",
    "dress",
    "dressed",
    "ends",
    "of_time",
    "palette",
    "partial",
    "time_axis",
]  # fmt: skip
