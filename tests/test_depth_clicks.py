"""Pages and elements that were clicked on."""

from __future__ import annotations

from typing import Any

import pytest
from derived import relation_of
from made import event, ms

from common.depth.clicks import clicks
from common.filters import normalise
from common.keys import ordinal

DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")


def click(visitor: int, minute: int, page: str, **more: Any) -> Any:
    return event(visitor, NOON + minute * 60_000, page, type="click", x=1, y=1, **more)


EVENTS = [
    event(1, NOON, country="DE", screen="L"),
    event(2, NOON, country="FR"),
    event(3, NOON, "/seen"),
    click(1, 1, "/a", target="a#buy", screen="S"),  # in a smaller window than the visit began in
    click(1, 2, "/a", target="a#buy"),
    click(2, 1, "/a"),
    click(2, 2, "/b"),
    click(1, 3, "/bot", class_="bot"),
    click(9, 1, "/nobody"),
]


def ask(days: tuple[int, ...] = (DAY,), **where: str) -> list[list[object]]:
    by = where.pop("by", "page")
    found = clicks(relation_of(EVENTS), days, normalise(where), by)
    assert found.columns.tolist() == [by, "clicks", "visitors", "share"]
    return found.to_numpy().tolist()


def test_pages() -> None:
    assert ask() == [["/a", 3, 2, 0.75], ["/b", 1, 1, 0.25]]
    assert ask(country="FR") == [["/a", 1, 1, 0.5], ["/b", 1, 1, 0.5]]
    assert ask(page="/b") == [["/b", 1, 1, 1]]
    assert ask(days=(DAY + 1,)) == []


def test_elements() -> None:
    assert ask(by="target", page="/a") == [["a#buy", 2, 1, 2 / 3], ["(none)", 1, 1, 1 / 3]]


def test_screen_is_that_of_the_window_at_the_click() -> None:
    assert ask(screen="S") == [["/a", 1, 1, 1]]
    assert ask(screen="L") == [["/a", 1, 1, 1]]
    assert ask(screen="M") == []


def test_a_bad_by_is_named() -> None:
    with pytest.raises(ValueError, match="by='x': expected one of page, target"):
        ask(by="x")
