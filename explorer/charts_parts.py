"""Values over time, or two rates of each, in; plotly figures out: what a total is made of, and who lies where. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import labels
from explorer.charts import bar_names, dress, palette, time_axis

#: Told apart by colour-blind readers too, and by lightness from one to the next (Okabe and Ito's hues, 2008).
COLOURS = {
    False: ("#0f766e", "#e69f00", "#56b4e9", "#b04a7e", "#332288", "#a6b727"),
    True: ("#2dd4bf", "#e69f00", "#56b4e9", "#d98cb3", "#8f86e8", "#d5e06b"),
}
REST = {False: "#c3cdca", True: "#46524f"}
MOST = 6
_MOST_NAME = 28


def stack(
    times: pd.Series,
    values: Sequence[str],
    counts: Sequence[Sequence[float]],
    rest: Sequence[float],
    grain: str,
    cut: Sequence[bool],
    unit: str,
    dark: bool = False,
) -> Figure:
    """Bars over time, each made of the values' counts and of all others; those that are not whole are hatched."""
    colours, places = palette(dark), list(range(len(times)))
    names = bar_names(times, grain, cut)
    figure = Figure()  # type: ignore[no-untyped-call]
    rows = [*zip(values, counts, COLOURS[dark], strict=False)]
    if any(rest):
        rows.append(("All others", rest, REST[dark]))
    for value, numbers, colour in rows:
        shown = labels.hover(labels.plain(value, _MOST_NAME))
        figure.add_bar(
            x=places,
            y=list(numbers),
            name=shown,
            marker={"color": colour, "line": {"width": 0},
                    "pattern": {"shape": ["/" if part else "" for part in cut], "size": 6, "solidity": 0.3}},
            customdata=names,
            hovertemplate=f"{shown}: %{{y:,}} {unit}<extra></extra>",
        )  # fmt: skip
    dress(figure, colours)
    time_axis(figure, times, grain, names)
    figure.update_layout(
        barmode="stack",
        bargap=0.25,
        hovermode="x unified",
        height=340,
        margin={"t": 12, "b": 30},
        # Below the bars: it has one line or, on a phone, seven.
        legend={"traceorder": "normal", "font": {"size": 12}, "y": -0.14, "yanchor": "top", "title": None},
    )
    return figure


def scatter(
    names: Sequence[str],
    across: Sequence[float],
    up: Sequence[float],
    sizes: Sequence[float],
    titles: tuple[str, str],
    unit: str,
    dark: bool = False,
) -> Figure:
    """A point for each name: its engaged time across, its depth up, as large as it is much visited."""
    colours = palette(dark)
    largest = max([*sizes, 1.0])
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_scatter(
        x=list(across),
        y=list(up),
        mode="markers",
        marker={"size": [8 + 34 * (size / largest) ** 0.5 for size in sizes], "color": colours.strong, "opacity": 0.55,
                "line": {"color": colours.paper, "width": 1}},
        customdata=[[labels.hover(labels.plain(name, 80)), f"{size:,.0f} {unit}"]
                    for name, size in zip(names, sizes, strict=True)],
        hovertemplate="<b>%{customdata[0]}</b><br>%{x:.1f} s engaged a visit<br>%{y:.0f}% deep<br>%{customdata[1]}"
                      "<extra></extra>",
        showlegend=False,
    )  # fmt: skip
    dress(figure, colours)
    figure.update_layout(height=340, margin={"t": 12, "b": 44, "l": 52}, hovermode="closest")
    figure.update_xaxes(title={"text": titles[0], "font": {"size": 12}}, rangemode="tozero", showgrid=True,
                        gridcolor=colours.grid, tickformat=None)  # fmt: skip
    figure.update_yaxes(title={"text": titles[1], "font": {"size": 12}}, tickformat=None, rangemode="normal")
    return figure
