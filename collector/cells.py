"""Events in, cells of CSV out that no spreadsheet takes for formulas; and the same events out of such cells. Pure.

An export has to come back as it was, so what is put into a text can be told from the text: where it begins, or goes on
behind a separator or a line end, like a formula or with an apostrophe, one more apostrophe is put, and one there is
taken away when it is read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import msgspec

from common.columns import LATER, RAW
from common.events import Event

#: A cell that begins so is a formula to Excel, LibreOffice or Sheets; the wide ones are to a Japanese Excel.
_FORMULA = "=+\\-@\t\r\n＝＋－＠"
#: What a reader might drop from a cell's beginning before it looks; quotes are, where it splits in the midst of a text.
_UNSEEN = ' "\u00a0\u200b\u2060\ufeff'
#: Where a cell begins: a spreadsheet that is set to another separator splits at that, and knows no quotes behind it.
_BEGIN = r"(?:\A|(?<=[,;|\t\r\n]))"
_MARK = "'"
_LIVE = re.compile(f"{_BEGIN}(?={_MARK}|[{_UNSEEN}]*[{_FORMULA}])")
_MARKED = re.compile(f"{_BEGIN}{_MARK}")
#: Longer than any cell: an event's properties are sent in 64 KiB.
_LONGEST = 1 << 24

#: Columns of an events file: the local day, then the fields of an event.
EVENT_COLUMNS = ("day", *RAW.names)
_IDS, _SWITCHES, _PROPS = frozenset({"visitor", "before"}), frozenset({"interactive", "salt_local"}), "props"
_NUMBERS = frozenset({"time", "seq", "engaged", "scroll", "amount", "x", "y", *LATER})
_encode_props = msgspec.json.Encoder().encode
_decode_props = msgspec.json.Decoder(dict[str, str]).decode


class BadCells(ValueError):
    """A line that no export wrote; the message says what is wrong with it."""


def escaped(text: str) -> str:
    """A text as a cell that is no formula, wherever it is split."""
    return _LIVE.sub(_MARK, text)


def plain(cell: str) -> str:
    """The text of a cell."""
    return _MARKED.sub("", cell)


def writer(file: TextIO) -> Any:
    """A CSV writer that quotes all texts, since a spreadsheet may split at semicolons and tabs as well."""
    return csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")


def event_cells(day: str, event: Event) -> list[str | int]:
    """The cells of an event. Ids are hexadecimal: a spreadsheet would round the numbers."""
    values = zip(RAW.names, msgspec.structs.astuple(event), strict=True)
    return [day, *(_cell(name, value) for name, value in values)]


def _cell(name: str, value: Any) -> str | int:
    if name in _NUMBERS:
        return int(value)
    if name in _IDS:
        return f"{value:016x}" if value else ""
    if name in _SWITCHES:
        return "true" if value else "false"
    if name == _PROPS:
        return "" if value is None else escaped(_encode_props(value).decode())
    return escaped(value)


def read_events(file: TextIO) -> Iterator[Event]:
    """The events of a file that was opened with `newline=""`. Raises `BadCells`."""
    csv.field_size_limit(_LONGEST)
    lines = csv.reader(file, strict=True)
    try:
        named = tuple(next(lines, ()))
        if named != EVENT_COLUMNS[: len(named)] or len(named) < len(EVENT_COLUMNS) - len(LATER):
            raise BadCells("its first line does not name the columns of exported events")
        for cells in lines:
            yield _event(named[1:], cells[1:], lines.line_num)
    except csv.Error as error:
        raise BadCells(f"line {lines.line_num}: {error}") from error


def _event(names: Sequence[str], cells: Sequence[str], line: int) -> Event:
    try:
        return Event(*(_value(name, cell) for name, cell in zip(names, cells, strict=True)))
    except (ValueError, msgspec.DecodeError) as error:
        raise BadCells(f"line {line}: {error}") from error


def _value(name: str, cell: str) -> Any:
    if name in _NUMBERS:
        return int(cell)
    if name in _IDS:
        return int(cell or "0", 16)
    if name in _SWITCHES:
        return {"true": True, "false": False}[cell] if cell in {"true", "false"} else _no_switch(name, cell)
    if name == _PROPS:
        return _decode_props(plain(cell)) if cell else None
    return plain(cell)


def _no_switch(name: str, cell: str) -> bool:
    raise ValueError(f"{name} is {cell!r}, expected true or false")
