"""Derived rows and a page in, where on it people clicked out: in px, in parts of the viewport, or of an element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from common.depth import where as sql
from common.depth.relation import Relation
from common.events import CLICK, NONE

#: The viewport's class at the click: a window may be another one than where the visit began. Files leave out what is
#: the visit's.
VIEWPORT = "COALESCE(NULLIF(screen, ''), visit_screen)"


class Grid(NamedTuple):
    """SQL for the cell of a click, by the names of its columns; and which clicks have one."""

    cells: dict[str, str]
    placed: str


_PX_DOWN = "(y // $cell * $cell)::INTEGER"
#: Windows are rounded, and pages may be wider than they are: what lies beyond belongs to the last part.
_PART = "least(x * $parts // nullif(width, 0), $parts - 1) / $parts::DOUBLE"
GRIDS = {
    "px": Grid({"x": "(x // $cell * $cell)::INTEGER", "y": _PX_DOWN}, "x >= 0 AND y >= 0"),
    "page": Grid({"viewport": VIEWPORT, "x": _PART, "y": _PX_DOWN}, "x >= 0 AND y >= 0 AND width > 0"),
    "element": Grid(
        {
            "target": f"CASE WHEN target = '' THEN '{NONE}' ELSE target END",
            "across": "100 * (least(across * $parts // 100, $parts - 1) / $parts::DOUBLE)",
            "down": "100 * (least(down * $parts // 100, $parts - 1) / $parts::DOUBLE)",
        },
        "across >= 0 AND down >= 0",
    ),
}


def heatmap(
    relation: Relation,
    days: Sequence[int],
    page: str,
    where: Mapping[str, list[str]],
    cell: int = 20,
    mode: str = "px",
    parts: int = 20,
) -> tuple[pd.DataFrame, int]:
    """One row a cell with a click in it, most clicks first, and how many clicks have none; see `Traffic.heatmap`."""
    _check(cell, mode, parts)
    grid, params = GRIDS[mode], sql.Params()
    chosen = sql.conditions({name: values for name, values in where.items() if name != "screen"})
    clicks = f"{sql.IN_DAYS} AND visit >= 0 AND type = '{CLICK}' AND page = $page AND {chosen.both}"
    if "screen" in where:
        clicks += f" AND {sql.one_of(VIEWPORT, where['screen'], 'viewport', params)}"
    params |= {**chosen.params, **sql.span(days), "page": page, "cell": cell, "parts": parts}
    columns, named = ", ".join(f"{value} AS {name}" for name, value in grid.cells.items()), ", ".join(grid.cells)
    statement = f"""
        SELECT {named}, placed, sum(clicks)::BIGINT AS clicks, count(*) AS visitors
        FROM (SELECT {columns}, COALESCE({grid.placed}, false) AS placed, day, visitor, count(*) AS clicks
            FROM {{rows}} WHERE {clicks} GROUP BY ALL)
        GROUP BY {named}, placed"""
    found = relation.ask(statement, params)
    placed = found["placed"].astype(bool)
    found, left_out = found[placed], int(found["clicks"][~placed].sum())
    order = ["clicks", *reversed(grid.cells)]
    found = found.sort_values(order, ascending=[False, *[True] * len(grid.cells)]).reset_index(drop=True)
    share = found["clicks"] / max(found["clicks"].sum(), 1)
    return found.assign(share=share)[[*grid.cells, "clicks", "visitors", "share"]], left_out


def _check(cell: int, mode: str, parts: int) -> None:
    if mode not in GRIDS:
        raise ValueError(f"mode={mode!r}: expected one of {', '.join(GRIDS)}")
    if isinstance(cell, bool) or not isinstance(cell, int) or cell < 1:
        raise ValueError(f"cell={cell!r}: expected px, at least 1")
    if isinstance(parts, bool) or not isinstance(parts, int) or not 1 <= parts <= 100:
        raise ValueError(f"parts={parts!r}: expected a number from 1 to 100")
