"""Checked filters in, SQL conditions with bound parameters out; and the SQL that gives a dimension's value.

Names of columns come from closed lists. Whatever a caller wrote, a value or a property's key, is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from common.events import CLASSES, NONE, PATH_DIMENSIONS, SIGNALS, VISIT_DIMENSIONS
from common.filters import chooses_events, split

Params = dict[str, str | int]
#: A row that is an event; the rest are signals.
EVENT = "type NOT IN ({})".format(", ".join(f"'{name}'" for name in sorted(SIGNALS)))
#: Numbers of visits hold the day they began above these bits, and their shard above those.
VISIT_BITS, SHARD_BITS = 24, 48
#: What is left of such a number without its shard.
DAY_MASK = (1 << SHARD_BITS) - 1


class Conditions(NamedTuple):
    """What filters ask of a row: of the event itself (None where all are chosen), and of its visit."""

    events: str | None
    visits: str
    params: Params
    live: str = "visit >= 0"  #: that it has a visit, where the others do not say so already

    @property
    def both(self) -> str:
        """Whether the row is chosen."""
        return f"{self.visits} AND {self.events}" if self.events else self.visits


def conditions(where: Mapping[str, Sequence[str]], name: str = "w") -> Conditions:
    """The conditions of filters as `filters.normalise` gives them; `name` begins the names of their parameters."""
    events: list[str] = []
    visits: list[str] = []
    params: Params = {}
    implied = False
    for number, (key, values) in enumerate(where.items()):
        dimension, operator = split(key)
        if dimension == "class":
            if set(values) != set(CLASSES):
                visits.append(one_of("class", values, f"{name}{number}", params))
        elif chooses_events(dimension):
            column = value(dimension, f"{name}{number}_key", params)
            if operator:
                shown = f"coalesce(nullif({column}, ''), '{NONE}')"
                events.append(_operated(shown, operator, values, f"{name}{number}", params))
            else:
                events.append(_event(column, dimension, values, f"{name}{number}", params))
        elif operator:
            asked = _operated(column_of(dimension), operator, values, f"{name}{number}", params)
            visits.append(f"visit >= 0 AND {asked}")
            implied = True
        else:
            # A signal without a visit looks like one of a visit of which nothing is known. Other values tell them
            # apart without reading the column of visits, which is a tenth of all time.
            there = "visit >= 0 AND " if NONE in values else ""
            implied = implied or not there
            visits.append(f"{there}{one_of(column_of(dimension), values, f'{name}{number}', params)}")
    live = "true" if implied else "visit >= 0"
    return Conditions(" AND ".join(events) or None, " AND ".join(visits) or "true", params, live)


def span(days: Sequence[int]) -> Params:
    """Parameters of a range: its first and last day, and the numbers of visits that begin in it."""
    return {
        "first": days[0],
        "last": days[-1],
        "first_visit": days[0] << VISIT_BITS,
        "last_visit": (days[-1] + 1 << VISIT_BITS) - 1,
    }


#: An event of the range's days, one of its visits, and the first event of such a visit.
IN_DAYS = "day BETWEEN $first AND $last"
#: Above its day a visit's number says which shard it is of; -1, no visit, is of no day either way.
IN_VISITS = f"(visit & {DAY_MASK}) BETWEEN $first_visit AND $last_visit"
BEGINS = f"first AND {IN_DAYS}"


def column_of(dimension: str) -> str:
    """The column of a dimension of visits; raises KeyError for any other text."""
    return _COLUMNS[dimension]


def value(dimension: str, key: str, params: Params) -> str:
    """SQL for a row's own value of a dimension, null or "" where it has none. A property's key goes to `params`."""
    if not dimension.startswith("prop:"):
        return _COLUMNS[dimension]
    params[key] = dimension.partition(":")[2]
    return f"props[${key}]"


def label(column: str) -> str:
    """SQL for the value as answers show it."""
    return f"CASE WHEN {column} = '' THEN '{NONE}' ELSE {column} END"


def visits_of(chosen: Conditions) -> str:
    """SQL condition on a row: it begins a visit of the range which holds a chosen event, on whatever day."""
    if chosen.events is None:
        return f"{BEGINS} AND {chosen.visits}"
    return f"{BEGINS} AND {whole(chosen).visits}"


def whole(chosen: Conditions) -> Conditions:
    """Conditions that choose all rows of the visits of the range which hold a chosen event."""
    if chosen.events is None:
        return chosen
    holding = f"SELECT visit FROM {{rows}} WHERE {IN_VISITS} AND {EVENT} AND {chosen.both}"
    return chosen._replace(events=None, visits=f"{chosen.visits} AND visit IN ({holding})")


def _event(column: str, dimension: str, values: Sequence[str], name: str, params: Params) -> str:
    """As stored, an unset value is "", or missing where it is a property's."""
    texts = [text for text in values if text]
    if NONE not in texts or dimension == "event":
        return one_of(column, texts, name, params)
    found = one_of(column, [*texts, ""], name, params)
    return f"({column} IS NULL OR {found})"


def _operated(column: str, operator: str, values: Sequence[str], name: str, params: Params) -> str:
    """What `filters.holds_of` says, in SQL."""
    positive = operator.removeprefix("not").removeprefix("_")
    if positive:
        names = [f"{name}_{number}" for number in range(len(values))]
        lowered = positive == "contains"
        params.update({each: text.lower() if lowered else text for each, text in zip(names, values, strict=True)})
        form = "contains(lower({}), ${})" if lowered else "regexp_matches({}, ${})"
        found = " OR ".join(form.format(column, each) for each in names) or "false"
    else:
        found = one_of(column, values, name, params)
    return f"NOT ({found})" if operator.startswith("not") else f"({found})"


def one_of(column: str, values: Sequence[str], name: str, params: Params) -> str:
    """SQL condition that a column has one of some values, which go to `params` under names that begin with `name`."""
    names = [f"{name}_{number}" for number in range(len(values))]
    params.update(zip(names, values, strict=True))
    return f"{column} IN ({', '.join(f'${each}' for each in names)})" if names else "false"


_COLUMNS = {
    "event": "type",
    "page": "page",
    "hostname": "hostname",
    "class": "class",
    **{name: name for name in PATH_DIMENSIONS},
    **{name: f"visit_{name}" for name in VISIT_DIMENSIONS},
}
