"""The figure of a flow: what can be clicked tells what it stands for, and texts are escaped."""

from __future__ import annotations

import pandas as pd
from explorer_site import HOSTILE

from explorer import charts_flow

FRAME = pd.DataFrame(
    [(1, "/", "/a", 3), (1, "/b", "(exit)", 1), (2, "/a", "(exit)", 3)], columns=["step", "from", "to", "visits"]
)


def test_bars_and_ribbons_tell_what_they_are() -> None:
    figure = charts_flow.sankey(FRAME, back=False)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    told = {(item[2], item[3]): item[1] for trace in bars for item in trace.customdata}
    assert told == {("/", 0): 3, ("/b", 0): 1, ("/a", 1): 3, ("(exit)", 1): 1, ("(exit)", 2): 3}
    points = next(trace for trace in figure.data if trace.mode == "markers")
    assert {tuple(item[3:]) for item in points.customdata} == {("/", "/a", 0), ("/b", "(exit)", 0), ("/a", "(exit)", 1)}
    assert points.marker.opacity == points.selected.marker.opacity == points.unselected.marker.opacity == 0


def test_texts_are_escaped() -> None:
    frame = pd.DataFrame([(1, HOSTILE[0], HOSTILE[4], 1)], columns=["step", "from", "to", "visits"])
    figure = charts_flow.sankey(frame, back=True, dark=True)
    shown = [note.text for note in figure.layout.annotations]
    shown += [item[0] for trace in figure.data if trace.customdata is not None for item in trace.customdata]
    assert shown
    assert not any("<img" in text or "%{" in text for text in shown)


def test_nothing_is_a_figure_too() -> None:
    assert charts_flow.sankey(FRAME.head(0), back=False).layout.height == charts_flow.HEIGHT
