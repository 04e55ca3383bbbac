"""Links between pages by step in, places of nodes and ribbons out: the geometry of a flow from left to right. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from common.depth.paths import REST
from common.depth.transitions import ENTRY, EXIT

#: Width of a node, and the least height between two, in parts of the whole.
WIDTH, _GAP = 0.05, 0.032
_CURVE = 14
#: They stand below all others of their column.
_LAST = {REST: 1, ENTRY: 2, EXIT: 2}

Floats = npt.NDArray[np.float64]


class Node(NamedTuple):
    """A page in a column: what it is, how many visits come by, its bottom and height."""

    column: int
    name: str
    visits: int
    bottom: float
    height: float


class Link(NamedTuple):
    """A ribbon from a node to one of the next column: bottoms at its ends, and its height."""

    column: int
    origin: str
    target: str
    visits: int
    left: float
    right: float
    height: float


class Flow(NamedTuple):
    """All of a figure; heights are of 1."""

    nodes: list[Node]
    links: list[Link]
    columns: int
    lowest: float = 0.0  #: where the deepest column ends


def flow(frame: pd.DataFrame, back: bool) -> Flow:
    """Places for the rows of `Traffic.paths`; `back` begins at the right."""
    if frame.empty:
        return Flow([], [], 0)
    columns = int(frame["step"].max())
    begins = (columns - frame["step"] if back else frame["step"] - 1).to_numpy()
    rows = [
        (int(column), str(origin), str(target), int(visits))
        for column, origin, target, visits in zip(begins, frame["from"], frame["to"], frame["visits"], strict=True)
    ]
    sizes = _sizes(rows)
    most = max(sum(column.values()) for column in sizes.values())
    widest = max(len(column) for column in sizes.values())
    scale = max(1 - _GAP * (widest - 1), 0.3) / most
    nodes = {
        (node.column, node.name): node for number in sorted(sizes) for node in _stacked(number, sizes[number], scale)
    }
    lowest = min(node.bottom for node in nodes.values())
    return Flow(list(nodes.values()), _ribbons(rows, nodes, scale), columns + 1, lowest)


def _sizes(rows: list[tuple[int, str, str, int]]) -> dict[int, dict[str, int]]:
    """By column, the visits of each name: what comes in or goes out, whichever is more."""
    into: dict[tuple[int, str], int] = {}
    out: dict[tuple[int, str], int] = {}
    for column, origin, target, visits in rows:
        out[column, origin] = out.get((column, origin), 0) + visits
        into[column + 1, target] = into.get((column + 1, target), 0) + visits
    found: dict[int, dict[str, int]] = {}
    for column, name in {**out, **into}:
        found.setdefault(column, {})[name] = max(out.get((column, name), 0), into.get((column, name), 0))
    return found


def _stacked(column: int, sizes: dict[str, int], scale: float) -> list[Node]:
    """Nodes of a column from the top, largest first."""
    top, nodes = 1.0, []
    for name in sorted(sizes, key=lambda name: (_LAST.get(name, 0), -sizes[name], name)):
        height = sizes[name] * scale
        nodes.append(Node(column, name, sizes[name], top - height, height))
        top -= height + _GAP
    return nodes


def _ribbons(rows: list[tuple[int, str, str, int]], nodes: dict[tuple[int, str], Node], scale: float) -> list[Link]:
    """Ribbons that leave and reach their nodes in the order of what they lead to, so that few cross."""
    ends: list[list[float]] = [[0.0, 0.0] for _ in rows]
    for side in (0, 1):
        own = [nodes[column + side, target if side else origin] for column, origin, target, _ in rows]
        other = [nodes[column + 1 - side, origin if side else target] for column, origin, target, _ in rows]
        used: dict[Node, float] = {}
        for place in sorted(range(len(rows)), key=[-node.bottom for node in other].__getitem__):
            node = own[place]
            used[node] = used.get(node, 0.0) + rows[place][3] * scale
            ends[place][side] = node.bottom + node.height - used[node]
    return [Link(*row, left, right, row[3] * scale) for row, (left, right) in zip(rows, ends, strict=True)]


def outline(link: Link) -> tuple[Floats, Floats]:
    """The closed outline of a ribbon."""
    along, low = centre(link)
    low = low - link.height / 2
    return np.concatenate([along, along[::-1]]), np.concatenate([low, low[::-1] + link.height])


def centre(link: Link, points: int = _CURVE) -> tuple[Floats, Floats]:
    """The line in the middle of a ribbon."""
    part = np.linspace(0, 1, points)
    eased = part * part * (3 - 2 * part)
    along = link.column + WIDTH / 2 + part * (1 - WIDTH)
    return along, link.left + link.height / 2 + eased * (link.right - link.left)
