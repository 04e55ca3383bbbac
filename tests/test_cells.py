"""Texts to cells and back: nothing is lost, and no cell is a formula wherever a spreadsheet splits."""

from __future__ import annotations

import io
import re

import pytest
from exported import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from made import event

from collector.cells import EVENT_COLUMNS, BadCells, escaped, event_cells, plain, read_events, writer
from common.columns import LATER
from common.events import Event
from tests.chaos.hostile import strings
from tests.chaos.onlooker import live_formulas


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("/pricing", "/pricing"),
        ("", ""),
        ("=1+1", "'=1+1"),
        ("-2", "'-2"),
        (" +x", "' +x"),
        ("\u200b@x", "'\u200b@x"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("'", "''"),
        ("it's", "it's"),
        ("a;=1", "a;'=1"),
        ("a\r\n=1", "a\r'\n'=1"),
        ('a;"=1', "a;'\"=1"),
        ("a,'b", "a,''b"),
        ("a=1", "a=1"),
    ],
)
def test_a_cell_and_its_text(text: str, cell: str) -> None:
    assert escaped(text) == cell
    assert plain(cell) == text


@given(st.text() | st.text("='\";,\r\n +x"))
def test_any_text_comes_back(text: str) -> None:
    assert plain(escaped(text)) == text


def written(events: list[Event]) -> str:
    file = io.StringIO(newline="")
    lines = writer(file)
    lines.writerow(EVENT_COLUMNS)
    lines.writerows(event_cells("2026-05-05", each) for each in events)
    return file.getvalue()


def odd(text: str) -> Event:
    return event(
        (1 << 64) - 1,
        -5,
        f"/{text}",
        type=text,
        hostname=text,
        title=text,
        city=text,
        target=text,
        currency=text,
        props={text: text},
        amount=-1 << 62,
        interactive=False,
        salt_local=True,
        x=-3,
    )


def hostile() -> list[Event]:
    """Events of all of them, but lone surrogates, which are never kept."""
    return [odd(text) for text in (*HOSTILE, *strings(300)) if not re.search("[\ud800-\udfff]", text)]


def test_events_come_back() -> None:
    events = [*hostile(), event(1, 2), event(1, 2, before=3, props={}), event(1, 2, props=None)]
    assert len(events) > 250
    assert list(read_events(io.StringIO(written(events), newline=""))) == events


def test_no_cell_is_a_formula() -> None:
    """Written as they are, the same events hold many."""
    assert live_formulas(written(hostile()).encode()) == set()
    assert len(live_formulas("".join(f"{each.title},1\n" for each in hostile()).encode())) > 3


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"time"', '"tame"', "first line"),
        ('"true"', '"yes"', "line 2: interactive"),
        ('"0000000000000001"', '"x"', "line 2"),
        ('"{""a"":""b""}"', '"{"', "line 2"),
        ('"false",-1', '"false","de",-1', "line 2"),
        ('"/"', '"/" "', "line 2"),
    ],
)
def test_what_no_export_wrote(old: str, new: str, says: str) -> None:
    text = written([event(1, 2, props={"a": "b"})])
    assert old in text
    with pytest.raises(BadCells, match=says):
        list(read_events(io.StringIO(text.replace(old, new, 1), newline="")))


def test_a_file_of_before_a_column_was_there() -> None:
    file, clicked = io.StringIO(newline=""), event(1, 5, type="click", x=3, across=7, width=390)
    lines, rows = writer(file), event_cells("2026-05-05", clicked)
    lines.writerow(EVENT_COLUMNS[: -len(LATER)])
    lines.writerow(rows[: -len(LATER)])
    assert list(read_events(io.StringIO(file.getvalue(), newline=""))) == [event(1, 5, type="click", x=3)]
    with pytest.raises(BadCells, match="first line"):
        list(read_events(io.StringIO(",".join(EVENT_COLUMNS[: -len(LATER) - 1]), newline="")))
