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


def test_an_empty_file() -> None:
    assert MonthRows(rows_table({}, {})).sums([10]) == {}
