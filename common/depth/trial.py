"""Derived rows, days and two sets of filters in; sums with and without the visits that the second holds, or the
visitors that both have, out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from common.calendars import Calendar
from common.depth import where as sql
from common.depth.relation import Relation
from common.depth.sums import Sums

Where = Mapping[str, list[str]]


def trial(
    relation: Relation, calendar: Calendar, days: Sequence[int], where: Where, rule: Where
) -> dict[str, npt.NDArray[np.int64]]:
    """Sums of what `where` chooses: before, matched (of whole visits that hold what the rule chooses), after."""
    chosen, ruled = sql.conditions(where), sql.conditions(rule, "rule")
    held = f"visit IN (SELECT visit FROM {{rows}} WHERE {sql.EVENT} AND {ruled.live} AND {ruled.both})"
    parts = {"before": chosen, "matched": _also(chosen, ruled, held), "after": _also(chosen, ruled, f"NOT ({held})")}
    return {name: Sums(relation, calendar, days, part).totals() for name, part in parts.items()}


def overlap(relation: Relation, days: Sequence[int], first: Where, second: Where) -> dict[str, int]:
    """Visitors, distinct within a day: of the first filters, of the second, of both."""
    one, two = sql.conditions(first, "one"), sql.conditions(second, "two")
    statement = f"""
        SELECT count(*) FILTER (one) AS first, count(*) FILTER (two) AS second,
            count(*) FILTER (one AND two) AS both
        FROM (SELECT bool_or({one.live} AND {one.both}) AS one, bool_or({two.live} AND {two.both}) AS two
            FROM {{rows}} WHERE {sql.EVENT} AND {sql.IN_DAYS} GROUP BY day, visitor)"""
    found = relation.ask(statement, {**one.params, **two.params, **sql.span(days)}).iloc[0]
    return {name: int(found[name]) for name in ("first", "second", "both")}


def _also(chosen: sql.Conditions, ruled: sql.Conditions, held: str) -> sql.Conditions:
    return chosen._replace(visits=f"{chosen.visits} AND {held}", params={**chosen.params, **ruled.params})
