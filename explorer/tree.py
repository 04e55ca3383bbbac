"""Visits by a channel, its sources and their campaigns in, where each of them lies in a tree of columns out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

#: What is less than this share of all is drawn together with its like.
LEAST = 0.004


class Cell(NamedTuple):
    """One value within those it is of: the values from the first level to its own, its visits and place; all of the
    tree is 1 high, and the first cell is on top.
    """

    path: tuple[str, ...]
    visits: int
    bottom: float
    height: float
    root: int  #: which of the first level it belongs to
    within: int  #: visits of what it is a part of
    several: int = 0  #: how many small values it stands for; 0 for one, which its path then names

    @property
    def depth(self) -> int:
        """Its level, from 0."""
        return len(self.path) - 1 if not self.several else len(self.path)


def cells(frame: pd.DataFrame, levels: Sequence[str]) -> list[Cell]:
    """Every cell, those of a level from top to bottom. `frame` has a row a combination of values, and `visits`."""
    total = int(frame["visits"].sum())
    return _below(frame, levels, (), 1.0, max(total, 1), 0) if total else []


def _below(
    frame: pd.DataFrame, levels: Sequence[str], path: tuple[str, ...], top: float, total: int, root: int
) -> list[Cell]:
    """The cells of what lies below a path, whose upper end is `top`."""
    if len(path) == len(levels):
        return []
    name, within = levels[len(path)], int(frame["visits"].sum())
    counted = frame.groupby(name)["visits"].sum()
    sums = counted[counted > 0].reset_index().sort_values(["visits", name], ascending=[False, True])
    large = sums[sums["visits"] >= LEAST * total] if (sums["visits"] < LEAST * total).sum() > 1 else sums
    found: list[Cell] = []
    for number, (value, visits) in enumerate(zip(large[name], large["visits"], strict=True)):
        height, own = int(visits) / total, number if not path else root
        found.append(Cell((*path, str(value)), int(visits), top - height, height, own, within))
        found += _below(frame[frame[name] == value], levels, (*path, str(value)), top, total, own)
        top -= height
    rest = within - int(large["visits"].sum())
    if rest:
        own, several = (root if path else len(large)), len(sums) - len(large)
        found.append(Cell(path, rest, top - rest / total, rest / total, own, within, several))
    return found
