"""Rows that went into blobs and files come out again."""

from __future__ import annotations

import struct
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import day_rows, row

from common import dense
from common.arrays import SMALL, Rows, listed
from common.dense import Damaged, DayRows, NewerVersion
from common.keys import days_of, split_field
from common.rollups import METRICS

DAY = date(2026, 10, 5).toordinal()
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ANY_ROW = st.lists(st.integers(-(2**40), 2**40), min_size=len(METRICS), max_size=len(METRICS))
FIELDS = st.builds("{}={}".format, st.sampled_from(["class", "step", "page", "prop:a", "shape"]), ANY_TEXT)
DAYS = st.builds(DayRows, st.dictionaries(FIELDS, ANY_ROW, max_size=8), st.integers(0, 10**9))
MONTHS = st.dictionaries(st.integers(DAY, DAY + 26), DAYS, max_size=4)


def counting(rows: dict[str, list[int]]) -> dict[str, list[int]]:
    """The rows that count anything."""
    return {name: values for name, values in rows.items() if any(values)}


def test_a_day() -> None:
    blob = dense.encode_day(day_rows(7, class_human=row(5, 6), page_b=row(2), page_a=row(3), shape_x=row()))
    assert blob[:4] == b"ffd\x01"
    found = dense.decode_day(blob)
    assert found.events == 7
    assert sorted(found.rows) == ["class", "page"]
    values, array = found.rows["page"]
    assert (values, array.tolist()) == (["a", "b"], [row(3), row(2)])


def test_a_month_keeps_days_of_small_dimensions_and_sums_of_all() -> None:
    """Bars are of days alone, so their sums are left out."""
    first = day_rows(7, class_human=row(5), step_human=row(5), page_a=row(5), revenue_EUR=row(0, 1))
    second = day_rows(1, class_human=row(1), page_a=row(1, 0, -1), page_b=row(2))
    found = dense.decode_month(dense.encode_month({DAY + 1: second, DAY: first, DAY + 2: day_rows(0)}))
    assert found.events == {DAY: 7, DAY + 1: 1}
    assert {day: listed(rows) for day, rows in found.days.items()} == {
        DAY: {"class=human": row(5), "step=human": row(5), "revenue=EUR": row(0, 1)},
        DAY + 1: {"class=human": row(1)},
    }
    sums = {"class=human": row(6), "page=a": row(6, 0, -1), "page=b": row(2), "revenue=EUR": row(0, 1)}
    assert listed(found.sums) == sums


@given(DAYS)
def test_days_come_back(day: DayRows) -> None:
    found = dense.decode_day(dense.encode_day(day))
    assert found.day_rows() == DayRows(counting(day.rows), day.events)
    again = DayRows(dict(reversed(day.rows.items())), day.events)
    assert dense.encode_day(again) == dense.encode_day(day)


@given(MONTHS)
def test_months_come_back(days: dict[int, DayRows]) -> None:
    found = dense.decode_month(dense.encode_month(days))
    kept = {day: rows for day, rows in days.items() if rows.events or counting(rows.rows)}
    assert found.events == {day: rows.events for day, rows in kept.items()}
    for day, rows in kept.items():
        assert listed(found.days[day]) == {
            name: values for name, values in counting(rows.rows).items() if split_field(name)[0] in SMALL
        }
    sums: dict[str, list[int]] = {}
    for rows in days.values():
        for name, values in rows.rows.items():
            sums[name] = [a + b for a, b in zip(sums.get(name, row()), values, strict=True)]
    assert listed(found.sums) == {name: v for name, v in counting(sums).items() if not name.startswith("step=")}


@given(MONTHS, st.binary(max_size=5))
def test_rows_files_come_back_whole(days: dict[int, DayRows], sketch: bytes) -> None:
    uniques = dict.fromkeys(list(days)[::2], sketch)
    table = dense.rows_table(days, uniques)
    assert dense.rows_of(table) == (days, uniques)
    assert table.schema == dense.ROWS
    places = list(zip(*(table.column(name).to_pylist() for name in ("dimension", "value", "day")), strict=True))
    assert places == sorted(places)


def test_the_smallest_types_that_hold_the_numbers() -> None:
    rows = day_rows(1, page_a=row(255, 256, -1, 40_000, -129, 2**31, 2**33, 2**32 - 1))
    blob = dense.encode_day(rows)
    batch = pa.ipc.open_stream(pa.Codec("zstd").decompress(blob[12:], struct.unpack_from("<I", blob, 8)[0]))
    types = [str(batch.schema.field(name).type) for name in METRICS]
    assert types == ["uint8", "uint16", "int8", "uint16", "int16", "uint32", "int64", "uint32", "uint8", "uint8"]
    assert dense.decode_day(blob).day_rows() == rows


def test_what_cannot_be_read_says_why() -> None:
    blob = dense.encode_day(day_rows(1, class_human=row(5)))
    with pytest.raises(NewerVersion, match="newer Footfall; update this one"):
        dense.decode_day(blob[:3] + b"\x02" + blob[4:])
    flipped = bytearray(blob)
    flipped[-9] ^= 1
    for broken in (b"", b"ffd", blob[:-1], bytes(flipped), b"ffm" + blob[3:]):
        with pytest.raises(Damaged, match="run `python -m collector rebuild`"):
            dense.decode_day(broken)
    with pytest.raises(Damaged):
        dense.decode_month(blob)


def test_a_year_of_a_busy_site_is_small() -> None:
    """31 days of a class, 96 steps, 24 hours and 1,000 pages each: the bytes that repeat are not kept twice."""
    days = {
        day: DayRows(
            {"class=human": row(9_000, 9_999, 4_000)}
            | {f"step=human.{n}": row(n * day % 97, n * day % 89, n) for n in range(96)}
            | {f"hour=human.{4 * n}": row(0, 0, 0, n) for n in range(24)}
            | {f"page=/blog/a-title-of-words/{n}": row(n * day % 53) for n in range(1_000)},
            9_999,
        )
        for day in days_of("2026-10")
    }
    assert sum(len(name) for found in days.values() for name in found.rows) > 1_000_000
    assert len(dense.encode_month(days)) < 20_000


def test_rows_are_views_of_one_array() -> None:
    """A month of 5,000 rows must not cost a copy for each of its dimensions."""
    rows: Rows = dense.decode_day(dense.encode_day(day_rows(1, class_human=row(5), page_a=row(3)))).rows
    assert rows["page"][1].base is rows["class"][1].base is not None
