"""The histogram from events: cells of a few visits by hand, and as stored for random traffic."""

from __future__ import annotations

from derived import relation_of
from made import event, ms

from common.depth.shapes import shapes
from common.filters import normalise
from common.keys import ordinal

DAY = ordinal("2026-05-05")
NOON, MIDNIGHT = ms("2026-05-05 12:00"), ms("2026-05-06")
EVENTS = [
    event(1, NOON),
    event(1, NOON + 1_000, type="engagement", engaged=9_999),
    event(2, NOON, country="DE"),
    event(2, NOON + 1_000, type="engagement", engaged=10_000),
    # Over midnight: the event of the next day makes the visit interactive, and its pageview counts.
    event(3, MIDNIGHT - 60_000),
    event(13, MIDNIGHT + 60_000, before=3),
    event(13, MIDNIGHT + 61_000, before=3, type="Signup"),
    event(4, NOON, type="Poll", interactive=False),
    event(5, NOON, class_="bot"),
]


def cells(days: list[int], seconds: tuple[float, ...], pages: int, **where: str) -> list[list]:
    return shapes(relation_of(EVENTS), days, normalise(where), seconds, pages).to_numpy().tolist()


def test_cells() -> None:
    assert cells([DAY, DAY + 1], (10.0,), 3) == [
        [DAY, "0", "<10", "n", 1],
        [DAY, "1", "<10", "n", 1],
        [DAY, "1", "10+", "n", 1],
        [DAY, "2", "<10", "y", 1],
    ]
    assert cells([DAY + 1], (10.0,), 3) == []


def test_own_edges_and_filters() -> None:
    assert cells([DAY], (0.5, 9.999), 1, country="DE") == [[DAY, "1+", "9.999+", "n", 1]]
    assert cells([DAY], (9.999,), 2, event="Signup") == [[DAY, "2+", "<9.999", "y", 1]]
    assert cells([DAY], (), 2, country="DE") == [[DAY, "1", "0+", "n", 1]]
