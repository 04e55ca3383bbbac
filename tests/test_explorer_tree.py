"""Where the cells of a tree lie: columns that add up, small ones together."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from explorer import tree
from explorer.tree import Cell

LEVELS = ("channel", "source", "utm_campaign")
FRAME = pd.DataFrame(
    [
        ("Search", "Google", "(none)", 50),
        ("Search", "Bing", "(none)", 10),
        ("Email", "news", "may", 30),
        ("Email", "news", "june", 10),
    ],
    columns=[*LEVELS, "visits"],
)


def test_cells() -> None:
    assert [(cell.path, cell.visits, round(cell.bottom, 6), round(cell.height, 6)) for cell in cells()] == [
        (("Search",), 60, 0.4, 0.6),
        (("Search", "Google"), 50, 0.5, 0.5),
        (("Search", "Google", "(none)"), 50, 0.5, 0.5),
        (("Search", "Bing"), 10, 0.4, 0.1),
        (("Search", "Bing", "(none)"), 10, 0.4, 0.1),
        (("Email",), 40, 0.0, 0.4),
        (("Email", "news"), 40, 0.0, 0.4),
        (("Email", "news", "may"), 30, 0.1, 0.3),
        (("Email", "news", "june"), 10, 0.0, 0.1),
    ]
    assert [cell.within for cell in cells() if cell.depth == 1] == [60, 60, 40]
    assert {cell.root for cell in cells() if cell.path[0] == "Email"} == {1}


def cells() -> list[Cell]:
    return tree.cells(FRAME, LEVELS)


def test_small_ones_are_drawn_together_and_every_column_is_whole() -> None:
    lists = pd.DataFrame([("Email", f"list {n}", "(none)", 1) for n in range(3)], columns=FRAME.columns)
    many = pd.concat([FRAME.assign(visits=FRAME["visits"] * 100), lists])
    found = tree.cells(many, LEVELS)
    small = [cell for cell in found if cell.several]
    assert [(cell.path, cell.visits, cell.several, cell.depth) for cell in small] == [(("Email",), 3, 3, 1)]
    for depth in (0, 1):
        column = sorted((cell.bottom, cell.height) for cell in found if cell.depth == depth)
        assert sum(height for _, height in column) == pytest.approx(1)
        assert all(low + height == pytest.approx(high) for (low, height), (high, _) in itertools.pairwise(column))
    assert sum(cell.visits for cell in found if cell.depth == 0) == many["visits"].sum()


def test_a_single_small_one_keeps_its_name() -> None:
    frame = FRAME.assign(visits=[10_000, 1, 3_000, 1_000])
    assert ("Search", "Bing") in [cell.path for cell in tree.cells(frame, LEVELS) if not cell.several]


def test_nothing() -> None:
    assert tree.cells(FRAME.head(0), LEVELS) == []
    assert tree.cells(FRAME.assign(visits=0), LEVELS) == []
