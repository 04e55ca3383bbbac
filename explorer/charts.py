"""Frames in, plotly figures out. No Streamlit, no outside request; visitors' texts are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import labels

#: What `st.plotly_chart` gets: no buttons, no zoom by scrolling past.
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "displaylogo": False}
HEIGHT = 280
_FORMATS = {
    "15min": ("%H:%M", "%a %-d %b %Y, %H:%M"),
    "hour": ("%H:%M", "%a %-d %b %Y, %H:%M"),
    "day": ("%-d %b", "%a %-d %b %Y"),
    "week": ("%-d %b", "week of %a %-d %b %Y"),
    "month": ("%b %Y", "%B %Y"),
}
_LENGTHS: dict[str, pd.Timedelta | pd.DateOffset] = {
    "15min": pd.Timedelta(minutes=15),
    "hour": pd.Timedelta(hours=1),
    "day": pd.DateOffset(days=1),
    "week": pd.DateOffset(weeks=1),
    "month": pd.DateOffset(months=1),
}
_MOST_TICKS = 6


@dataclass(frozen=True)
class Palette:
    """One hue in two depths, told apart by shape and lightness too, so that colour-blind readers lose nothing."""

    strong: str
    soft: str
    grid: str
    paper: str


LIGHT = Palette("#0f766e", "rgba(15,118,110,0.22)", "rgba(28,39,37,0.10)", "#ffffff")
DARK = Palette("#2dd4bf", "rgba(45,212,191,0.24)", "rgba(228,235,233,0.12)", "#101615")


def palette(dark: bool) -> Palette:
    """The palette of a theme."""
    return DARK if dark else LIGHT


def begun(frame: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Bars that have begun; those of the rest of today are no zeros yet."""
    return frame[frame["time"] <= now].reset_index(drop=True)


def partial(times: pd.Series, grain: str, start: date, end: date, now: pd.Timestamp) -> list[bool]:
    """Which bars do not show their whole span: still running, or cut by the range."""
    first, after = _midnight(start, times), _midnight(end, times) + pd.DateOffset(days=1)
    return [_begin(time, grain) < first or _begin(time, grain) + _LENGTHS[grain] > min(after, now) for time in times]


def days_of(time: pd.Timestamp, grain: str, start: date, end: date) -> tuple[date, date]:
    """First and last day of a bar, within the range."""
    begin = _begin(time, grain)
    last = begin + _LENGTHS[grain] - pd.Timedelta(seconds=1)
    return max(begin.date(), start), min(last.date(), end)


def series(frame: pd.DataFrame, grain: str, cut: Sequence[bool], dark: bool = False) -> Figure:
    """Pageviews as bars, visitors as a line; a bar that is not whole is hatched, and the line to it dotted."""
    colours = palette(dark)
    # Bars stand side by side by number: on a time axis the hour that comes twice in autumn would cover itself.
    places = list(range(len(frame)))
    names = [_hover_name(time, grain, part) for time, part in zip(frame["time"], cut, strict=True)]
    visitors = frame["visitors"].tolist()
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=places,
        y=frame["pageviews"].tolist(),
        name="Pageviews",
        marker={
            "color": colours.soft,
            "line": {"width": 0},
            "cornerradius": 3,
            "pattern": {"shape": ["/" if part else "" for part in cut], "size": 6, "solidity": 0.35,
                        "fgcolor": colours.strong, "bgcolor": colours.soft},
        },
        hovertemplate="%{y:,} pageviews<extra></extra>",
        customdata=names,
    )  # fmt: skip
    whole = [count if not part else None for count, part in zip(visitors, cut, strict=True)]
    line = {"color": colours.strong, "width": 2.5}
    mode = "lines" if len(frame) > 45 else "lines+markers"
    figure.add_scatter(
        x=places, y=whole, name="Visitors", mode=mode, line=line, marker={"size": 6, "color": colours.strong},
        hovertemplate="<b>%{y:,} visitors</b><extra></extra>", hoverlabel={"align": "left"},
    )  # fmt: skip
    for first, second in _dotted(cut):
        figure.add_scatter(
            x=[first, second] if first != second else [first],
            y=[visitors[first], visitors[second]] if first != second else [visitors[first]],
            mode="lines+markers",
            line=line | {"dash": "dot", "width": 2},
            marker={"size": [9 if cut[i] else 0 for i in dict.fromkeys((first, second))], "color": colours.paper,
                    "line": {"color": colours.strong, "width": 2}},
            showlegend=False,
            hovertemplate=[_partial_hover(cut[i]) for i in dict.fromkeys((first, second))],
            hoverinfo=None if cut[first] or cut[second] else "skip",
        )  # fmt: skip
    _dress(figure, colours)
    ticks = _ticks(frame["time"], grain)
    figure.update_xaxes(
        tickmode="array",
        tickvals=places,
        ticktext=names,
        showticklabels=False,
        range=[-0.6, max(len(frame) - 0.4, 0.6)],
    )
    figure.update_layout(hovermode="x unified", bargap=0.28)
    for place, text in ticks:
        figure.add_annotation(
            x=place, y=0, yref="paper", yshift=-16, text=text, showarrow=False, font={"size": 12}, opacity=0.75
        )
    return figure


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
        customdata=[labels.hover(name) for name in names][::-1],
        hovertemplate=f"%{{customdata}}: %{{x:,}} {labels.hover(unit)}<extra></extra>",
    )
    _dress(figure, colours)
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


def _dress(figure: Figure, colours: Palette) -> None:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 4, "r": 4, "t": 30, "b": 26},
        legend={"orientation": "h", "x": 0, "y": 1.16, "xanchor": "left", "itemclick": False, "itemdoubleclick": False},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
    )  # fmt: skip
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, tickformat="~s")
    figure.update_yaxes(
        gridcolor=colours.grid, zeroline=False, fixedrange=True, tickformat="~s", rangemode="tozero", nticks=5
    )


def _hover_name(time: pd.Timestamp, grain: str, cut: bool) -> str:
    return time.strftime(_FORMATS[grain][1]) + (" · not a whole bar" if cut else "")


def _partial_hover(cut: bool) -> str:
    return "<b>%{y:,} visitors</b> so far<extra></extra>" if cut else "<extra></extra>"


def _dotted(cut: Sequence[bool]) -> list[tuple[int, int]]:
    """Line pieces that touch a bar which is not whole; a lone one is a point."""
    pieces = [(i - 1, i) for i in range(1, len(cut)) if cut[i] or cut[i - 1]]
    return pieces or [(i, i) for i, part in enumerate(cut) if part]


def _ticks(times: pd.Series, grain: str) -> list[tuple[int, str]]:
    step = -(-len(times) // _MOST_TICKS) or 1
    several = len({time.date() for time in times}) > 1
    form = "%-d %b %H:%M" if several and grain in ("15min", "hour") else _FORMATS[grain][0]
    return [(place, times.iloc[place].strftime(form)) for place in range(0, len(times), step)]


def _begin(time: pd.Timestamp, grain: str) -> pd.Timestamp:
    """When a bar would begin if no range cut it."""
    if grain == "week":
        return time - pd.DateOffset(days=time.weekday())
    return time - pd.DateOffset(days=time.day - 1) if grain == "month" else time


def _midnight(day: date, times: pd.Series) -> pd.Timestamp:
    return pd.Timestamp(day, tz=times.dt.tz)
