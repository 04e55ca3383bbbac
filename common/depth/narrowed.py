"""The rows of some days and a filter asked for again in, the chosen rows alone out: a page asks ten questions of them.

The first question under a filter is answered from all rows, so that a single one costs no more than it must, unless
it is known that more will come. From then on the rows that they can need are kept, as long as they are the newest few
filters' and not too many.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from common.depth import where as sql
from common.depth.relation import Relation

#: Filters whose rows are kept, and rows that are kept of each at most: about 100 bytes a row.
_FILTERS, MOST_ROWS = 6, 300_000


class Chosen(NamedTuple):
    """Parts that are one table. Where its rows came from, those say that it was made of."""

    tables: Sequence[pa.Table]
    paths: Sequence[Path] = ()
    held: Collection[int] = ()
    sources: Sequence[str] = ()


class _Kept:
    """What is known of one filter over some rows. It holds the tables, so that no other gets their place in memory."""

    def __init__(self, tables: Sequence[pa.Table]) -> None:
        self.tables = tables
        self.relation: Relation | None = None
        self.tried = False


class Narrowed:
    """Chosen rows by filter, of one site."""

    def __init__(self, at_once: bool = False) -> None:
        self._at_once, self._kept = at_once, dict[object, _Kept]()

    def relation(self, relation: Relation, days: Sequence[int], where: Mapping[str, list[str]]) -> Relation:
        """A relation that gives `Sums` the same answers, with fewer rows where that is worth it."""
        parts = relation.parts
        filters = tuple((name, tuple(values)) for name, values in where.items())
        key = (tuple(parts.paths), tuple(map(id, parts.tables)), days[0], days[-1], filters)
        kept = self._kept.pop(key, None)
        seen = kept is not None
        if kept is None:
            kept = _Kept(parts.tables)
        if not kept.tried and (seen or self._at_once):
            kept.tried = True
            kept.relation = _narrowed(relation, days, where)
        self._kept[key] = kept
        while len(self._kept) > _FILTERS:
            del self._kept[next(iter(self._kept))]
        return kept.relation or relation


def _narrowed(relation: Relation, days: Sequence[int], where: Mapping[str, list[str]]) -> Relation | None:
    """All rows that sums under these filters look at; None where they are too many."""
    chosen = sql.conditions(where)
    if chosen.events is None:
        rows = f"{chosen.live} AND {sql.IN_DAYS} AND {chosen.visits}"
    else:
        holding = (
            f"SELECT visit FROM {{rows}} WHERE day >= $first AND {sql.EVENT} AND {sql.IN_VISITS} AND {chosen.both}"
        )
        begun = f"{sql.BEGINS} AND visit IN ({holding})"
        rows = f"day >= $first AND {chosen.live} AND {chosen.visits} AND ({chosen.events} OR {begun})"
    statement = f"SELECT * FROM {{rows}} WHERE {rows} LIMIT {MOST_ROWS + 1}"
    table = relation.table(statement, {**chosen.params, **sql.span(days)})
    if table.num_rows > MOST_ROWS:
        return None
    parts = Chosen([table])
    return Relation(lambda: parts)
