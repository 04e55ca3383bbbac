"""Commands and bytes in, plotly figures out: a month against its budget, and parts of a whole. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping

from plotly.graph_objs._figure import Figure

from common.budget import Verdict
from explorer import labels
from explorer.charts import Palette, palette

_BAR, _EDGE = 32, 46


def month(verdict: Verdict, dark: bool = False) -> Figure:
    """One bar: what was used, what will be by the month's end, hatched, and the budget as a line."""
    colours = palette(dark)
    figure = Figure()  # type: ignore[no-untyped-call]
    ahead = max(0, verdict.projected - verdict.used)
    figure.add_bar(
        x=[verdict.used], y=[0], orientation="h", name="So far", marker={"color": colours.strong},
        hovertemplate="%{x:,} commands so far<extra></extra>",
    )  # fmt: skip
    figure.add_bar(
        x=[ahead], y=[0], orientation="h", name="By the month's end, at this rate", customdata=[verdict.projected],
        marker={"color": colours.soft, "pattern": {"shape": "/", "size": 6, "solidity": 0.35,
                "fgcolor": colours.strong, "bgcolor": colours.soft}},
        hovertemplate="%{customdata:,} commands by the month's end<extra></extra>",
    )  # fmt: skip
    _dress(figure, 1, colours)
    most = max(verdict.projected, verdict.used, verdict.budget, 1)
    figure.update_xaxes(range=[0, most * 1.08], showticklabels=True, nticks=4)
    if verdict.budget:
        figure.add_vline(x=verdict.budget, line={"color": _ink(dark), "width": 2, "dash": "dot"})
        figure.add_annotation(
            x=verdict.budget, y=1, yref="paper", yanchor="bottom", xanchor="right", showarrow=False,
            text=f"budget {labels.count(verdict.budget)}", font={"size": 12},
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", height=118, margin={"l": 4, "r": 4, "t": 22, "b": 48}, showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.75, "xanchor": "left", "traceorder": "normal", "itemclick": False,
                "itemdoubleclick": False},
    )  # fmt: skip
    return figure


def parts(sizes: Mapping[str, float], unit: str, as_bytes: bool = False, dark: bool = False) -> Figure:
    """Horizontal bars, the largest on top, each with its figure and its share of all."""
    colours, total = palette(dark), sum(sizes.values()) or 1
    ordered = sorted(sizes.items(), key=lambda item: item[1])
    say = labels.size if as_bytes else labels.count
    texts = [f"{say(value)} · {value / total * 100:.0f}%" for _, value in ordered]
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=[value for _, value in ordered], y=list(range(len(ordered))), orientation="h",
        marker={"color": colours.strong, "cornerradius": 3}, text=texts, textposition="outside", cliponaxis=False,
        customdata=[f"{labels.hover(name)}: {say(value)}" for name, value in ordered],
        hovertemplate=f"%{{customdata}} {labels.hover(unit)}<extra></extra>",
    )  # fmt: skip
    _dress(figure, len(ordered), colours)
    figure.update_xaxes(range=[0, max([value for _, value in ordered], default=1) * 2.05 or 1])
    names = [labels.hover(name) for name, _ in ordered]
    figure.update_yaxes(showticklabels=True, tickmode="array", tickvals=list(range(len(ordered))), ticktext=names)
    return figure


def _ink(dark: bool) -> str:
    return "#e4ebe9" if dark else "#1c2725"


def _dress(figure: Figure, bars: int, colours: Palette) -> None:
    figure.update_layout(
        height=_EDGE // 2 + _BAR * max(bars, 1), margin={"l": 4, "r": 4, "t": 6, "b": 6}, bargap=0.34,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", dragmode=False, showlegend=False,
        hovermode="closest",
    )  # fmt: skip
    figure.update_xaxes(
        showgrid=False, zeroline=False, fixedrange=True, showticklabels=False, tickformat="~s", gridcolor=colours.grid
    )
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True, showticklabels=False, automargin=True)
