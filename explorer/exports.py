"""Frames in, Parquet out, or CSV bytes that no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

from csv import QUOTE_NONNUMERIC

import pandas as pd

#: A cell that begins so is a formula to Excel, LibreOffice or Sheets; the wide ones are to a Japanese Excel.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
#: What a reader might drop from a cell's beginning before it looks.
_UNSEEN = " \u00a0\u200b\u2060\ufeff"


def csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, which Excel needs; texts that look like formulas begin with an apostrophe."""
    safe = frame.rename(columns=cell)
    for place, dtype in enumerate(safe.dtypes):
        if pd.api.types.is_float_dtype(dtype):
            safe.isetitem(place, safe.iloc[:, place].map(lambda number: float(f"{number:.6g}")).array)
        elif not pd.api.types.is_numeric_dtype(dtype):
            safe.isetitem(place, safe.iloc[:, place].map(cell).array)
    # All texts are quoted, since a reader may split at semicolons and tabs too: `x;=1+1` is then two cells.
    return safe.to_csv(index=False, quoting=QUOTE_NONNUMERIC).encode("utf-8-sig")


def parquet(frame: pd.DataFrame) -> bytes:
    """The answer itself, types and all."""
    return frame.rename(columns=str).to_parquet(index=False)


def cell(content: object) -> object:
    """A text made harmless; anything else as it is."""
    if isinstance(content, str) and content.lstrip(_UNSEEN).startswith(_FORMULA):
        return f"'{content}"
    return content


def file_name(*parts: str) -> str:
    """A name of letters, digits, dots and dashes that ends in .csv."""
    text = "-".join("".join(char if char.isalnum() or char in ".-" else "-" for char in part) for part in parts)
    return f"{text[:120]}.csv"
