"""Clicks by squares of the page."""

from __future__ import annotations

from typing import Any

import pytest
from derived import relation_of
from made import event, ms

from common.depth.heatmap import heatmap
from common.filters import normalise
from common.keys import ordinal

DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")


def click(visitor: int, minute: int, x: int, y: int, page: str = "/", **more: Any) -> Any:
    return event(visitor, NOON + minute * 60_000, page, type="click", x=x, y=y, **more)


EVENTS = [
    event(1, NOON, screen="L"),
    event(2, NOON, screen="S"),
    click(1, 1, 0, 0),
    click(1, 2, 19, 19),
    click(2, 1, 5, 5),
    click(2, 2, 20, 0),
    click(2, 3, 40, 119, "/b"),
    click(2, 4, -1, -1),
    click(9, 1, 3, 3),  # nobody's visit
    click(1, 3, 7, 7, class_="bot"),
]


def ask(page: str = "/", cell: int = 20, days: tuple[int, ...] = (DAY,), **where: str) -> list[list[float]]:
    found = heatmap(relation_of(EVENTS), days, page, normalise(where), cell)
    assert found.columns.tolist() == ["x", "y", "clicks", "visitors", "share"]
    return found.to_numpy().tolist()


def test_cells() -> None:
    assert ask() == [[0, 0, 3, 2, 0.75], [20, 0, 1, 1, 0.25]]
    assert ask(cell=100) == [[0, 0, 4, 2, 1]]
    assert ask("/b", cell=50) == [[0, 100, 1, 1, 1]]
    assert ask(screen="S") == [[0, 0, 1, 1, 0.5], [20, 0, 1, 1, 0.5]]
    assert ask("/none") == []
    assert ask(days=(DAY + 1,)) == []


@pytest.mark.parametrize("cell", [0, -1, 2.5, True, "20"])
def test_a_bad_cell_is_named(cell: Any) -> None:
    with pytest.raises(ValueError, match="cell="):
        ask(cell=cell)
