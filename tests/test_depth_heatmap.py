"""Clicks by squares of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from derived import Parts, relation_of, rows_of
from made import event, ms

from common.depth.heatmap import heatmap
from common.depth.relation import Relation
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
    found, _ = heatmap(relation_of(EVENTS), days, page, normalise(where), cell)
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


def sized(visitor: int, width: int, x: int, y: int, **more: Any) -> Any:
    """A click in a window that is not as wide as the screen of its visit."""
    names = {390: "XS", 820: "M", 1500: "XL"}
    return click(visitor, visitor, x, y, screen=names[width], width=width, **more)


SIZES = [
    event(1, NOON, screen="L"),
    event(2, NOON, screen="L"),
    event(3, NOON, screen="L"),
    sized(1, 390, 195, 1_520, target="a", across=75, down=0),
    sized(2, 820, 410, 1_520, target="a", across=79, down=9),
    sized(3, 1500, 750, 1_539, target="b", across=100, down=100),
    sized(3, 1500, 1_499, 0),
    click(3, 4, 5, 5, screen="XL"),  # of before its window was known
]


def of_mode(mode: str, parts: int = 20, events: Any = SIZES, **where: str) -> tuple[list[list[object]], int]:
    found, left_out = heatmap(relation_of(events), [DAY], "/", normalise(where), 20, mode, parts)
    return found.drop(columns=["visitors", "share"]).to_numpy().tolist(), left_out


def test_parts_of_the_viewport_that_was_there_at_the_click() -> None:
    assert of_mode("page") == (
        [["XL", 0.95, 0, 1], ["M", 0.5, 1_520, 1], ["XL", 0.5, 1_520, 1], ["XS", 0.5, 1_520, 1]],
        1,
    )
    assert of_mode("page", parts=3)[0][1] == ["M", pytest.approx(1 / 3), 1_520, 1]
    assert of_mode("page", screen="M") == ([["M", 0.5, 1_520, 1]], 0)
    assert of_mode("px", screen="XL")[0] == [[0, 0, 1], [1_480, 0, 1], [740, 1_520, 1]]
    assert of_mode("page", screen="L") == ([], 0)  # nobody clicked in such a window


def test_parts_of_an_element() -> None:
    assert of_mode("element", parts=10) == ([["a", 70, 0, 2], ["b", 90, 90, 1]], 2)
    assert of_mode("element", parts=100)[0] == [["a", 75, 0, 1], ["a", 79, 9, 1], ["b", 99, 99, 1]]


def test_a_wide_page_and_a_rounded_window() -> None:
    beyond = [event(1, NOON), click(1, 1, 1_365, 0, width=1_360), click(1, 2, 5_000, 0, width=400)]
    assert of_mode("page", events=beyond)[0] == [["(none)", 0.95, 0, 2]]


def test_files_without_the_columns(tmp_path: Path) -> None:
    """What was archived before has no windows; newer rows beside it do."""
    older, newer = tmp_path / "older.parquet", tmp_path / "newer.parquet"
    table = rows_of(SIZES)
    pq.write_table(table.drop_columns(["across", "down", "width"]), older)
    pq.write_table(table, newer)
    for paths, expected in (([older], ([], 5)), ([older, newer], (of_mode("page")[0], 6))):
        relation = Relation(lambda paths=paths: Parts(paths))
        found, left_out = heatmap(relation, [DAY], "/", normalise(None), mode="page")
        assert (found.drop(columns=["visitors", "share"]).to_numpy().tolist(), left_out) == expected
        assert len(heatmap(relation, [DAY], "/", normalise(None))[0]) == 5


@pytest.mark.parametrize(("mode", "parts"), [("pixels", 20), ("page", 0), ("page", 101), ("page", True)])
def test_bad_grids_are_named(mode: str, parts: int) -> None:
    with pytest.raises(ValueError, match=r"(mode|parts)="):
        of_mode(mode, parts)
