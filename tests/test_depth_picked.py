"""The rows that a filter can need: those chosen and those of their visits, of plain and of encoded columns."""

from __future__ import annotations

import pyarrow as pa
import pytest

from common.depth.picked import can, picked

COLUMNS = ("visit", "page", "visit_country", "gone")
FIRST = pa.table(
    {
        "visit": [1, 1, 2, -1],
        "page": ["/", "/a", "/", "/a"],
        "visit_country": ["DE", "DE", "FR", "(none)"],
        "title": ["t"] * 4,
    }
)
SECOND = pa.table({"visit": [2, 3], "page": pa.array(["/a", "/b"]).dictionary_encode(), "visit_country": ["FR", None]})


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, [[1, 1, 2, -1], [2, 3]]),
        ({"country": ["FR"]}, [[2], [2]]),
        ({"country": ["XX"]}, [[], []]),
        # Visit 2 is read in both tables: its row in the first may begin it.
        ({"page": ["/a"]}, [[1, 1, 2, -1], [2]]),
        ({"page": ["/b"]}, [[], [3]]),
        ({"page": ["/a"], "country": ["DE", "FR"]}, [[1, 1, 2], [2]]),
    ],
)
def test_picked(where: dict[str, list[str]], expected: list[list[int]]) -> None:
    found = picked([FIRST, SECOND], where, COLUMNS)
    assert [table.column("visit").to_pylist() for table in found] == expected
    assert [table.column_names for table in found] == [["visit", "page", "visit_country"]] * 2


@pytest.mark.parametrize(
    ("where", "plain"),
    [
        ({"country": ["DE", "(none)"], "class": ["human"], "page": ["/"]}, True),
        ({"page": ["(none)"]}, False),  # stored as no text at all
        ({"prop:plan": ["pro"]}, False),
        ({"country__not": ["DE"]}, False),
        ({"page__contains": ["a"]}, False),
    ],
)
def test_can(where: dict[str, list[str]], plain: bool) -> None:
    assert can(where) is plain
