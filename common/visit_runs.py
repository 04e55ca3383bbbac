"""A table of raw events in, its visits as runs of sorted rows out, and what is told of whole visits. Pure.

Sorted by visitor and time, a visitor, a visit, and the part of a visit within a day each are a run of rows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from common.calendars import STEP, Calendar
from common.tallies import Bools, Ints, changes
from common.visit_columns import Rows, cut


class VisitRuns:
    """The events and engagements within visits, sorted by visitor and time; their visits, and the days of those."""

    def __init__(self, raw: pa.Table, zone: Calendar, days: range) -> None:
        source = self.source = Rows(raw, zone)
        self.zone, self.days = zone, days
        order = source.ordered(np.arange(len(raw)), source.visitor)
        visitor = source.visitor[order]
        place = cut(source.time[order], visitor, ~source.signal[order], source.life[order])
        self.lost = source.day[order[place < 0]]
        kept = np.flatnonzero((place >= 0) & source.life[order])
        at = self.at = order[kept]
        self.event, self.view, self.day = ~source.signal[at], source.pageview[at], source.day[at]
        self.step = steps_of(source.time[at], self.day, zone)
        self.engaged = np.where(self.event, 0, source.engaged[at])
        self.inside = self.is_inside(self.day)
        # A visitor is of the class of its very first row, whatever came of that.
        self.classes, classes = source.coded("class")
        begins = changes(visitor)
        of_visitor, human = classes[order[begins]][np.cumsum(begins) - 1], self.classes.index("human").as_py()
        self.class_ = of_visitor[kept]
        self.human = self.class_ == human
        #: Signals of humans' visits that are counted by themselves.
        self.told = order[(place >= 0) & ~source.life[order] & (of_visitor == human)]
        first = place[kept] == kept
        self.first, self.visit = np.flatnonzero(first), np.cumsum(first) - 1
        part = changes(self.visit, self.day)
        self.parts, self.part = np.flatnonzero(part), np.cumsum(part) - 1
        # Of a visitor's day: its parts of visits.
        same = changes(visitor[kept], self.day)
        self.person = np.cumsum(same) - 1
        self.parted = self.day[self.first] != self.day[np.append(self.first[1:], len(at))[: len(self.first)] - 1]
        self.often = np.bincount(self.person[self.parts]) > 1
        self._sum_visits()

    def is_inside(self, day: Ints) -> Bools:
        return (day >= self.days.start) & (day < self.days.stop)

    def _sum_visits(self) -> None:
        """What is told of whole visits."""
        time, first = self.source.time[self.at], self.first
        custom = self.event & ~self.view & self.source.interactive[self.at]
        last = np.maximum.reduceat(np.where(self.event, time, np.iinfo(np.int64).min), first)
        self.duration = last - time[first]
        self.views, self.attention, customs = (
            np.add.reduceat(values, first, dtype=np.int64) for values in (self.view, self.engaged, custom)
        )
        self.active = customs > 0
        self.bounce = (self.views == 1) & ~self.active


def steps_of(time: Ints, day: Ints, zone: Calendar) -> Ints:
    """The 15-minute step within its day of every time."""
    if not len(day):
        return day
    least = int(day.min())
    starts = np.array([zone.start(known) for known in range(least, int(day.max()) + 1)])
    steps: Ints = (time - starts[day - least]) // STEP
    return steps
