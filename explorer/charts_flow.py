"""Where visits go, step by step, in, a plotly figure out: a Sankey of bars and ribbons. No Streamlit.

Plotly's own Sankey tells Streamlit nothing of a click; bars and points do.
"""

from __future__ import annotations

import pandas as pd
from plotly.graph_objs._figure import Figure

from common.depth.paths import REST
from common.depth.transitions import ENTRY, EXIT
from explorer import flow, labels
from explorer.charts import dress, palette

HEIGHT = 520
_ENDS = (ENTRY, EXIT)
_NAME = 26


def sankey(frame: pd.DataFrame, back: bool, dark: bool = False) -> Figure:
    """Nodes as bars in columns, ribbons between them. Points along a ribbon, which nobody sees, take its clicks:
    their `customdata` are what it leads from and to, and its column; of a bar its name and column.
    """
    colours, placed = palette(dark), flow.flow(frame, back)
    figure = Figure()  # type: ignore[no-untyped-call]
    last = max(placed.columns - 1, 1)
    for ended, fill in ((False, colours.soft), (True, colours.grid)):
        xs: list[float | None] = []
        ys: list[float | None] = []
        for link in placed.links:
            if (link.target in _ENDS or link.origin in _ENDS) == ended:
                x, y = flow.outline(link)
                xs += [*x.tolist(), None]
                ys += [*y.tolist(), None]
        figure.add_scatter(x=xs, y=ys, mode="none", fill="toself", fillcolor=fill, hoverinfo="skip", showlegend=False)
    _clicks(figure, placed)
    for ended, fill in ((False, colours.strong), (True, "#8b9794")):
        nodes = [node for node in placed.nodes if (node.name in _ENDS or node.name == REST) == ended]
        figure.add_bar(
            x=[node.column for node in nodes],
            y=[node.height for node in nodes],
            base=[node.bottom for node in nodes],
            width=flow.WIDTH,
            marker={"color": fill, "line": {"width": 0}},
            unselected={"marker": {"opacity": 1}},
            customdata=[
                [labels.hover(labels.plain(node.name, 300)), node.visits, node.name, node.column] for node in nodes
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]:,} visits<extra></extra>",
            showlegend=False,
        )
    _names(figure, placed)
    dress(figure, colours)
    figure.update_layout(
        height=HEIGHT * (1.0 - min(placed.lowest, 0.0)), margin={"t": 8, "b": 8}, barmode="overlay", hovermode="closest"
    )
    figure.update_xaxes(visible=False, range=[-0.06, last + 0.1 + 0.23 * last])
    figure.update_yaxes(visible=False, range=[min(placed.lowest, 0.0) - 0.01, 1.01])
    return figure


def _clicks(figure: Figure, placed: flow.Flow) -> None:
    xs, ys, sizes, custom = [], [], [], []
    for link in placed.links:
        x, y = flow.centre(link, 11)
        for along, height in zip(x[1:-1].tolist(), y[1:-1].tolist(), strict=True):
            xs.append(along)
            ys.append(height)
            sizes.append(min(max(link.height * HEIGHT, 6), 26))
            origin, target = (labels.hover(labels.plain(text, 300)) for text in (link.origin, link.target))
            custom.append([origin, target, link.visits, link.origin, link.target, link.column])
    unseen = {"marker": {"opacity": 0}}
    figure.add_scatter(
        x=xs, y=ys, mode="markers", marker={"size": sizes, "opacity": 0}, selected=unseen, unselected=unseen,
        customdata=custom, showlegend=False,
        hovertemplate="%{customdata[0]} → <b>%{customdata[1]}</b><br>%{customdata[2]:,} visits<extra></extra>",
    )  # fmt: skip


def _names(figure: Figure, placed: flow.Flow) -> None:
    """Beside their bars."""
    for node in placed.nodes:
        figure.add_annotation(
            x=node.column + flow.WIDTH * 0.75,
            y=node.bottom + node.height / 2,
            text=f"{labels.hover(labels.plain(node.name, _NAME))} <b>{labels.count(node.visits)}</b>",
            showarrow=False,
            xanchor="left",
            align="left",
            font={"size": 12},
        )
