"""A breakdown in; a card's list out: the first rows with bars, what they mean, and the row that becomes a filter."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from common.events import OTHER
from explorer import filters, labels, rows
from explorer.view import overlapping

#: A card shows so many; the page of the dimension shows all.
MOST = 100
_TWICE = "Visits add up; who came twice in a day may stand in two rows, so visitors add up to a little more."
_OVERLAP = "A visit can be in several rows: visitors and visits overlap and do not add up to the total."


def columns(dimension: str) -> list[str]:
    """What a list's columns are called."""
    counted = "Events" if dimension == "event" or dimension.startswith("prop:") else "Views"
    return [labels.title(dimension), "Visitors", "Share", counted]


def shaped(frame: pd.DataFrame, dimension: str, total: pd.Series) -> list[rows.Row]:
    """The first rows of a breakdown: name, bar against the widest, visitors, share of all visitors, views or events."""
    shown = frame.head(MOST)
    everyone = max(float(total["visitors"]), 1.0)
    widest = max(float(shown["visitors"].max()), 1.0) if len(shown) else 1.0
    counted = shown["events" if columns(dimension)[3] == "Events" else "pageviews"]
    return [
        rows.Row(
            labels.plain(labels.value(dimension, text), 300),
            labels.plain(labels.value(dimension, text), 1_000),
            round(100 * visitors / widest, 1),
            (labels.count(visitors), f"{100 * visitors / everyone:.1f}%", labels.count(number)),
        )
        for text, visitors, number in zip(shown[dimension], shown["visitors"], counted, strict=True)
    ]


def notes(frame: pd.DataFrame, dimension: str, shown: int, visitors: float) -> list[str]:
    """What a reader has to know about a list: who answered, what overlaps, what the bracketed rows are."""
    told = [f"From {frame.attrs.get('answered_by', 'rollups')}."]
    if shown < len(frame):
        told.append(f"First {shown} of {len(frame):,} rows; the data has all.")
    if overlapping(dimension):
        told.append(_OVERLAP)
    elif frame["visitors"].sum() > visitors:
        told.append(_TWICE)
    return told + [f"{text}." for text in labels.explanations(list(frame[dimension].head(shown)))]


def choose(dimension: str, values: list[str], number: int) -> None:
    """Make a row a filter; `(other)` is none."""
    if number >= len(values):
        return
    if values[number] == OTHER:
        st.toast("(other) is a sum of many small values: it cannot be a filter.", icon=":material/info:")
        return
    filters.drill(dimension, values[number])
