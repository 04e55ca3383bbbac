"""Frames of clicks, depths and hours in, grids of colour as plotly figures out. No Streamlit, no outside request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import charts, labels
from explorer.colours import SEQUENTIAL, axis, coloured, land

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Few clicks lie far below all others; from so many times as far down as 199 of 200 reach, they are left out.
_REACH, _FAR = 0.995, 1.3
_FRAME = {"l": 4, "r": 24, "t": 8, "b": 40}


class Extent(NamedTuple):
    """How far the outline of a page goes, and how many clicks lie beyond."""

    width: float
    depth: float
    beyond: int


def extent(frame: pd.DataFrame, across: float, down: float, least: float = 0) -> Extent:
    """The outline around cells of `across` by `down`; `least` is how wide it is at any rate."""
    if frame.empty:
        return Extent(max(least, across), down, 0)
    ends = [_reached(frame["x"] + across, frame["clicks"]), _reached(frame["y"] + down, frame["clicks"])]
    beyond = frame.loc[(frame["x"] >= ends[0]) | (frame["y"] >= ends[1]), "clicks"].sum()
    return Extent(max(ends[0], least), ends[1], int(beyond))


def _reached(ends: pd.Series, clicks: pd.Series) -> float:
    ordered = pd.DataFrame({"end": ends, "clicks": clicks}).sort_values("end")
    most = ordered["clicks"].cumsum() >= _REACH * ordered["clicks"].sum()
    usual, last = float(ordered.loc[most, "end"].iloc[0]), float(ordered["end"].iloc[-1])
    return last if last <= _FAR * usual else usual


def clicks(
    frame: pd.DataFrame, across: float, down: float, unit: str, width: float = 0, path: str = "", dark: bool = False
) -> Figure:
    """Clicks over the outline of a page: x in `unit` from its left, y in px from its top, cells `across` by `down`."""
    size = extent(frame, across, down, width)
    figure = _grid(frame, across, down, size, f"%{{x:,.0f}} {unit} from the left, %{{y:,.0f}} px down", dark)
    colours = land(dark)
    bar = size.depth * 0.045
    line = {"color": colours.empty, "width": 1.5}
    figure.add_shape(type="rect", x0=0, x1=size.width, y0=0, y1=size.depth, line=line, layer="below")
    figure.add_shape(type="rect", x0=0, x1=size.width, y0=-bar, y1=0, line=line, fillcolor=colours.empty, layer="below")
    figure.add_annotation(
        x=size.width * 0.012, y=-bar / 2, text=labels.hover(labels.plain(path, 70)), showarrow=False, xanchor="left",
        yanchor="middle", font={"size": 12},
    )  # fmt: skip
    figure.update_yaxes(range=[size.depth, -bar], title=None, ticksuffix=" px", nticks=8, showgrid=False)
    figure.update_xaxes(range=[0, size.width], ticksuffix=f" {unit}" if unit == "px" else "%", nticks=6, showgrid=False)
    figure.update_layout(height=660, margin=_FRAME | {"b": 84}, coloraxis_colorbar_y=-0.06)
    return figure


def element(frame: pd.DataFrame, part: float, dark: bool = False) -> Figure:
    """Clicks over the outline of one element: across and down in percent of it."""
    cells = frame.rename(columns={"across": "x", "down": "y"})
    figure = _grid(cells, part, part, Extent(100, 100, 0), "%{x:.0f}% across, %{y:.0f}% down", dark)
    line = {"color": land(dark).empty, "width": 1.5}
    figure.add_shape(type="rect", x0=0, x1=100, y0=0, y1=100, line=line, layer="below")
    figure.update_yaxes(range=[100, 0], ticksuffix="%", nticks=6, showgrid=False)
    figure.update_xaxes(range=[0, 100], ticksuffix="%", nticks=6, showgrid=False)
    figure.update_layout(height=400, margin=_FRAME | {"b": 84}, coloraxis_colorbar_y=-0.1)
    return figure


def _grid(frame: pd.DataFrame, across: float, down: float, size: Extent, place: str, dark: bool) -> Figure:
    """A whole matrix, since plotly widens cells beside columns that are not there."""
    columns, rows = max(round(size.width / across), 1), max(round(size.depth / down), 1)
    colour, told = np.full((rows, columns), np.nan), np.zeros((rows, columns, 2), dtype=np.int32)
    kept = frame[(frame["x"] < size.width) & (frame["y"] < size.depth)]
    at = ((kept["y"] / down).round().astype(int), (kept["x"] / across).round().astype(int))
    colouring = coloured(kept["clicks"].tolist(), "log")
    colour[at], told[at] = colouring.values, kept[["clicks", "visitors"]].to_numpy()
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_heatmap(
        x=(np.arange(columns) + 0.5) * across,
        y=(np.arange(rows) + 0.5) * down,
        z=colour,
        customdata=told,
        coloraxis="coloraxis",
        hoverongaps=False,
        hovertemplate=f"<b>%{{customdata[0]:,}} clicks</b> of %{{customdata[1]:,}} visitors<br>{place}<extra></extra>",
    )
    _dress(figure, dark, axis(colouring, SEQUENTIAL[dark]))
    return figure


def depths(frame: pd.DataFrame, before: pd.DataFrame | None = None, dark: bool = False) -> Figure:
    """A page from its top to its end: how many of the visits got to each tenth of it; a line for days before."""
    colours = charts.palette(dark)
    names = [f"{depth}%" for depth in frame["depth"]]
    shares = (frame["share"] * 100).tolist()
    ramp = SEQUENTIAL[dark]
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=shares,
        y=names,
        orientation="h",
        width=0.96,
        marker={"color": [ramp[round(share / 100 * (len(ramp) - 1))] for share in shares]},
        text=[f"{share:.0f}%" for share in shares],
        textposition="auto",
        insidetextanchor="start",
        customdata=frame["visits"].tolist(),
        hovertemplate="<b>%{x:.1f}%</b> · %{customdata:,} visits got to %{y}<extra></extra>",
        showlegend=False,
    )
    if before is not None and before["visits"].iloc[0]:
        figure.add_scatter(
            x=(before["share"] * 100).tolist(),
            y=names,
            mode="lines+markers",
            name="before",
            line={"color": land(dark).outline, "width": 1.5, "dash": "dot"},
            marker={"size": 5},
            customdata=before["visits"].tolist(),
            hovertemplate="before: %{x:.1f}% · %{customdata:,} visits<extra></extra>",
            showlegend=False,
        )
    _dress(figure, dark, None)
    figure.update_yaxes(autorange="reversed", title=None, type="category", showgrid=False)
    figure.update_xaxes(range=[0, 102], ticksuffix="%", gridcolor=colours.grid, nticks=6)
    figure.update_layout(height=430)
    return figure


def hours(frame: pd.DataFrame, days: Sequence[int], metric: str, dark: bool = False) -> Figure:
    """An hour of the week a cell, coloured by its mean: `days` is how many Mondays, Tuesdays ... there are."""
    many = np.maximum(np.asarray(days, dtype=float), 1)[:, None]
    sums = frame[metric].to_numpy(dtype=float).reshape(7, 24)
    colouring = coloured((sums / many).ravel().tolist(), "even", _mean)
    told: Any = np.stack([frame[name].to_numpy().reshape(7, 24) for name in ("visitors", "visits", "pageviews")], -1)
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_heatmap(
        x=[f"{hour:02d}" for hour in range(24)],
        y=list(WEEKDAYS),
        z=np.where(np.asarray(days)[:, None] > 0, sums / many, np.nan),
        customdata=np.concatenate([told, np.repeat(many, 24, 1)[..., None]], -1),
        coloraxis="coloraxis",
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate=(
            f"<b>%{{y}} %{{x}}:00</b>: %{{z:,.1f}} {metric} a day<br>in all %{{customdata[0]:,}} visitors, "
            "%{customdata[1]:,} visits, %{customdata[2]:,} pageviews<br>on %{customdata[3]} such days<extra></extra>"
        ),
    )
    _dress(figure, dark, axis(colouring, SEQUENTIAL[dark]))
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_xaxes(type="category", side="top", showgrid=False, tickangle=0)
    figure.update_layout(height=360, margin=_FRAME | {"t": 28})
    return figure


def _mean(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 or number == 0 else f"{number:.1f}"


def _dress(figure: Figure, dark: bool, colours: dict[str, Any] | None) -> None:
    figure.update_layout(
        margin=_FRAME,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        **({"coloraxis": colours} if colours else {}),
    )
    figure.update_xaxes(zeroline=False, fixedrange=True)
    figure.update_yaxes(zeroline=False, fixedrange=True)
