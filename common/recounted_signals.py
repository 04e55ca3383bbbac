"""Rows of signals within visits in, their rollup rows out: what `common.signals` counts, in columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from common.columns import whole
from common.events import ERROR, NONE, VITALS
from common.labels import Told, told
from common.rollups import EVENTS
from common.signals import MESSAGE
from common.tallies import Ints, Tally
from common.visit_columns import Rows
from common.vitals import bucket


def told_signals(source: Rows, at: Ints, days: range) -> Iterator[Told]:
    """Day, dimension, values and their METRICS of some rows of the days."""
    if not len(at):
        return
    types, codes = source.coded("type")
    for dimension in (VITALS, ERROR):
        place = types.index(dimension).as_py()
        rows = at[codes[at] == place] if place >= 0 else at[:0]
        if len(rows):
            yield from _told(source, rows, days, dimension)


def _told(source: Rows, rows: Ints, days: range, dimension: str) -> Iterator[Told]:
    column = whole(source.table["props"]).take(pa.array(rows))
    there = np.flatnonzero(column.is_valid().to_numpy(False))
    some = column.take(pa.array(there))
    ends = some.offsets.to_numpy()
    owner = np.repeat(there, np.diff(ends))
    keys, texts = (part[ends[0] : ends[-1]].dictionary_encode() for part in (some.keys, some.items))
    width = max(len(texts.dictionary), 1)
    pairs = keys.indices.to_numpy().astype(np.int64) * width + texts.indices.to_numpy()
    known, code = np.unique(pairs, return_inverse=True)
    names, listed = keys.dictionary.to_pylist(), texts.dictionary.to_pylist()
    labels = [_label(dimension, names[pair // width], listed[pair % width]) for pair in known.tolist()]
    places = {label: place for place, label in enumerate(sorted({NONE, *labels} - {""}))}
    counted = np.array([places.get(label, -1) for label in labels], dtype=np.int64)[code]
    owner, counted = owner[counted >= 0], counted[counted >= 0]
    if dimension == ERROR:  # each has a row, whatever it says
        silent = np.setdiff1d(np.arange(len(rows)), owner)
        owner, counted = np.append(owner, silent), np.append(counted, np.full(len(silent), places[NONE]))
    tally = Tally(days, len(places))
    tally.add(EVENTS, tally.key(source.day[rows[owner]], counted))
    yield from told(tally, dimension, list(places))


def _label(dimension: str, key: str, text: str) -> str:
    if dimension == ERROR:
        return (text or NONE) if key == MESSAGE else ""
    return bucket(key, text)
