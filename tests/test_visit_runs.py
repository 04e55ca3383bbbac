"""Visits as runs of rows, and what is told of whole visits."""

from __future__ import annotations

import numpy as np
from made import event, ms

from common.calendars import calendar
from common.columns import table_of
from common.keys import ordinal
from common.visit_runs import VisitRuns, steps_of

DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06")
MINUTE = 60_000
EVENTS = [
    event(2, MIDNIGHT + 90 * MINUTE, class_="bot"),
    event(1, MIDNIGHT - 5 * MINUTE),
    event(1, MIDNIGHT + 5 * MINUTE, type="engagement", engaged=7_000),
    event(1, MIDNIGHT + 6 * MINUTE, type="click"),
    event(1, MIDNIGHT + 10 * MINUTE, type="Poll", interactive=False),
    event(1, MIDNIGHT + 60 * MINUTE, type="engagement", engaged=9),
    event(1, MIDNIGHT + 61 * MINUTE, type="Signup"),
]


def test_runs() -> None:
    runs = VisitRuns(table_of(EVENTS), calendar("UTC"), range(DAY, DAY + 1))
    assert runs.at.tolist() == [1, 2, 4, 6, 0]  # neither the click nor the signal that found no visit
    assert runs.visit.tolist() == [0, 0, 0, 1, 2]
    assert (runs.day - DAY).tolist() == [0, 1, 1, 1, 1]
    assert runs.inside.tolist() == [True, False, False, False, False]
    assert runs.part.tolist() == [0, 1, 1, 2, 3]
    assert runs.person.tolist() == [0, 1, 1, 1, 2]
    assert (runs.parted.tolist(), runs.often.tolist()) == ([True, False, False], [False, True, False])
    assert (runs.lost - DAY).tolist() == [1]
    assert runs.human.tolist() == [True] * 4 + [False]


def test_whole_visits() -> None:
    runs = VisitRuns(table_of(EVENTS), calendar("UTC"), range(DAY, DAY + 1))
    assert runs.views.tolist() == [1, 0, 1]
    assert runs.duration.tolist() == [15 * MINUTE, 0, 0]
    assert runs.attention.tolist() == [7_000, 0, 0]
    assert runs.bounce.tolist() == [True, False, True]
    assert runs.active.tolist() == [False, True, False]


def test_steps_of_a_day_of_25_hours() -> None:
    zone, day = calendar("Europe/Berlin"), ordinal("2026-10-25")
    start = zone.start(day)
    times = np.array([start, start + 899_999, start + 900_000, start + 90_000_000 - 1, start + 90_000_000])
    assert steps_of(times, np.array([day] * 4 + [day + 1]), zone).tolist() == [0, 0, 1, 99, 0]
    assert steps_of(times[:0], times[:0], zone).tolist() == []
