"""A table of raw events in, the same events with the visit of each and what that visit is made of out. Pure.

The visit rule of common/sessions.py, for whole columns at once: sorted by visitor and time, a visit is a run of rows,
cut where nothing kept it alive for 30 minutes, and after 24 hours. Only visitors whose visit goes on under another id
are given to `sessions.assign` itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from common.calendars import LONGEST, PAUSE, Calendar
from common.columns import RAW, TEXT, events_of, whole
from common.events import CLICK, NONE, PAGEVIEW, PATH_DIMENSIONS, SIGNALS, VISIT_DIMENSIONS
from common.sessions import assign
from common.visits import order_of

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: A visit's number is the day on which it began times this, and its rank among the visits that began then.
PER_DAY = 1 << 24
#: The visit of a signal that found none.
NOWHERE = -1

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
    rows = _Rows(raw, zone)
    begun = _begun(rows)
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
        columns.append(_text(texts, np.append(codes[visits.first], 0)[place]))
    texts, codes = rows.coded("page")
    for page in (visits.entry, visits.exit):
        columns.append(_text(texts, np.append(codes, 0)[np.append(page, NOWHERE)[place]]))
    for kind, sums in zip(_SUMS.values(), visits.sums(), strict=True):
        columns.append(pa.array(np.where(first, np.append(sums, 0)[place], 0)).cast(kind))
    return pa.table(columns, schema=DERIVED)


class _Rows:
    """Columns of the raw table, in its order."""

    def __init__(self, raw: pa.Table, zone: Calendar) -> None:
        self.table = raw.unify_dictionaries().combine_chunks()
        self.time, self.seq, self.visitor, self.before, self.engaged = (
            whole(self.table[name]).to_numpy() for name in ("time", "seq", "visitor", "before", "engaged")
        )
        self.signal, self.click = self._is_type(*SIGNALS), self._is_type(CLICK)
        self.pageview = self._is_type(PAGEVIEW)
        self.interactive: Bools = whole(self.table["interactive"]).to_numpy(zero_copy_only=False)
        self.day = _days(self.time, zone)
        self._digests = np.full(len(raw), -1, dtype=np.int64)

    def _is_type(self, *types: str) -> Bools:
        column = whole(self.table["type"])
        return np.isin(column.dictionary.to_numpy(zero_copy_only=False), types)[column.indices.to_numpy()]  # type: ignore[no-any-return]

    def ordered(self, rows: Ints, group: npt.NDArray[np.int64 | np.uint64]) -> Ints:
        """Rows sorted by their group, then as `order_of` does, whose digest only rows of the same moment need."""
        by = np.lexsort((self.seq[rows], self.time[rows], group))
        rows, group = rows[by], group[by]
        same = np.ones(max(len(rows) - 1, 0), dtype=bool)
        for values in (group, self.time[rows], self.seq[rows]):
            same &= values[1:] == values[:-1]
        if same.any():
            after = np.append(False, same)
            tied = np.flatnonzero(after | np.append(same, False))
            again = np.lexsort((self._digest(rows[tied]), np.cumsum(~after)[tied]))
            rows[tied] = rows[tied[again]]
        return rows

    def _digest(self, rows: Ints) -> Ints:
        unknown = rows[self._digests[rows] < 0]
        self._digests[unknown] = [order_of(event)[2] for event in events_of(self.table.take(unknown))]
        return self._digests[rows]

    def picked(self, name: str, rows: Ints) -> pa.Array:
        """The column's values in some rows."""
        column = whole(self.table[name])
        if column.type == TEXT:
            return _text(column.dictionary, column.indices.to_numpy()[rows])
        return column.take(pa.array(rows))

    def coded(self, name: str) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """Values of a dimension, (none) the first of them, and each row's place among them."""
        column = whole(self.table[name])
        places = {NONE: 0}
        found = [places.setdefault(text or NONE, len(places)) for text in column.dictionary.to_pylist()]
        return pa.array(places), np.array(found, dtype=np.int32)[column.indices.to_numpy()]


def _days(time: Ints, zone: Calendar) -> Ints:
    if not len(time):
        return time
    known = np.arange(zone.day(int(time.min())), zone.day(int(time.max())) + 1)
    starts = np.array([zone.start(day) for day in known.tolist()])
    return known[np.searchsorted(starts, time, side="right") - 1]


def _text(texts: pa.Array, codes: npt.NDArray[np.int32]) -> pa.Array:
    """A column of texts. Those in no row are left out, so that a day's file says nothing of its neighbours."""
    used = np.zeros(len(texts), dtype=bool)
    used[codes] = True
    places = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return pa.DictionaryArray.from_arrays(pa.array(places[codes]), texts.filter(pa.array(used)))


def _begun(rows: _Rows) -> Ints:
    """For every row the row of its visit's first event."""
    order = rows.ordered(np.arange(len(rows.time)), rows.visitor)
    place = _cut(rows.time[order], rows.visitor[order], ~rows.signal[order], ~rows.click[order])
    begun = np.empty(len(order), dtype=np.int64)
    begun[order] = np.where(place < 0, NOWHERE, order[place])
    handed = np.flatnonzero(_handed(rows))
    events = events_of(rows.table.take(handed))
    ranks = sorted(range(len(events)), key=lambda rank: order_of(events[rank]))
    numbers = np.array(assign([events[rank] for rank in ranks])[1], dtype=np.int64)
    at = handed[ranks]
    _, firsts = np.unique(numbers[numbers >= 0], return_index=True)
    begun[at] = np.where(numbers < 0, NOWHERE, np.append(at[numbers >= 0][firsts], NOWHERE)[numbers])
    return begun


def _handed(rows: _Rows) -> Bools:
    """Rows of all visitors who are, or follow, another one: what `assign` must see together."""
    asking = np.flatnonzero(rows.before)
    asking = asking[np.isin(rows.before[asking], rows.visitor)]
    return np.isin(rows.visitor, np.append(rows.before[asking], rows.visitor[asking]))


def _cut(time: Ints, visitor: npt.NDArray[np.uint64], event: Bools, life: Bools) -> Ints:
    """For every row, sorted by visitor and time, the place of its visit's first event."""
    places = np.arange(len(time))
    alive = np.append(-1, np.maximum.accumulate(np.where(life, places, -1)))[:-1]
    change = np.append(True, visitor[1:] != visitor[:-1])[: len(places)]
    own = alive >= np.maximum.accumulate(np.where(change, places, 0))
    pause = ~own | (time - time[alive] > PAUSE)
    begin = np.maximum.accumulate(np.where(pause, places, 0))
    # An engagement that found no visit is among `alive`: rows up to the first event after it have no visit either way.
    events = np.append(np.where(event, places, len(places)), len(places))
    following = np.minimum.accumulate(events[::-1])[::-1]
    first = following[begin]
    begun = np.where(first <= places, first, NOWHERE)
    ends = np.append(np.flatnonzero(pause), len(places))
    for start in np.unique(begin[(begun >= 0) & (time - time[begun] > LONGEST)]):
        _cut_long(begun, time, following, start, ends[np.searchsorted(ends, start, side="right")])
    return begun


def _cut_long(begun: Ints, time: Ints, following: Ints, start: int, end: int) -> None:
    """Cut rows without a pause after every 24 hours, in place; the next visit begins with the next event."""
    first = following[start]
    while first < end:
        past = first + np.searchsorted(time[first:end], time[first] + LONGEST, side="right")
        begun[first:past] = first
        first = following[past]  # beyond `end`, only signals without a visit lie between
        begun[past:first] = NOWHERE


def _numbered(rows: _Rows, begun: Ints) -> Ints:
    """For every row the number of its visit."""
    firsts = np.flatnonzero(begun == np.arange(len(begun)))
    ranked = rows.ordered(firsts, np.zeros(len(firsts), dtype=np.int64))
    day = rows.day[ranked]
    number = np.full(len(begun) + 1, NOWHERE, dtype=np.int64)
    number[ranked] = day * PER_DAY + np.arange(len(day)) - np.searchsorted(day, day)
    return number[begun]


class _Visits:
    """Visits of sorted rows, those without one first: rows they begin with, and sums over their rows."""

    def __init__(self, rows: _Rows, order: Ints, visit: Ints) -> None:
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
