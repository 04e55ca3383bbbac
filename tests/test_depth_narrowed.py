"""Rows under a filter are kept from the second question on, and give the answers that all rows give."""

from __future__ import annotations

from typing import Any

import pytest
from derived import relation_of
from made import event, ms

from common.calendars import calendar
from common.depth import narrowed
from common.depth.narrowed import Narrowed
from common.depth.relation import Relation
from common.depth.sums import Sums
from common.filters import normalise

UTC = calendar("UTC")
NOON = ms("2026-05-05 12:00")
DAY = NOON // 86_400_000 + 719_163
ROWS = [
    event(1, NOON, "/"),
    event(1, NOON + 1_000, "/pricing"),
    event(2, NOON, "/", country="FR"),
    event(3, NOON, "/pricing", country="FR", type="Signup"),
    event(4, ms("2026-05-05 23:59"), "/docs"),
    event(4, ms("2026-05-05 23:59") + 90_000, "/pricing"),  # on the next day, of the same visit
    event(5, ms("2026-05-06 12:00"), "/pricing"),
]
FILTERS: list[dict[str, Any]] = [
    {"page": "/pricing"},
    {"country": "FR"},
    {"page__not": "/pricing"},
    {"event": "Signup", "country": ["FR", "DE"]},
    {"entry_page": "/docs", "page": "/pricing"},
]


def rows_of(keeper: Narrowed, relation: Relation, where: dict[str, list[str]]) -> Relation:
    """Which rows a question under a filter is asked of."""
    return keeper.sums(relation, UTC, [DAY], where).relation


@pytest.mark.parametrize("where", FILTERS)
def test_answers_are_those_of_all_rows(where: dict[str, Any]) -> None:
    relation, asked, keeper = relation_of(ROWS), normalise(where), Narrowed()
    first, second, third = (rows_of(keeper, relation, asked) for _ in range(3))
    assert first is relation
    assert second is not relation
    assert third is second
    assert second.parts.tables[0].num_rows < len(ROWS)
    all_rows, few = (Sums(rows, UTC, [DAY], asked) for rows in (relation, second))
    assert few.totals().tolist() == all_rows.totals().tolist()
    for dimension in ("page", "entry_page", "country", "event"):
        assert few.by_value(dimension).to_dict() == all_rows.by_value(dimension).to_dict()
    assert few.bars([DAY], "hour").to_dict() == all_rows.bars([DAY], "hour").to_dict()


def test_where_more_questions_will_come_the_first_one_is_of_the_kept_rows() -> None:
    relation = relation_of(ROWS)
    assert rows_of(Narrowed(at_once=True), relation, normalise({"country": "FR"})) is not relation


@pytest.mark.parametrize(("whole", "keys"), [(True, ["day", "visit_country"]), (False, ["day"])])
def test_of_days_that_are_compared_with_the_days_alone_are_asked_ahead(whole: bool, keys: list[str]) -> None:
    keeper = Narrowed(at_once=True, ahead=["country"])
    keeper.whole = whole
    sums = keeper.sums(relation_of(ROWS), UTC, [DAY], normalise({"page__not": "/docs"}))
    assert sums.ahead is not None
    assert sums.ahead.keys == keys
    alone = Sums(relation_of(ROWS), UTC, [DAY], normalise({"page__not": "/docs"}))
    assert sums.totals().tolist() == alone.totals().tolist()
    assert sums.by_value("country").to_dict() == alone.by_value("country").to_dict()


def test_too_many_rows_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowed, "MOST_ROWS", 2)
    relation, asked, keeper = relation_of(ROWS), normalise({"page__not": "/x"}), Narrowed()
    assert [rows_of(keeper, relation, asked) for _ in range(3)] == [relation] * 3


def test_few_filters_are_kept() -> None:
    relation, keeper = relation_of(ROWS), Narrowed()
    for number in range(20):
        rows_of(keeper, relation, normalise({"page": f"/{number}"}))
    assert len(keeper._kept) == narrowed._FILTERS
