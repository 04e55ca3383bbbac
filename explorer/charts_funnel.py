"""Funnels and conversions over time in, plotly figures out. No Streamlit; visitors' texts are escaped."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import labels
from explorer.charts import dress, palette

#: Told apart by lightness, and by pattern, so that colour-blind readers lose nothing. Light and dark theme.
_SPLIT = {
    False: ("#0f766e", "#d97706", "#334155", "#5eb3a8", "#b45309", "#94a3b8"),
    True: ("#2dd4bf", "#fbbf24", "#cbd5e1", "#158a7e", "#f59e0b", "#64748b"),
}
_PATTERNS = ("", "/", "x", "", ".", "\\")
MOST_SPLIT = len(_PATTERNS)
_NAME = 22


def funnel(frame: pd.DataFrame, dark: bool = False) -> Figure:
    """A bar a step, and above it, hatched, those who were lost since the step before."""
    colours = palette(dark)
    places = list(range(len(frame)))
    names = [labels.hover(labels.plain(name, 300)) for name in frame["name"]]
    first = frame["from_first"].map(labels.percent)
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=places,
        y=frame["visitors"].tolist(),
        name="Reached",
        marker={"color": colours.strong, "cornerradius": 3},
        customdata=[list(told) for told in zip(names, first, frame["from_previous"].map(labels.percent), strict=True)],
        hovertemplate="<b>%{customdata[0]}</b><br>%{y:,} visitors, %{customdata[1]} of the first step,"
        " %{customdata[2]} of the one before<extra></extra>",
    )
    figure.add_bar(
        x=places[1:],
        y=frame["dropped"].tolist()[1:],
        name="Lost since the step before",
        marker={
            "color": colours.soft,
            "cornerradius": 3,
            "pattern": {"shape": "/", "size": 6, "solidity": 0.3, "fgcolor": colours.strong, "bgcolor": colours.soft},
        },
        customdata=names[1:],
        hovertemplate="%{y:,} visitors went no further than before <b>%{customdata}</b><extra></extra>",
    )
    _steps(figure, frame["name"].tolist())
    dress(figure, colours)
    figure.update_layout(barmode="stack", bargap=0.3, hovermode="closest", height=360, margin={"b": 44})
    figure.update_layout(legend={"traceorder": "normal"})
    figure.update_yaxes(range=[0, 1.14 * max(frame["visitors"].max(), 1)])
    for place, count, share in zip(places, frame["visitors"], first, strict=True):
        figure.add_annotation(
            x=place, y=count, yanchor="bottom", yshift=2, showarrow=False, bgcolor=colours.paper, borderpad=2,
            text=f"<b>{labels.count(count)}</b> · {share}", font={"size": 12},
        )  # fmt: skip
    return figure


def split(frame: pd.DataFrame, by: str, values: Sequence[str], dark: bool = False) -> Figure:
    """For each value of a dimension a group of bars: which share of its first step reached each step."""
    names = frame.loc[frame[by] == values[0], "name"].tolist() if values else []
    figure = Figure()  # type: ignore[no-untyped-call]
    for number, value in enumerate(values[:MOST_SPLIT]):
        own = frame[frame[by] == value]
        shown = labels.plain(labels.value(by, value), 24)
        figure.add_bar(
            x=list(range(len(own))),
            y=(own["from_first"].fillna(0) * 100).tolist(),
            name=labels.hover(shown),
            marker={"color": _SPLIT[dark][number], "cornerradius": 3, "pattern": {"shape": _PATTERNS[number],
                    "size": 5, "solidity": 0.25}},
            customdata=[[labels.hover(shown), count] for count in own["visitors"]],
            hovertemplate="<b>%{customdata[0]}</b>: %{customdata[1]:,} visitors, %{y:.1f}% of its first step"
            "<extra></extra>",
        )  # fmt: skip
    _steps(figure, names)
    dress(figure, palette(dark))
    figure.update_layout(barmode="group", bargap=0.25, hovermode="closest", height=360, margin={"b": 44})
    figure.update_yaxes(ticksuffix="%", tickformat=None, range=[0, 105])
    return figure


def over_time(frame: pd.DataFrame, names: Sequence[str], cut: Sequence[bool], dark: bool = False) -> Figure:
    """Converters as bars, hatched where a bar is not whole, and the conversion rate as a line on its own axis, whose
    points are then hollow and apart.
    """
    colours = palette(dark)
    places = list(range(len(frame)))
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=places,
        y=frame["converters"].tolist(),
        name="Converters",
        marker={"color": colours.soft, "cornerradius": 3, "pattern": {"shape": ["/" if part else "" for part in cut],
                "size": 6, "solidity": 0.35, "fgcolor": colours.strong, "bgcolor": colours.soft}},
        customdata=frame[["visitors", "conversions"]].to_numpy().tolist(),
        hovertemplate="%{y:,} of %{customdata[0]:,} visitors, %{customdata[1]:,} times<extra></extra>",
    )  # fmt: skip
    rates = (frame["rate"] * 100).tolist()
    figure.add_scatter(
        x=places,
        y=[None if part else rate for rate, part in zip(rates, cut, strict=True)],
        name="Conversion rate",
        yaxis="y2",
        mode="lines+markers" if len(frame) <= 45 else "lines",
        line={"color": colours.strong, "width": 2.5},
        hovertemplate="<b>%{y:.2f}%</b><extra></extra>",
    )
    hollow = [place for place in places if cut[place]]
    figure.add_scatter(
        x=hollow, y=[rates[place] for place in hollow], yaxis="y2", mode="markers", showlegend=False,
        marker={"size": 9, "color": colours.paper, "line": {"color": colours.strong, "width": 2}},
        hovertemplate="<b>%{y:.2f}%</b><extra></extra>",
    )  # fmt: skip
    dress(figure, colours)
    step = -(-len(frame) // 6) or 1
    figure.update_xaxes(tickmode="array", tickvals=places[::step], ticktext=list(names)[::step], tickformat=None)
    figure.update_layout(
        hovermode="x unified",
        bargap=0.28,
        yaxis2={"overlaying": "y", "side": "right", "rangemode": "tozero", "ticksuffix": "%", "showgrid": False,
                "fixedrange": True, "zeroline": False, "nticks": 5, "tickmode": "auto", "tickformat": ".3~g"},
        margin={"r": 40},
    )  # fmt: skip
    return figure


def _steps(figure: Figure, names: Sequence[str]) -> None:
    """The axis of steps: their number and name, cut short."""
    texts = [f"{number}<br>{labels.hover(labels.plain(name, _NAME))}" for number, name in enumerate(names, 1)]
    figure.update_xaxes(tickmode="array", tickvals=list(range(len(names))), ticktext=texts)
