"""CSV that no spreadsheet takes for formulas; Parquet that is what the answer was."""

from __future__ import annotations

from io import BytesIO

import pandas as pd
import pytest

from explorer import exports


@pytest.mark.parametrize(
    ("content", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        (" \u00a0=1", "' \u00a0=1"),
        ("\u200b@x", "'\u200b@x"),
        ("/a=b", "/a=b"),
        ("", ""),
        (-1.5, -1.5),
        (None, None),
    ],
)
def test_cell(content: object, safe: object) -> None:
    assert exports.cell(content) == safe


def test_csv_keeps_numbers_and_defuses_text_and_headings() -> None:
    frame = pd.DataFrame({"=page": ["=cmd()", "/b"], "visitors": [-3, 4], "rate": [0.5, float("nan")]})
    assert exports.csv(frame).decode("utf-8-sig").splitlines() == [
        '"\'=page","visitors","rate"',
        '"\'=cmd()",-3,0.5',
        '"/b",4,""',
    ]


def test_csv_quotes_what_would_break_a_row() -> None:
    text = exports.csv(pd.DataFrame({"a": ['x,"y"\nz']})).decode("utf-8-sig")
    assert text == '"a"\n"x,""y""\nz"\n'


def test_csv_keeps_six_digits() -> None:
    text = exports.csv(pd.DataFrame({"rate": [1 / 3, 1234567.0], "n": [1234567, 2]})).decode("utf-8-sig")
    assert text == '"rate","n"\n0.333333,1234567\n1234570.0,2\n'


def test_file_name() -> None:
    assert exports.file_name("a.com:80", "prop:../x", "2026-11-01") == "a.com-80-prop-..-x-2026-11-01.csv"


def test_parquet_is_the_answer_types_and_all() -> None:
    """Texts are as they came: no spreadsheet reads them."""
    times = pd.date_range("2026-03-28", periods=2, tz="Europe/Berlin")
    frame = pd.DataFrame({"page": ["=cmd()", "/b"], "time": times, "visitors": [-3, 4], "rate": [0.5, float("nan")]})
    again = pd.read_parquet(BytesIO(exports.parquet(frame)))
    assert again["page"].tolist() == ["=cmd()", "/b"]
    assert again["time"].tolist() == times.tolist()
    assert again.dtypes.astype(str).tolist()[2:] == ["int64", "float64"]


def test_parquet_of_columns_that_are_no_texts() -> None:
    assert list(pd.read_parquet(BytesIO(exports.parquet(pd.DataFrame([[1, 2]], columns=[0, 1]))))) == ["0", "1"]
