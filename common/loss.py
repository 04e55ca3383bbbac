"""Ids of batches by the day they came in, how many batches never came out. Pure.

Batches of a page are numbered from 0 (`common/run_ids.py`): where 2 came and 1 did not, 1 was lost. What comes late
takes its gap back. That the last batches of a page were lost, or all of them, cannot be seen: `Counts.lost` takes them
to be lost as often as those before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from common.run_ids import NUMBER_SHIFT, OPENED_SHIFT, RUN, UNNUMBERED

Ids = npt.NDArray[np.uint64]
#: Of one gap at most so many count: an hour of a page that has something to tell all the time. Numbers can be made up.
MOST_OF_A_GAP = 360
#: Bytes of an id, and of one with its owner.
PLAIN, OWNED = 8, 12


class Counts(NamedTuple):
    """Batches of a day. Rates are of those that a later one of their page followed: only these can be seen to lack."""

    batches: int = 0  #: that came, each once
    followed: int = 0  #: those of them that came before another one
    missing: int = 0  #: that did not come, and another one did after them

    @property
    def rate(self) -> float:
        """The share of batches that was lost, 0 to 1; NaN where none can be told of."""
        seen = self.followed + self.missing
        return self.missing / seen if seen else float("nan")

    @property
    def lost(self) -> float:
        """How many were lost, the last ones of each page and pages of which nothing came included."""
        return self.batches * self.missing / self.followed if self.followed else float(self.missing)

    def plus(self, other: Counts, times: int = 1) -> Counts:
        """Both together, the other one `times` over."""
        return Counts(*(mine + times * theirs for mine, theirs in zip(self, other, strict=True)))


def unpacked(packed: Iterable[bytes], width: int = PLAIN) -> Ids:
    """Ids as they lie in the state hash, one behind the other."""
    joined = b"".join(packed)
    held = np.dtype([("id", ">u8"), ("owner", f"V{width - PLAIN}")]) if width > PLAIN else np.dtype([("id", ">u8")])
    return np.frombuffer(joined[: len(joined) // width * width], held)["id"].astype(np.uint64)


def counts(ids: Mapping[int, Ids], since: int) -> dict[int, Counts]:
    """What was lost, by UTC day of receipt; for each day those before and after it are to be there, too.

    A gap belongs to the day of the batch after it. `since` is the first day whose ids tell their numbers.
    """
    known = {day: of_day for day, of_day in ids.items() if day >= since}
    if not known:
        return {}
    day = np.concatenate([np.full(len(of_day), day) for day, of_day in known.items()])
    all_ids = np.concatenate(list(known.values()))
    number = (all_ids >> np.uint64(NUMBER_SHIFT)).astype(np.int64)
    run, opened = all_ids & np.uint64(RUN), (all_ids >> np.uint64(OPENED_SHIFT)).astype(np.int64) & 7
    # A batch that came twice counts on the day it came first.
    order = np.lexsort((day, number, run))
    order = order[number[order] != UNNUMBERED]
    day, number, run, opened = day[order], number[order], run[order], opened[order]
    fresh = _changes(run, number)
    day, number, run, opened = day[fresh], number[fresh], run[fresh], opened[fresh]
    first = _changes(run)
    gap = number - np.where(first, 0, np.roll(number, 1) + 1)
    # Of a page that was opened before the days that are looked at, what came first is gone already.
    whole = (opened == day % 8) | ((opened == (day - 1) % 8) & np.isin(day - 1, list(known)))
    gap = np.minimum(np.where(first & ~whole, 0, gap), MOST_OF_A_GAP)
    return {
        one: Counts(int(here.sum()), int((here & ~first).sum()), int(gap[here].sum()))
        for one in known
        if (here := day == one) is not None
    }


def _changes(*sorted_values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where a value differs from the one before it; the first one does."""
    changed = np.zeros(len(sorted_values[0]), bool)
    changed[:1] = True
    for values in sorted_values:
        changed[1:] |= values[1:] != values[:-1]
    return changed
