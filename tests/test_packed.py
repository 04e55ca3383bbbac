"""Rows as they lie in a blob: read by day and dimension, and made of plain rows."""

from __future__ import annotations

import pytest
from places import day_rows, row

from common.arrays import arrays, listed
from common.dense import encode_day, encode_month, packed_day, packed_month
from common.packed import SUMS, of_rows, runs

DAYS = {
    20: day_rows(4, class_human=row(4, 5), class_bot=row(1), page_a=row(3), page_b=row(1)),
    21: day_rows(4, class_human=row(2, 2), page_a=row(2)),
}


def test_a_months_rows_by_number_of_the_day() -> None:
    month = packed_month(encode_month(DAYS))
    assert [day for day, _ in month.days] == [20, 21]
    assert {number: listed(rows) for number, rows in month.packed.by_number().items()} == {
        SUMS: {"class=bot": row(1), "class=human": row(6, 7), "page=a": row(5), "page=b": row(1)},
        1: {"class=bot": row(1), "class=human": row(4, 5)},
        2: {"class=human": row(2, 2)},
    }


@pytest.mark.parametrize(
    ("dimension", "values", "expected"),
    [
        ("class", ["human"], [(0, row(6, 7)), (1, row(4, 5)), (2, row(2, 2))]),
        ("class", ["bot", "ai"], [(0, row(1)), (1, row(1))]),
        ("class", [], []),
        ("page", ["b"], [(0, row(1))]),
        ("source", ["b"], []),
    ],
)
def test_rows_of_some_values(dimension: str, values: list[str], expected: list[tuple[int, list[int]]]) -> None:
    numbers, rows = packed_month(encode_month(DAYS)).packed.of(dimension, values)
    assert list(zip(numbers.tolist(), rows.tolist(), strict=True)) == expected


def test_plain_rows_packed_are_those_of_a_blob() -> None:
    rows = arrays({"page=a": row(3, -1), "page=b": row(2**40), "exit_page=a": row(1)}.items())
    packed = of_rows(rows)
    assert {number: listed(found) for number, found in packed.by_number().items()} == {SUMS: listed(rows)}
    assert packed.values.type == packed_day(encode_day(day_rows(1, page_a=row(1)))).values.type
    assert of_rows({}).by_number() == {}


def test_runs() -> None:
    ones = of_rows(arrays({"page=a": row(1), "page=b": row(1), "source=a": row(1)}.items())).dimensions
    assert list(runs(ones)) == [(0, 2), (2, 3)]
    assert list(runs(ones[:0])) == []


def test_the_sums_of_a_dimension() -> None:
    month = packed_month(encode_month(DAYS)).packed
    names, sums = month.sums_of("page")
    assert dict(zip(names, sums[:, 0].tolist(), strict=True)) == {"a": 5, "b": 1}
    names, sums = month.sums_of("class")  # beside them stand those of the days
    assert dict(zip(names, sums[:, 0].tolist(), strict=True)) == {"human": 6, "bot": 1}
    assert month.sums_of("os")[0] == []
