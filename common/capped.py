"""All rows of a day in, the rows that are kept out: the largest of each dimension, the rest summed in `(other)`."""

from __future__ import annotations

import numpy as np

from common.arrays import Array, arrays, listed
from common.arrays import Rows as Arrays
from common.events import OTHER
from common.keys import field, split_field
from common.rollups import EVENTS, PAGEVIEWS, PROP_KEYS, VISITS, cap_of

Rows = dict[str, list[int]]


def capped(rows: Rows) -> Rows:
    """Cut every dimension to its cap by pageviews, events, visits, then name; empty rows are left out."""
    dimensions: dict[str, list[str]] = {}
    kept: Rows = {}
    for name, values in rows.items():
        if any(values):
            dimensions.setdefault(split_field(name)[0], []).append(name)
    for dimension, names in _fold_keys(dimensions, rows).items():
        cap = cap_of(dimension)
        ordered = sorted(names, key=lambda name: _size(rows[name], name)) if cap and len(names) > cap else names
        for place, name in enumerate(ordered):
            if not cap or place < cap or name == field(dimension, OTHER):
                _add(kept, name, rows[name])
            else:
                _add(kept, field(dimension, OTHER), rows[name])
    return kept


def capped_arrays(rows: Arrays) -> Arrays:
    """The same of rows by dimension."""
    if sum(dimension.startswith("prop:") for dimension in rows) > PROP_KEYS:
        return arrays(capped(listed(rows)).items())
    return {dimension: _cut(dimension, *found) for dimension, found in rows.items()}


def _cut(dimension: str, names: list[str], array: Array) -> tuple[list[str], Array]:
    cap = cap_of(dimension)
    if not cap or len(names) <= cap:
        return names, array
    by_name = np.empty(len(names), dtype=np.int64)
    by_name[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    order = np.lexsort((by_name, *(-array[:, metric] for metric in (VISITS, EVENTS, PAGEVIEWS))))
    other = names.index(OTHER) if OTHER in names else -1
    rest = order[cap:] if other < 0 else np.union1d(order[cap:], [other])
    kept = np.setdiff1d(order[:cap], rest)
    return [*(names[at] for at in kept.tolist()), OTHER], np.vstack([array[kept], array[rest].sum(axis=0)])


def _fold_keys(dimensions: dict[str, list[str]], rows: Rows) -> dict[str, list[str]]:
    """Properties beyond PROP_KEYS keys become `prop=(other)`."""
    props = [name for name in dimensions if name.startswith("prop:")]
    if len(props) <= PROP_KEYS:
        return dimensions
    props.sort(key=lambda dim: (-sum(rows[name][EVENTS] for name in dimensions[dim]), dim))
    rest = field("prop", OTHER)
    for dimension in props[PROP_KEYS:]:
        for name in dimensions.pop(dimension):
            _add(rows, rest, rows[name])
    dimensions["prop"] = [rest]
    return dimensions


def _size(values: list[int], name: str) -> tuple[int, int, int, str]:
    return (-values[PAGEVIEWS], -values[EVENTS], -values[VISITS], name)


def _add(rows: Rows, name: str, values: list[int]) -> None:
    known = rows.get(name)
    rows[name] = list(values) if known is None else [a + b for a, b in zip(known, values, strict=True)]
