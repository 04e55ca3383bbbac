"""Frames in, CSV bytes out that no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

import pandas as pd

#: A cell that begins so is a formula to Excel, LibreOffice or Sheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, which Excel needs; texts that look like formulas begin with an apostrophe."""
    safe = frame.rename(columns=cell)
    for place, dtype in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            safe.isetitem(place, safe.iloc[:, place].map(cell).array)
    return safe.to_csv(index=False, float_format="%.6g").encode("utf-8-sig")


def cell(content: object) -> object:
    """A text made harmless; anything else as it is."""
    return f"'{content}" if isinstance(content, str) and content.startswith(_FORMULA) else content


def file_name(*parts: str) -> str:
    """A name of letters, digits, dots and dashes that ends in .csv."""
    text = "-".join("".join(char if char.isalnum() or char in ".-" else "-" for char in part) for part in parts)
    return f"{text[:120]}.csv"
