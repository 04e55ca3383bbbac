"""Visitors by minute in, a plotly figure out. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer.charts import dress, palette

_HEIGHT = 190


def minutes(times: Sequence[pd.Timestamp], visitors: Sequence[int], dark: bool = False) -> Figure:
    """One bar a minute; the last one still runs."""
    colours = palette(dark)
    last = len(times) - 1
    figure = Figure()  # type: ignore[no-untyped-call]
    figure.add_bar(
        x=list(range(len(times))),
        y=list(visitors),
        marker={"color": [colours.soft if place == last else colours.strong for place in range(len(times))],
                "cornerradius": 2},
        customdata=[f"{time:%H:%M}{' · still running' if place == last else ''}" for place, time in enumerate(times)],
        hovertemplate="%{customdata}: %{y:,} visitors<extra></extra>",
    )  # fmt: skip
    dress(figure, colours)
    places = list(range(0, len(times), 5))
    figure.update_xaxes(
        tickmode="array", tickvals=places, ticktext=[f"{times[place]:%H:%M}" for place in places], tickformat=None
    )
    # Whole numbers alone: of three visitors nobody wants to read 1.5.
    figure.update_yaxes(tickformat=",d", dtick=1 if max(visitors, default=0) < 5 else None)
    figure.update_layout(height=_HEIGHT, showlegend=False, bargap=0.2, margin={"l": 4, "r": 4, "t": 10, "b": 24})
    return figure
