"""A tree as a figure: colours of channels, letters that can be read on them, texts as texts."""

from __future__ import annotations

import pytest
from test_explorer_tree import FRAME, LEVELS

from explorer import charts_tree, tree
from explorer.charts import DARK, LIGHT
from explorer.charts_parts import COLOURS, REST
from explorer.tree import Cell


def cells() -> list[Cell]:
    return tree.cells(FRAME, LEVELS)


@pytest.mark.parametrize("dark", [False, True])
def test_figure(dark: bool) -> None:
    figure = charts_tree.tree(cells(), ["Channels", "Sources", "Campaigns"], dark)
    bars = figure.data[0]
    assert list(bars.x) == [0, 1, 2, 1, 2, 0, 1, 2, 2]
    assert [list(told[5:]) for told in bars.customdata[:2]] == [["Search"], ["Search", "Google"]]
    assert [told[3] for told in bars.customdata[:2]] == ["", ", 83.3% of Search"]
    assert bars.marker.color[0] == COLOURS[dark][0]
    assert bars.marker.color[5] == COLOURS[dark][1]
    texts = [note.text for note in figure.layout.annotations]
    assert texts[:2] == ["Search <b>60</b>", "Google <b>50</b>"]
    assert texts[-3:] == ["Channels", "Sources", "Campaigns"]


def test_hostile_texts_are_escaped_and_small_cells_have_none() -> None:
    named = FRAME.assign(channel="<b>%{y}", visits=[970, 10, 10, 10])
    figure = charts_tree.tree(tree.cells(named, LEVELS), ["", "", ""])
    assert "<b>%{y}" not in "".join(told[0] for told in figure.data[0].customdata)
    assert [note.text for note in figure.layout.annotations if "Bing" in note.text] == []


@pytest.mark.parametrize(
    ("colour", "ink"),
    [("#ffffff", "#0b100f"), ("#332288", "#ffffff"), (LIGHT.strong, "#ffffff"), (DARK.strong, "#0b100f")],
)
def test_ink(colour: str, ink: str) -> None:
    assert charts_tree.ink(colour) == ink


def test_no_value_is_grey() -> None:
    none = next(cell for cell in cells() if cell.path[-1] == "(none)")
    assert charts_tree.fill(none._replace(path=("(none)",)), dark=False) == REST[False]
    assert charts_tree.fill(none, dark=False) != charts_tree.fill(cells()[7], dark=False)
