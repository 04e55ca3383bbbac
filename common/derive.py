"""A table of raw events in, the same events with the visit of each and what that visit is made of out. Pure.

Which visit that is, common/visit_columns.py decides.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from common.calendars import Calendar
from common.columns import RAW, TEXT
from common.events import PATH_DIMENSIONS, VISIT_DIMENSIONS
from common.visit_columns import NOWHERE, Ints, Rows, begun_at, text_of

#: A visit's number is the day on which it began times this, and its rank among the visits that began then.
PER_DAY = 1 << 24

_OWN = [field for field in RAW if field.name != "before"]
_SUMS = {
    "duration": pa.int64(),
    "visit_pageviews": pa.int32(),
    "visit_events": pa.int32(),
    "visit_engaged": pa.int64(),
    "bounce": pa.bool_(),
}
#: Raw columns but `before`; the row's day and visit; dimensions of the visit; its sums, on its first row alone.
DERIVED: pa.Schema = pa.schema(
    [
        *_OWN,
        ("day", pa.int32()),
        ("visit", pa.int64()),
        ("first", pa.bool_()),
        *((f"visit_{name}", TEXT) for name in VISIT_DIMENSIONS),
        *((name, TEXT) for name in PATH_DIMENSIONS),
        *_SUMS.items(),
    ]
)


def derive(raw: pa.Table, zone: Calendar, days: range) -> pa.Table:
    """The rows of `days`, sorted by visit, time, seq and `order_of`.

    `raw` holds all events of `days` and of two days on either side. After: a visit of 24 hours may outlast a day of
    23. Before: visits that go on into `days`, and the day before that, so that what only went on over its midnight
    is not numbered as begun then. While someone never pauses all through the first day (`sessions.unbroken`), one
    day more is needed before it.
    """
    rows = Rows(raw, zone)
    begun = begun_at(rows)
    visit = _numbered(rows, begun)
    order = rows.ordered(np.arange(len(raw)), visit)
    visits = _Visits(rows, order, visit[order])
    inside = np.flatnonzero((rows.day[order] >= days.start) & (rows.day[order] < days.stop))
    at, place = order[inside], visits.place[inside]
    first = begun[at] == at
    columns = [rows.picked(field.name, at) for field in _OWN]
    columns += [pa.array(rows.day[at], pa.int32()), pa.array(visit[at]), pa.array(first)]
    for name in VISIT_DIMENSIONS:
        texts, codes = rows.coded(name)
        columns.append(text_of(texts, np.append(codes[visits.first], 0)[place]))
    texts, codes = rows.coded("page")
    for page in (visits.entry, visits.exit):
        columns.append(text_of(texts, np.append(codes, 0)[np.append(page, NOWHERE)[place]]))
    for kind, sums in zip(_SUMS.values(), visits.sums(), strict=True):
        columns.append(pa.array(np.where(first, np.append(sums, 0)[place], 0)).cast(kind))
    return pa.table(columns, schema=DERIVED)


def _numbered(rows: Rows, begun: Ints) -> Ints:
    """For every row the number of its visit."""
    firsts = np.flatnonzero(begun == np.arange(len(begun)))
    ranked = rows.ordered(firsts, np.zeros(len(firsts), dtype=np.int64))
    day = rows.day[ranked]
    number = np.full(len(begun) + 1, NOWHERE, dtype=np.int64)
    number[ranked] = day * PER_DAY + np.arange(len(day)) - np.searchsorted(day, day)
    return number[begun]


class _Visits:
    """Visits of sorted rows, those without one first: rows they begin with, and sums over their rows."""

    def __init__(self, rows: Rows, order: Ints, visit: Ints) -> None:
        begins = np.append(True, visit[1:] != visit[:-1])[: len(visit)] & (visit >= 0)
        self._rows, self._order, self._starts = rows, order, np.flatnonzero(begins)
        self.place = np.cumsum(begins) - 1  #: of each row's visit; NOWHERE before the first one
        self.first = order[self._starts]
        places = np.arange(len(order))
        view = rows.pageview[order]
        entry = np.minimum.reduceat(np.where(view, places, len(order)), self._starts)
        leave = np.maximum.reduceat(np.where(view, places, NOWHERE), self._starts)
        self.entry, self.exit = (np.append(order, [NOWHERE])[page] for page in (entry, leave))

    def sums(self) -> tuple[Ints, ...]:
        """The columns of _SUMS, for each visit."""
        rows, order, starts = self._rows, self._order, self._starts
        event, view = ~rows.signal[order], rows.pageview[order]
        time = rows.time[order]
        last = np.maximum.reduceat(np.where(event, time, np.iinfo(np.int64).min), starts)
        custom = event & ~view & rows.interactive[order]
        views, events, engaged, interactive = (
            np.add.reduceat(values, starts, dtype=np.int64) for values in (view, event, rows.engaged[order], custom)
        )
        return last - time[starts], views, events, engaged, (views == 1) & (interactive == 0)
