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

from common.calendars import Calendar
from common.depth import picked
from common.depth import where as sql
from common.depth.counted import Counted
from common.depth.relation import Relation
from common.depth.sums import Ahead, Sums
from common.events import PATH_DIMENSIONS, VISIT_DIMENSIONS

#: Filters whose rows are kept, and rows that are kept of each at most: about 100 bytes a row.
_FILTERS, MOST_ROWS = 6, 300_000
#: What sums ask of a row.
_COLUMNS = (
    "time", "day", "visitor", "visit", "type", "class", "page", "hostname", "props", "engaged", "scroll", "first",
    "bounce", "duration", *PATH_DIMENSIONS, *(sql.column_of(name) for name in VISIT_DIMENSIONS),
)  # fmt: skip


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
        self.ahead: Ahead | None = None
        self.counted: Counted | None = None


class Narrowed:
    """Chosen rows by filter, of one site. `ahead` are dimensions of visits that are asked for together."""

    def __init__(self, at_once: bool = False, ahead: Sequence[str] = ()) -> None:
        self._at_once, self._kept = at_once, dict[object, _Kept]()
        self._ahead = [sql.column_of(name) for name in ahead]
        self.whole = True  #: whether more than days is asked of rows that are looked for from now on

    def sums(self, relation: Relation, calendar: Calendar, days: Sequence[int], where: Mapping[str, list[str]]) -> Sums:
        """Sums over the rows that are kept where that is worth it."""
        kept = self._of(relation, days, where)
        if kept.relation is None:
            return Sums(relation, calendar, days, where)
        if kept.counted is not None:
            return Sums(kept.relation, calendar, days, where, counted=kept.counted)
        if self._ahead and kept.ahead is None:
            kept.ahead = Ahead(["day", *(self._ahead if self.whole else ())])
        return Sums(kept.relation, calendar, days, where, kept.ahead)

    def _of(self, relation: Relation, days: Sequence[int], where: Mapping[str, list[str]]) -> _Kept:
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
            if kept.relation is not None and len(few := kept.relation.parts.tables) == 1 and picked.can(where):
                kept.counted = Counted(few[0], days, where)
        self._kept[key] = kept
        while len(self._kept) > _FILTERS:
            del self._kept[next(iter(self._kept))]
        return kept


def _narrowed(relation: Relation, days: Sequence[int], where: Mapping[str, list[str]]) -> Relation | None:
    """All rows that sums under these filters look at; None where they are too many."""
    if relation.parts.paths or not picked.can(where):
        tables = _asked(relation, days, where)
    else:
        tables = picked.picked(relation.parts.tables, where, _COLUMNS)
    if sum(table.num_rows for table in tables) > MOST_ROWS:
        return None
    schemas = {table.schema.remove_metadata(): table for table in tables if table.num_rows}
    parts = Chosen([pa.concat_tables(tables).combine_chunks()] if len(schemas) == 1 else tables)
    return Relation(lambda: parts)


def _asked(relation: Relation, days: Sequence[int], where: Mapping[str, list[str]]) -> list[pa.Table]:
    chosen = sql.conditions(where)
    if chosen.events is None:
        rows = f"{chosen.live} AND {sql.IN_DAYS} AND {chosen.visits}"
    else:
        holding = (
            f"SELECT visit FROM {{rows}} WHERE day >= $first AND {sql.EVENT} AND {sql.IN_VISITS} AND {chosen.both}"
        )
        begun = f"{sql.BEGINS} AND visit IN ({holding})"
        rows = f"day >= $first AND {chosen.live} AND {chosen.visits} AND ({chosen.events} OR {begun})"
    statement = f"SELECT {', '.join(_COLUMNS)} FROM {{rows}} WHERE {rows} LIMIT {MOST_ROWS + 1}"
    return [relation.table(statement, {**chosen.params, **sql.span(days)})]
