"""Stored rows and rows counted again in, what a rebuild would change out: by day and metric, and by value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from common import keys
from common.rollups import METRICS

Rows = Mapping[str, Sequence[int]]
#: Dimensions that a preview passes over: `class` tells the same in fewer words.
_FINE = {"step", "hour", "shape", "dropped"}
#: What is told of a value: the rest follows from it.
_TOLD = ("pageviews", "visits", "visitors")
_NOTHING = [0] * len(METRICS)


class Change(NamedTuple):
    """A value's metric before and after."""

    value: str
    metric: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.value}: {self.metric} {self.before:,} -> {self.after:,}"


@dataclass
class Preview:
    """What changes: of every day its totals, of all days together the values of each dimension."""

    looked: int = 0  #: days
    days: dict[int, list[Change]] = field(default_factory=dict)
    _before: dict[str, list[int]] = field(default_factory=dict)
    _after: dict[str, list[int]] = field(default_factory=dict)

    def add(self, day: int, before: Rows, after: Rows) -> None:
        """Compare a day."""
        self.looked += 1
        totals = sorted({name for name in (*before, *after) if name.startswith("class=")})
        found = [change for name in totals for change in _changes(name[6:], before.get(name), after.get(name))]
        if found:
            self.days[day] = found
        for rows, sums in ((before, self._before), (after, self._after)):
            for name, row in rows.items():
                known = sums.get(name)
                sums[name] = list(row) if known is None else [a + b for a, b in zip(known, row, strict=True)]

    def dimensions(self) -> dict[str, list[Change]]:
        """By dimension the values that change, the most changed first."""
        found: dict[str, list[Change]] = {}
        for name in sorted(self._before.keys() | self._after.keys()):
            dimension, value = keys.split_field(name)
            if dimension in _FINE or dimension == "class":
                continue
            changes = [c for c in _changes(value, self._before.get(name), self._after.get(name)) if c.metric in _TOLD]
            if changes:
                found.setdefault(dimension, []).extend(changes)
        for changes in found.values():
            changes.sort(key=lambda change: (-abs(change.after - change.before), change.value))
        return found

    def report(self, most: int = 10) -> Iterator[str]:
        """For people: `most` lines of days, and of every dimension."""
        dimensions = self.dimensions()
        if not self.days and not dimensions:
            yield f"nothing would change on {self.looked:,} days"
            return
        yield f"{len(self.days):,} of {self.looked:,} days would change in their totals"
        for day in sorted(self.days)[:most]:
            yield f"  {keys.iso(day)}  {'; '.join(map(str, self.days[day]))}"
        if len(self.days) > most:
            yield f"  and {len(self.days) - most:,} days more"
        for dimension, changes in dimensions.items():
            yield f"{dimension}: {len({change.value for change in changes}):,} values would change"
            yield from (f"  {change}" for change in changes[:most])
            if len(changes) > most:
                yield f"  and {len(changes) - most:,} figures more"


def _changes(value: str, before: Sequence[int] | None, after: Sequence[int] | None) -> list[Change]:
    pairs = zip(METRICS, before or _NOTHING, after or _NOTHING, strict=True)
    return [Change(value, metric, old, new) for metric, old, new in pairs if old != new]
