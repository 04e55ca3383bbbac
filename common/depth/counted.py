"""A few derived rows in memory and a filter that names values in, sums by a column of them out, as `Sums` has them.

The database takes several ms to plan a question, whatever it is asked of; of the rows that are kept under a filter,
arrays answer in one. Tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from common.depth import picked
from common.depth import where as sql
from common.events import ENGAGEMENT, NONE, PAGEVIEW, SIGNALS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Counted:
    """Sums over some days of the rows of one table. `picked.can` says under which filters."""

    def __init__(self, table: pa.Table, days: Sequence[int], where: Mapping[str, Sequence[str]]) -> None:
        self._table, events = table, picked.of_events(where)
        self._day, visit = self._ints("day"), self._ints("visit")
        of_visits = self._holds(picked.of_visits(where)) & (visit >= 0) & (self._day >= days[0])
        within = self._day <= days[-1]
        self._event = ~self._is("type", [*SIGNALS])
        self._view, self._engagement = self._is("type", [PAGEVIEW]), self._is("type", [ENGAGEMENT])
        self._engaged, self._duration = self._ints("engaged"), self._ints("duration")
        #: A visit may go on after the days, and its later events choose it, too.
        self._chosen = of_visits & self._holds(events)
        self._within = self._chosen & within
        self._begun = of_visits & within & self._bools("first")
        began = (visit & sql.DAY_MASK) >> sql.VISIT_BITS
        self._holding = self._chosen & self._event & (began >= days[0]) & (began <= days[-1])
        self._visit = np.unique(visit, return_inverse=True)[1]
        if events:
            self._begun &= np.bincount(self._visit[self._holding], minlength=len(visit))[self._visit] > 0
        self._bounced = self._begun & self._bools("bounce")
        person = np.unique(self._ints("visitor"), return_inverse=True)[1]
        self._person = (self._day - days[0]) * (len(person) + 1) + person

    def by(self, column: str) -> pd.DataFrame:
        """By "day", or by a column that the rows of one visit share."""
        values, codes = self._coded(column)
        sums = self._of_events(codes, len(values)) | {
            "visits": _sum(codes, len(values), self._begun),
            "bounces": _sum(codes, len(values), self._bounced),
            "duration": _sum(codes, len(values), self._begun, self._duration),
        }
        return _frame(values, sums)

    def by_event(self, dimension: str) -> pd.DataFrame:
        """By the event's own page, hostname or name."""
        values, codes = self._coded(sql.column_of(dimension))
        own = self._event if dimension == "event" else np.ones(len(codes), dtype=bool)
        rows = self._holding & own
        sums = self._of_events(codes, len(values), own) | {"visits": _distinct(codes, len(values), rows, self._visit)}
        if dimension == "page":
            sums |= self._deepest(codes, len(values))
        return _frame([value or NONE for value in values], sums)

    def _of_events(self, codes: Ints, many: int, own: Bools | None = None) -> dict[str, Ints]:
        rows = self._within if own is None else self._within & own
        events = rows & self._event
        return {
            "pageviews": _sum(codes, many, rows & self._view),
            "events": _sum(codes, many, events),
            "visitors": _distinct(codes, many, events, self._person),
            "engaged": _sum(codes, many, rows & self._engagement, self._engaged),
        }

    def _deepest(self, codes: Ints, many: int) -> dict[str, Ints]:
        """The greatest depth on each value of each visit and day, summed, and how many there are."""
        scroll = self._ints("scroll", -1)
        rows = np.flatnonzero(self._within & self._engagement & (scroll >= 0))
        order = rows[np.lexsort((scroll[rows], self._day[rows], self._visit[rows], codes[rows]))]
        of = np.stack((codes[order], self._visit[order], self._day[order]))
        last = np.append((of[:, 1:] != of[:, :-1]).any(axis=0), True)[: len(order)]
        found = np.zeros(len(codes), dtype=bool)
        found[order[last]] = True
        return {"scroll": _sum(codes, many, found, scroll), "scrolled": _sum(codes, many, found)}

    def _holds(self, wanted: Mapping[str, Sequence[str]]) -> Bools:
        found = np.ones(self._table.num_rows, dtype=bool)
        for column, values in wanted.items():
            found &= self._is(column, values)
        return found

    def _is(self, column: str, values: Sequence[str]) -> Bools:
        found: Bools = picked.one_of(self._table.column(column), values).to_numpy().astype(bool)
        return found

    def _bools(self, column: str) -> Bools:
        found: Bools = self._table.column(column).to_numpy().astype(bool)
        return found

    def _ints(self, column: str, missing: int = 0) -> Ints:
        found: Ints = self._table.column(column).fill_null(missing).to_numpy().astype(np.int64)
        return found

    def _coded(self, column: str) -> tuple[list[Any], Ints]:
        """The values of a column, and the number of each row's."""
        if column == "day":
            days, codes = np.unique(self._day, return_inverse=True)
            return days.tolist(), codes
        found = self._table.column(column).combine_chunks()
        if isinstance(found, pa.ChunkedArray):
            found = found.chunk(0)
        if not isinstance(found, pa.DictionaryArray):
            found = found.dictionary_encode()
        return found.dictionary.to_pylist(), found.indices.to_numpy().astype(np.int64)


def _sum(codes: Ints, many: int, rows: Bools, numbers: Ints | None = None) -> Ints:
    """How many of the rows each value has, or the sum of their numbers; these stay far below 2 to the 53rd."""
    weights = None if numbers is None else numbers[rows]
    return np.bincount(codes[rows], weights, minlength=many).astype(np.int64)


def _distinct(codes: Ints, many: int, rows: Bools, numbers: Ints) -> Ints:
    """How many different numbers the rows of each value have."""
    width = int(numbers.max(initial=0)) + 1
    pairs = np.unique(codes[rows] * width + numbers[rows])
    return np.bincount(pairs // width, minlength=many).astype(np.int64)


def _frame(values: list[Any], sums: Mapping[str, Ints]) -> pd.DataFrame:
    """By value, sorted; two that read the same are one."""
    frame = pd.DataFrame(sums, index=pd.Index(values, name="key"))
    return frame.sort_index() if frame.index.is_unique else frame.groupby("key").sum()
