"""A table of raw events in, every rollup row of its days out: what `common.visits.fold` counts, in columns. Pure.

Rows are sorted by visitor and time, so that a visitor, a visit, and a visit's part of a day are runs of rows. What is
distinct among few rows of a run is found by comparing neighbours, and looked up only where a run holds several.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from common.arrays import Rows
from common.calendars import Calendar
from common.columns import whole
from common.events import NONE, VISIT_DIMENSIONS
from common.labels import Labels, Told, told
from common.recounted_signals import told_signals
from common.rollups import (
    BOUNCES,
    DURATION,
    ENGAGED,
    EVENTS,
    PAGEVIEWS,
    REVENUE,
    SCROLL,
    SCROLLED,
    SHAPE_ENGAGED,
    SHAPE_PAGEVIEWS,
    VISITORS,
    VISITS,
    shape,
)
from common.tallies import Codes, Ints, Tally, firsts, new_of
from common.visit_runs import VisitRuns

#: More than a day has steps.
_STEPS = 128
_SHAPES = [
    shape(views, engaged, interactive)
    for views in range(len(SHAPE_PAGEVIEWS))
    for engaged in (0, 1_000, 10_000, 30_000)
    for interactive in (False, True)
]


def recounted(raw: pa.Table, zone: Calendar, days: range) -> dict[int, Rows]:
    """The rows of `days`. `raw` holds all events of the visits that reach into them or begin in them, of visitors of
    whom none goes on under another's id (`visit_columns.apart`).
    """
    counting, out = _Counting(raw, zone, days), dict[int, Rows]()
    for day, dimension, values, array in counting.rows():
        out.setdefault(day, {})[dimension] = (values, array)
    return out


class _Counting(VisitRuns):
    """What is counted of them."""

    def rows(self) -> Iterator[Told]:
        """Day, dimension, values and their METRICS."""
        classes = self.classes.to_pylist()
        yield from self._labels()
        yield from self._cells(classes)
        for dimension, column in (("page", "page"), ("hostname", "hostname"), ("event", "type")):
            yield from self._values(dimension, column)
        yield from self._props()
        yield from self._money()
        yield from told_signals(self.source, self.told[self.is_inside(self.source.day[self.told])], self.days)
        shapes = Tally(self.days, len(_SHAPES))
        some = self.first[self.human[self.first] & self.inside[self.first]]
        shapes.add(VISITS, shapes.key(self.day[some], self._shape()[self.visit[some]]))
        yield from told(shapes, "shape", _SHAPES)
        local = Tally(self.days, 1)
        salted = self.event & self.inside & whole(self.source.table["salt_local"]).to_numpy(False)[self.at]
        local.add(EVENTS, local.key(self.day[salted], np.zeros(1, dtype=np.int64)))
        yield from told(local, "salt", ["local"])
        lost = Tally(self.days, 1)
        lost.add(EVENTS, lost.key(self.lost[self.is_inside(self.lost)], np.zeros(1, dtype=np.int64)))
        yield from told(lost, "dropped", ["no_visit"])

    def _shape(self) -> Ints:
        seconds = np.searchsorted([1_000, 10_000, 30_000], self.attention, side="right")
        return (np.minimum(self.views, 3) * len(SHAPE_ENGAGED) + seconds) * 2 + self.active

    def _labels(self) -> Iterator[Told]:
        """Rows under which a visit and all its events are counted. Bots have totals only."""
        begins, event, at = self.parts, self.event, self.at
        sums = {
            metric: np.add.reduceat(values, begins, dtype=np.int64)
            for metric, values in ((PAGEVIEWS, self.view), (EVENTS, event), (ENGAGED, self.engaged))
        }
        visit, first = self.visit[begins], self.first
        begun = begins == first[visit]
        whole_visit = {VISITS: begun, BOUNCES: begun & self.bounce[visit], DURATION: begun * self.duration[visit]}
        parts = (self.days, self.day[begins], visit, self.person[begins], sums | whole_visit)
        inside = self.inside[begins]
        yield from Labels.of(*parts, inside).rows("class", self.classes.to_pylist(), self.class_[first])
        table = Labels.of(*parts, inside & self.human[begins])
        texts, codes = self.source.coded("page")
        pages, places = np.append(codes[at], 0), np.arange(len(at))
        entry = np.minimum.reduceat(np.where(self.view, places, len(at)), first)
        leave = np.maximum.reduceat(np.where(self.view, places, -1), first)
        yield from table.rows("entry_page", texts.to_pylist(), pages[entry])
        yield from table.rows("exit_page", texts.to_pylist(), pages[leave])
        for name in VISIT_DIMENSIONS:
            texts, codes = self.source.coded(name)
            yield from table.rows(name, texts.to_pylist(), codes[at[first]])

    def _cells(self, classes: list[str]) -> Iterator[Told]:
        """Steps and hours of each class."""
        steps, hours = (Tally(self.days, len(classes) * _STEPS) for _ in range(2))
        names = [f"{name}.{step}" for name in classes for step in range(_STEPS)]
        kind = self.class_.astype(np.int64) * _STEPS
        key = steps.key(self.day, kind + self.step)
        some = self.event & self.inside
        steps.add(PAGEVIEWS, key[some], self.view[some])
        steps.add(EVENTS, key[some])
        heard = ~self.event & self.inside
        steps.add(ENGAGED, key[heard], self.engaged[heard])
        begun = self.first[self.inside[self.first]]
        visit = self.visit[begun]
        steps.add(VISITS, key[begun])
        steps.add(BOUNCES, key[begun], self.bounce[visit])
        steps.add(DURATION, key[begun], self.duration[visit])
        seen = np.flatnonzero(some)
        bars = np.array([_bars(self.zone, day) for day in self.days]).reshape(-1, _STEPS)
        bar = bars[self.day[seen] - self.days.start, self.step[seen]]
        steps.add(VISITORS, key[seen[firsts(self.person[seen], self.step[seen])]])
        new = firsts(self.person[seen], bar)
        hours.add(VISITORS, hours.key(self.day[seen[new]], kind[seen[new]] + bar[new]))
        yield from told(steps, "step", names)
        yield from told(hours, "hour", names)

    def _values(self, dimension: str, column: str) -> Iterator[Told]:
        """A dimension of single events."""
        texts, codes = self.source.coded(column)
        code, tally = codes[self.at], Tally(self.days, len(texts))
        self._count(tally, np.flatnonzero(self.event & self.human), code)
        if column != "type":
            heard = np.flatnonzero(~self.event & self.human & self.inside)
            tally.add(ENGAGED, tally.key(self.day[heard], code[heard]), self.engaged[heard])
            if column == "page":
                self._count_depths(tally, heard, code)
        yield from told(tally, dimension, texts.to_pylist())

    def _count(self, tally: Tally, rows: Ints, code: Codes) -> None:
        """Events of some rows by the codes of all rows."""
        self._count_codes(tally, rows, code[rows])

    def _count_codes(self, tally: Tally, rows: Ints, code: Codes) -> None:
        """Events of some rows by their codes; a row may have several."""
        inside = self.inside[rows]
        key = tally.key(self.day[rows], code)
        tally.add(PAGEVIEWS, key[inside], self.view[rows[inside]])
        tally.add(EVENTS, key[inside])
        new = firsts(self.part[rows], code)
        rows, code, key = rows[new], code[new], key[new]
        person, visit = self.person[rows], self.visit[rows]
        seen = self.inside[rows] & new_of(person, self.often[person], code)
        tally.add(VISITORS, key[seen])
        begun = self.day[self.first[visit]]
        seen = self.is_inside(begun) & new_of(visit, self.parted[visit], code)
        tally.add(VISITS, tally.key(begun[seen], code[seen]))

    def _count_depths(self, tally: Tally, heard: Ints, code: Codes) -> None:
        """The greatest depth of each visit, day and page."""
        scroll = whole(self.source.table["scroll"]).to_numpy()[self.at[heard]].astype(np.int64)
        rows, scroll = heard[scroll >= 0], scroll[scroll >= 0]
        size = int(code.max()) + 1 if len(code) else 1
        cells, places = np.unique(self.part[rows] * size + code[rows], return_inverse=True)
        deepest = np.zeros(len(cells), dtype=np.int64)
        np.maximum.at(deepest, places, scroll)
        key = tally.key(self.day[self.parts[cells // size]], cells % size)
        tally.add(SCROLL, key, deepest)
        tally.add(SCROLLED, key)

    def _props(self) -> Iterator[Told]:
        column = whole(self.source.table["props"])
        there = column.is_valid().to_numpy(False)[self.at]
        rows = np.flatnonzero(there & self.event & self.human)
        if not len(rows):
            return
        some = column.take(pa.array(self.at[rows]))
        ends = some.offsets.to_numpy()
        names, values = (part[ends[0] : ends[-1]].dictionary_encode() for part in (some.keys, some.items))
        pairs = names.indices.to_numpy().astype(np.int64) * max(len(values.dictionary), 1) + values.indices.to_numpy()
        there, code = np.unique(pairs, return_inverse=True)
        keys_, texts = names.dictionary.to_pylist(), [text or NONE for text in values.dictionary.to_pylist()]
        pairs_ = [(keys_[pair // len(texts)], texts[pair % len(texts)]) for pair in there.tolist()]
        places = {pair: place for place, pair in enumerate(sorted(set(pairs_)))}  # "" and (none) are one value
        code = np.array([places[pair] for pair in pairs_], dtype=np.int64)[code]
        tally, listed = Tally(self.days, len(places)), list(places)
        self._count_codes(tally, np.repeat(rows, np.diff(ends)), code)
        for day, codes, array in tally.sums():
            named_pairs = [listed[place] for place in codes.tolist()]
            edges = [at for at, (name, _) in enumerate(named_pairs) if not at or named_pairs[at - 1][0] != name]
            for begin, end in zip(edges, [*edges[1:], len(named_pairs)], strict=True):
                yield day, f"prop:{named_pairs[begin][0]}", [v for _, v in named_pairs[begin:end]], array[begin:end]

    def _money(self) -> Iterator[Told]:
        currencies, codes = self.source.coded("currency")
        paid = np.flatnonzero((codes[self.at] > 0) & self.event & self.human & self.inside)
        if not len(paid):
            return
        types, kinds = self.source.coded("type")
        tally = Tally(self.days, len(currencies) * len(types))
        key = tally.key(self.day[paid], codes[self.at[paid]].astype(np.int64) * len(types) + kinds[self.at[paid]])
        tally.add(EVENTS, key)
        tally.add(REVENUE, key, whole(self.source.table["amount"]).to_numpy()[self.at[paid]])
        yield from told(tally, "revenue", [f"{c}.{t}" for c in currencies.to_pylist() for t in types.to_pylist()])


def _bars(zone: Calendar, day: int) -> list[int]:
    """For every step of a day the step at which its hour bar begins."""
    bars = zone.hours(day)
    return [*bars, *[0] * (_STEPS - len(bars))]
