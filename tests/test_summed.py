"""Several parts' rows as one frame a dimension: small enough to add up by eye."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import day_rows, row

from common import summed as module
from common import tables
from common.arrays import arrays
from common.dense import encode_day, encode_month, packed_day, packed_month
from common.packed import of_rows
from common.rollups import METRICS
from common.summed import Joined, summed

PAGES = st.dictionaries(
    st.builds("{}={}".format, st.sampled_from(["page", "exit_page"]), st.text("aäz😀/", max_size=2)),
    st.lists(st.integers(-3, 3), min_size=len(METRICS), max_size=len(METRICS)),
    max_size=5,
)


@pytest.mark.parametrize("cells", [module._MOST_CELLS, 0])
def test_a_month_a_day_and_an_open_day(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a place for every cell, and where there are too many of them. Days of a month count in its sums alone."""
    monkeypatch.setattr(module, "_MOST_CELLS", cells)
    month = {20: day_rows(4, class_human=row(4), page_b=row(4)), 21: day_rows(1, class_human=row(2), page_a=row(2))}
    parts = [
        packed_month(encode_month(month)).packed,
        packed_day(encode_day(day_rows(1, page_b=row(1, 2), page_c=row(1), source_b=row(7)))),
        of_rows(arrays({"page=a": row(1), "page=c": row(-1)}.items())),
        of_rows({}),
    ]
    found = summed(parts)
    pages = found.frame("page")
    assert pages[["pageviews", "events"]].to_dict("index") == {
        "a": {"pageviews": 3, "events": 0},
        "b": {"pageviews": 5, "events": 2},
    }
    assert pages.columns.tolist() == list(METRICS)
    assert found.frame("class")["pageviews"].to_dict() == {"human": 6}
    assert found.frame("source")["pageviews"].to_dict() == {"b": 7}
    assert found.frame("exit_page").empty
    assert len(found) == 4
    assert found.frame("page") is pages


@pytest.mark.parametrize("parts", [[], [of_rows({})]])
def test_nothing(parts: list) -> None:
    assert summed(parts).frame("page").empty
    assert summed(parts).frame("page").index.dtype == "str"


@given(st.lists(PAGES, max_size=4))
def test_as_the_rows_are_summed_one_by_one(days: list[dict[str, list[int]]]) -> None:
    """And sorted alike, whatever their texts."""
    parts = [arrays(day.items()) for day in days]
    found = summed([of_rows(rows) for rows in parts])
    for dimension in ("page", "exit_page"):
        expected = tables.by_value(parts, dimension, None)
        assert found.frame(dimension).index.tolist() == expected.index.tolist()
        assert found.frame(dimension).to_numpy().tolist() == expected.to_numpy().tolist()


@given(st.lists(PAGES, min_size=2, max_size=4))
def test_shards_joined_are_their_rows_together(shards: list[dict[str, list[int]]]) -> None:
    parts = [of_rows(arrays(rows.items())) for rows in shards]
    joined, together = Joined([summed([part]) for part in parts]), summed(parts)
    for dimension in ("page", "exit_page", "source"):
        pd.testing.assert_frame_equal(joined.frame(dimension), together.frame(dimension), check_index_type=False)
