"""Cells of a tree in, a plotly figure out: a column a level, each cell as high as its visits are many. No Streamlit.

Plotly's own icicle tells Streamlit nothing of a click; bars do.
"""

from __future__ import annotations

from collections.abc import Sequence

from plotly.graph_objs._figure import Figure

from common.events import NONE
from explorer import labels
from explorer.charts import dress, palette
from explorer.charts_parts import COLOURS, REST
from explorer.tree import Cell

HEIGHT = 460
_NAME, _LINE = 26, 15
#: How much of its channel's colour a cell of a level has; the rest is the page's.
_DEPTHS = (1.0, 0.5, 0.28)
_INKS = ("#0b100f", "#ffffff")


def tree(cells: Sequence[Cell], titles: Sequence[str], dark: bool = False) -> Figure:
    """The cells as bars, whose `customdata` end with the values that lead to them: how many, then each."""
    colours = palette(dark)
    fills = [fill(cell, dark) for cell in cells]
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=[cell.depth for cell in cells],
        y=[cell.height for cell in cells],
        base=[cell.bottom for cell in cells],
        width=0.985,
        marker={"color": fills, "line": {"width": 1, "color": colours.paper}},
        unselected={"marker": {"opacity": 1}},
        customdata=[
            [labels.hover(_name(cell, 300)), cell.visits, cell.height * 100, _within(cell), cell.several, *cell.path]
            for cell in cells
        ],
        hovertemplate=(
            "<b>%{customdata[0]}</b><br>%{customdata[1]:,} visits, %{customdata[2]:.1f}% of all%{customdata[3]}"
            "<extra></extra>"
        ),
        showlegend=False,
    )
    for cell, colour in zip(cells, fills, strict=True):
        if cell.height * HEIGHT < _LINE:
            continue
        figure.add_annotation(
            x=cell.depth - 0.47, y=cell.bottom + cell.height / 2, showarrow=False, xanchor="left", align="left",
            text=f"{labels.hover(_name(cell, _NAME))} <b>{labels.count(cell.visits)}</b>",
            font={"size": 12, "color": ink(colour)},
        )  # fmt: skip
    for depth, title in enumerate(titles):
        figure.add_annotation(
            x=depth - 0.47, y=1, yref="paper", yanchor="bottom", text=title, showarrow=False, xanchor="left",
            font={"size": 12},
        )  # fmt: skip
    dress(figure, colours)
    figure.update_layout(height=HEIGHT + 30, margin={"t": 22, "b": 8}, barmode="overlay", hovermode="closest")
    figure.update_xaxes(visible=False, range=[-0.5, len(titles) - 0.5])
    figure.update_yaxes(visible=False, range=[0, 1])
    return figure


def fill(cell: Cell, dark: bool) -> str:
    """The colour of its channel, which the charts over time have too, paler from level to level; grey for no value."""
    ramp = COLOURS[dark]
    plain = cell.root >= len(ramp) or (not cell.several and cell.path[-1] == NONE)
    colour = REST[dark] if plain else ramp[cell.root]
    part = _DEPTHS[min(cell.depth, len(_DEPTHS) - 1)]
    return _mixed(colour, palette(dark).paper, part)


def ink(colour: str) -> str:
    """Dark or white, whichever is read better on a colour."""
    dark, white = ((max(_light(each), _light(colour)) + 0.05) / (min(_light(each), _light(colour)) + 0.05)
                   for each in _INKS)  # fmt: skip
    return _INKS[0] if dark >= white else _INKS[1]


def _name(cell: Cell, most: int) -> str:
    return f"{cell.several:,} more" if cell.several else labels.plain(cell.path[-1], most)


def _within(cell: Cell) -> str:
    """Its share of what it is a part of, where that is not all."""
    of = cell.path[:-1] if not cell.several else cell.path
    return f", {cell.visits / cell.within:.1%} of {labels.hover(labels.plain(of[-1], 60))}" if of else ""


def _channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _mixed(colour: str, paper: str, part: float) -> str:
    both = zip(_channels(colour), _channels(paper), strict=True)
    return "#" + "".join(f"{round(one * part + other * (1 - part)):02x}" for one, other in both)


def _light(colour: str) -> float:
    """Relative luminance, as WCAG has it."""
    parts = [value / 255 for value in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
