"""Some days of a month's rows file, summed."""

from __future__ import annotations

import pyarrow as pa
import pytest
from places import day_rows, row

from common.arrays import listed
from common.dense import rows_table
from common.month_rows import COLUMNS, MonthRows

DAYS = {
    10: day_rows(4, class_human=row(1, 1), page_a=row(1), page_b=row(5)),
    11: day_rows(4, class_human=row(2, 2), page_a=row(-1)),
    13: day_rows(4, class_bot=row(4), source_x=row(4)),
}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([10], {"class=human": row(1, 1), "page=a": row(1), "page=b": row(5)}),
        ([10, 11], {"class=human": row(3, 3), "page=b": row(5)}),
        ([11, 12, 13], {"class=human": row(2, 2), "class=bot": row(4), "page=a": row(-1), "source=x": row(4)}),
        ([12], {}),
        ([], {}),
    ],
)
def test_sums(days: list[int], expected: dict[str, list[int]]) -> None:
    table = rows_table(DAYS, {10: b"HYLL"})
    for part in (table, table.select(COLUMNS), pa.concat_tables([table[:4], table[4:]])):
        assert listed(MonthRows(part).sums(days)) == expected


@pytest.mark.parametrize(
    ("dimension", "days", "expected"),
    [
        ("page", [10, 11], {10: {"a": 1, "b": 5}, 11: {"a": -1}}),
        ("page", [11, 12], {11: {"a": -1}}),
        ("source", [10, 11, 13], {13: {"x": 4}}),
        ("class", [10, 13], {10: {"human": 1}, 13: {"bot": 4}}),
        ("os", [10], {}),
        ("page", [], {}),
    ],
)
def test_by_day(dimension: str, days: list[int], expected: dict[int, dict[str, int]]) -> None:
    table = rows_table(DAYS, {10: b"HYLL"})
    for part in (table, pa.concat_tables([table[:4], table[4:]])):
        found = MonthRows(part).by_day(dimension, days)
        counts = {day: dict(zip(names, array[:, 0].tolist(), strict=True)) for day, (names, array) in found.items()}
        assert counts == expected


def test_an_empty_file() -> None:
    empty = MonthRows(rows_table({}, {}))
    assert (empty.sums([10]), empty.by_day("page", [10])) == ({}, {})
