"""A chart of bars in; the bars that were drawn over with a mouse or pen out."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer.components import component


def brush(inside: str, bars: int, colour: str, chosen: Callable[[int, int], None], key: str) -> None:
    """Let one draw over the bars of the chart in the container with key `inside`; `chosen` gets the first and last."""
    data = {"inside": inside, "low": -0.6, "high": max(bars - 0.4, 0.6), "colour": colour}  # as `charts.time_axis`
    component("brush")(key=key, data=data, on_drawn_change=partial(_drawn, key, bars, chosen), height=1, width=1)


def _drawn(key: str, bars: int, chosen: Callable[[int, int], None]) -> None:
    span = span_of(getattr(st.session_state.get(key), "drawn", None), bars)
    if span is not None:
        chosen(*span)


def span_of(ends: Any, bars: int) -> tuple[int, int] | None:
    """First and last bar whose middle was drawn over, or the one that was drawn in; None for nothing."""
    if not isinstance(ends, list) or len(ends) != 2 or not all(isinstance(end, int | float) for end in ends):
        return None
    low, high = sorted(ends)
    first, last = math.ceil(low), math.floor(high)
    if first > last:
        first = last = round((low + high) / 2)
    first, last = max(first, 0), min(last, bars - 1)
    return (first, last) if first <= last else None
