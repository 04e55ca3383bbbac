"""What came in by day and where raw events lie in, plotly figures out. No Streamlit."""

from __future__ import annotations

from datetime import date

import pandas as pd
from plotly.graph_objs._figure import Figure

from common.intake import ARCHIVE, BOTH, GONE, REDIS
from explorer import labels
from explorer.charts import PALE, bar_names, dress, palette, time_axis

_CLASSES = ("human", "bot", "ai")
#: Colours with shapes besides, for those who cannot tell them apart: light, dark, hatching.
_OUTCOMES = (
    ("#0f766e", "#2dd4bf", ""), ("#d98a3d", "#b7791f", "/"), ("#7c8fa6", "#64748b", "."), ("#7c3aed", "#a78bfa", "x"),
    ("#be185d", "#f472b6", "\\"), ("#65a30d", "#a3e635", "-"), ("#78716c", "#a8a29e", "|"),
)  # fmt: skip
_PLACES = {
    REDIS: ("In Redis", "#0f766e", "#2dd4bf"), BOTH: ("In Redis and the archive", "#0e7490", "#22d3ee"),
    ARCHIVE: ("In the archive", "#2563eb", "#60a5fa"), GONE: ("Gone: totals alone", "#d97706", "#fbbf24"),
}  # fmt: skip
_STRIP = 110
_LOSS = 150


def intake(frame: pd.DataFrame, dropped: bool, dark: bool = False, today: date | None = None) -> Figure:
    """Events a day, stacked: those that were accepted by class, or those that were dropped by reason. Today is pale."""
    kept = frame[~frame["outcome"].isin(_CLASSES)] if dropped else frame[frame["outcome"].isin(_CLASSES)]
    days = pd.date_range(frame["day"].min(), frame["day"].max()) if len(frame) else pd.DatetimeIndex([])
    cut = [day.date() == today for day in days]
    colours = palette(dark)
    figure = Figure()  # type: ignore[no-untyped-call]
    names = _order(kept, dropped)
    for number, name in enumerate(names):
        light, lit, shape = _OUTCOMES[number % len(_OUTCOMES)]
        counts = kept[kept["outcome"] == name].set_index("day")["events"].reindex(days, fill_value=0)
        title = name if dropped else labels.value("class", name)
        figure.add_bar(
            x=list(range(len(days))), y=counts.tolist(), name=labels.hover(title),
            marker={"color": lit if dark else light, "opacity": [PALE if part else 1.0 for part in cut],
                    "pattern": {"shape": shape, "size": 5, "solidity": 0.25, "fgcolor": colours.paper,
                                "bgcolor": lit if dark else light}},
            hovertemplate=f"%{{y:,}} {labels.hover(title)}<extra></extra>",
        )  # fmt: skip
    dress(figure, colours)
    times = pd.Series(days)
    time_axis(figure, times, "day", bar_names(times, "day", cut))
    figure.update_layout(barmode="stack", height=220)
    return figure


def _order(kept: pd.DataFrame, dropped: bool) -> list[str]:
    sums = kept.groupby("outcome")["events"].sum().sort_values(ascending=False)
    return list(sums.index) if dropped else [name for name in _CLASSES if name in sums.index]


def coverage(frame: pd.DataFrame, dark: bool = False) -> Figure:
    """A strip of days: where the raw events of each lie."""
    colours = palette(dark)
    figure = Figure()  # type: ignore[no-untyped-call]
    places = frame.reset_index(drop=True)
    for place, (title, light, lit) in _PLACES.items():
        found = places[places["raw"] == place]
        if found.empty:
            continue
        figure.add_bar(
            x=found.index.tolist(), y=[1] * len(found), name=title, width=1,
            marker={"color": lit if dark else light, "pattern": {"shape": "/" if place == GONE else ""}},
            customdata=[f"{events:,} events" for events in found["events"]],
            hovertemplate=f"{title}: %{{customdata}}<extra></extra>",
        )  # fmt: skip
    dress(figure, colours)
    times = pd.Series(frame["day"])
    time_axis(figure, times, "day", bar_names(times, "day", [False] * len(times)))
    figure.update_yaxes(visible=False, range=[0, 1])
    figure.update_layout(barmode="stack", height=_STRIP, bargap=0, showlegend=True, legend={"y": 1.9}, margin={"l": 14})
    return figure


def loss(frame: pd.DataFrame, dark: bool = False) -> Figure:
    """The share of batches that was lost, day by day; hatched where late batches may still take gaps back."""
    colours = palette(dark)
    colour = "#fbbf24" if dark else "#d97706"
    figure = Figure()  # type: ignore[no-untyped-call]
    known = frame.reset_index(drop=True)
    for settled in (True, False):
        found = known[(known["settled"] == settled) & known["rate"].notna()]
        figure.add_bar(
            x=found.index.tolist(), y=found["rate"].tolist(),
            marker={"color": colour, "pattern": {"shape": "" if settled else "/", "size": 5, "solidity": 0.25,
                                                 "fgcolor": colours.paper, "bgcolor": colour}},
            customdata=[[lost, came] for lost, came in zip(found["missing"], found["batches"], strict=True)],
            hovertemplate="%{y:.1%} lost<br>%{customdata[0]:,} known missing, %{customdata[1]:,} came"
            f"{'' if settled else '<br>may still change'}<extra></extra>",
        )  # fmt: skip
    dress(figure, colours)
    times = pd.Series(pd.to_datetime(known["day"]))
    time_axis(figure, times, "day", bar_names(times, "day", [False] * len(times)))
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", nticks=4)
    figure.update_layout(barmode="stack", height=_LOSS, showlegend=False)
    return figure
