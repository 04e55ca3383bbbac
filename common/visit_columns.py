"""A table of raw events in, its columns and the row with which each row's visit began out: the visit rule. Pure.

The rule of common/sessions.py, for whole columns at once: sorted by visitor and time, a visit is a run of rows, cut
where nothing kept it alive for 30 minutes, and after 24 hours. Only visitors whose visit goes on under another id are
given to `sessions.assign` itself.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from common.calendars import LONGEST, PAUSE, Calendar, calendar
from common.columns import TEXT, events_of, whole
from common.events import ENGAGEMENT, NONE, PAGEVIEW, SIGNALS
from common.sessions import assign
from common.tallies import changes
from common.visits import order_of

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.uint64]

#: The visit of a signal that found none.
NOWHERE = -1


class Rows:
    """Columns of the raw table, in its order."""

    def __init__(self, raw: pa.Table, zone: Calendar) -> None:
        self._zone = zone
        self.table = raw.unify_dictionaries().combine_chunks()
        self.time, self.seq, self.visitor, self.before, self.engaged = (
            whole(self.table[name]).to_numpy() for name in ("time", "seq", "visitor", "before", "engaged")
        )
        self.signal, self.engagement = self._is_type(*SIGNALS), self._is_type(ENGAGEMENT)
        self.pageview, self.life = self._is_type(PAGEVIEW), ~self.signal | self.engagement
        self.interactive: Bools = whole(self.table["interactive"]).to_numpy(zero_copy_only=False)
        self._digests = np.full(len(raw), -1, dtype=np.int64)

    @cached_property
    def day(self) -> Ints:
        """The local day of every row."""
        return days_of(self.time, self._zone)

    @cached_property
    def _is_chronological(self) -> bool:
        """Whether rows lie by time and seq, as those of settled days do."""
        later = np.diff(self.time)
        return bool(((later > 0) | ((later == 0) & (np.diff(self.seq) >= 0))).all())

    def _is_type(self, *types: str) -> Bools:
        column = whole(self.table["type"])
        return np.isin(column.dictionary.to_numpy(zero_copy_only=False), types)[column.indices.to_numpy()]  # type: ignore[no-any-return]

    def ordered(self, rows: Ints, group: npt.NDArray[np.int64 | np.uint64]) -> Ints:
        """Rows sorted by their group, then as `order_of` does, whose digest only rows of the same moment need."""
        if self._is_chronological and (rows[1:] > rows[:-1]).all():
            by = np.argsort(group, kind="stable")
        else:
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
            return text_of(column.dictionary, column.indices.to_numpy()[rows])
        return column.take(pa.array(rows))

    def coded(self, name: str) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """Values of a dimension, (none) the first of them, and each row's place among them."""
        column = whole(self.table[name])
        places = {NONE: 0}
        found = [places.setdefault(text or NONE, len(places)) for text in column.dictionary.to_pylist()]
        return pa.array(places), np.array(found, dtype=np.int32)[column.indices.to_numpy()]


def text_of(texts: pa.Array, codes: npt.NDArray[np.int32]) -> pa.Array:
    """A column of texts. Those in no row are left out, so that a day's file says nothing of its neighbours."""
    used = np.zeros(len(texts), dtype=bool)
    used[codes] = True
    places = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return pa.DictionaryArray.from_arrays(pa.array(places[codes]), texts.filter(pa.array(used)))


def in_order(raw: pa.Table) -> pa.Table:
    """The rows as `order_of` sorts them."""
    rows, places = Rows(raw, calendar("UTC")), np.arange(len(raw))
    order = rows.ordered(places, np.zeros(len(raw), dtype=np.int64))
    return rows.table if np.array_equal(order, places) else rows.table.take(pa.array(order))


def days_of(time: Ints, zone: Calendar) -> Ints:
    """The local day of every time."""
    if not len(time):
        return time
    known = np.arange(zone.day(int(time.min())), zone.day(int(time.max())) + 1)
    starts = np.array([zone.start(day) for day in known.tolist()])
    return known[np.searchsorted(starts, time, side="right") - 1]


def begun_at(rows: Rows) -> Ints:
    """For every row the row of its visit's first event."""
    order = rows.ordered(np.arange(len(rows.time)), rows.visitor)
    place = cut(rows.time[order], rows.visitor[order], ~rows.signal[order], rows.life[order])
    begun = np.empty(len(order), dtype=np.int64)
    begun[order] = np.where(place < 0, NOWHERE, order[place])
    handed = np.flatnonzero(handed_over(rows.visitor, rows.before))
    events = events_of(rows.table.take(handed))
    ranks = sorted(range(len(events)), key=lambda rank: order_of(events[rank]))
    numbers = np.array(assign([events[rank] for rank in ranks])[1], dtype=np.int64)
    at = handed[ranks]
    _, firsts = np.unique(numbers[numbers >= 0], return_index=True)
    begun[at] = np.where(numbers < 0, NOWHERE, np.append(at[numbers >= 0][firsts], NOWHERE)[numbers])
    return begun


def handed_over(visitor: Ids, before: Ids) -> Bools:
    """Rows of all visitors who are, or follow, another one: what `assign` must see together."""
    asking = np.flatnonzero(before)
    known = np.unique(before[asking])
    known = known[np.unique(_places(known, visitor)[0])]
    asking = asking[_places(known, before[asking])[1]]
    return _places(np.unique(np.append(known, visitor[asking])), visitor)[1]


def _places(few: Ids, many: Ids) -> tuple[Ints, Bools]:
    """Where those of many lie that are among few, sorted ones; and of every one whether it is."""
    if not len(few):
        return np.zeros(0, dtype=np.int64), np.zeros(len(many), dtype=bool)
    places = np.minimum(np.searchsorted(few, many), len(few) - 1)
    found = few[places] == many
    return places[found], found


def apart(raw: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows of visitors who are themselves throughout, and those of all others."""
    visitor, before = (whole(raw[name]).to_numpy() for name in ("visitor", "before"))
    handed = handed_over(visitor, before)
    if not handed.any():
        return raw, raw.slice(0, 0)
    return raw.filter(pa.array(~handed)), raw.filter(pa.array(handed))


def never_paused(raw: pa.Table, begin: int, end: int) -> bool:
    """`sessions.unbroken` for a table."""
    time, visitor = (whole(raw[name]).to_numpy() for name in ("time", "visitor"))
    inside = (time >= begin) & (time < end)
    time, visitor = time[inside], visitor[inside]
    order = np.lexsort((time, visitor))
    time, begins = time[order], np.flatnonzero(changes(visitor[order]))
    if not len(time):
        return False
    gaps = np.diff(time, prepend=begin)
    gaps[begins] = time[begins] - begin
    lasts = np.append(begins[1:], len(time)) - 1
    return bool((np.logical_and.reduceat(gaps <= PAUSE, begins) & (end - time[lasts] <= PAUSE)).any())


def cut(time: Ints, visitor: npt.NDArray[np.uint64], event: Bools, life: Bools) -> Ints:
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
