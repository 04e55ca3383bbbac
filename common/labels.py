"""Visits' parts of days in, rollup rows of the dimensions of whole visits out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from common.arrays import Array
from common.rollups import EVENTS, VISITORS
from common.tallies import Bools, Codes, Ints, Tally, named, new_of

#: Day, dimension, values, and a row of METRICS for each.
Told = tuple[int, str, list[str], Array]


class Labels(NamedTuple):
    """Parts of visits within a day, sorted by visitor and time, with what each adds under every label of its visit."""

    days: range
    day: Ints
    visit: Ints
    sums: Mapping[int, Ints]  #: by metric
    person: Ints  #: number of the visitor's day, of parts with an event
    again: Bools  #: whether that day has several such parts
    seen: Ints  #: which parts have an event

    @classmethod
    def of(cls, days: range, day: Ints, visit: Ints, person: Ints, sums: Mapping[int, Ints], some: Bools) -> Labels:
        """Those of some parts."""
        sums = {metric: values[some] for metric, values in sums.items()}
        seen = np.flatnonzero(sums[EVENTS])
        among = person[some][seen]
        often = np.bincount(among) > 1
        return cls(days, day[some], visit[some], sums, among, often[among], seen)

    def rows(self, dimension: str, values: Sequence[str], codes: Codes) -> Iterator[Told]:
        """Rows of a dimension of which every visit has one code."""
        code, tally = codes[self.visit], Tally(self.days, len(values))
        key = tally.key(self.day, code)
        for metric, added in self.sums.items():
            tally.add(metric, key, added)
        tally.add(VISITORS, key[self.seen[new_of(self.person, self.again, code[self.seen])]])
        yield from told(tally, dimension, values)


def told(tally: Tally, dimension: str, values: Sequence[str]) -> Iterator[Told]:
    """A tally's rows, its codes being places of values."""
    names = named(values)
    for day, codes, array in tally.sums():
        yield day, dimension, names(codes), array
