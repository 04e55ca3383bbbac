"""Events as columns: what stands in them, and that nothing is lost on the way there and back."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import event
from msgspec.structs import replace

from common.columns import LATER, RAW, by_day, completed, events_of, raw_of, rows_on, slim, table_of
from common.events import VISIT_DIMENSIONS, Event

LARGE = (1 << 64) - 1
EVENTS = [
    event(1, 5, "/", source="Google", props={"plan": "pro", "empty": ""}),
    event(LARGE, 6, "/b", source="", before=2, seq=1 << 31, type="engagement", engaged=400, scroll=90, props={}),
    event(1, 7, "/", source="Google", type="Signup", interactive=False, amount=-1 << 40, currency="EUR"),
    event(
        3,
        7,
        "/",
        source="Bing",
        class_="bot",
        type="click",
        x=7,
        y=1_000_000,
        target="a",
        salt_local=True,
        down=99,
        width=390,
    ),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("time", [5, 6, 7, 7]),
        ("seq", [0, 1 << 31, 0, 0]),
        ("visitor", [1, LARGE, 1, 3]),
        ("before", [0, 2, 0, 0]),
        ("type", ["pageview", "engagement", "Signup", "click"]),
        ("class", ["human", "human", "human", "bot"]),
        ("page", ["/", "/b", "/", "/"]),
        ("source", ["Google", "", "Google", "Bing"]),
        ("interactive", [True, True, False, True]),
        ("props", [[("plan", "pro"), ("empty", "")], [], None, None]),
        ("engaged", [0, 400, 0, 0]),
        ("scroll", [-1, 90, -1, -1]),
        ("amount", [0, 0, -1 << 40, 0]),
        ("currency", ["", "", "EUR", ""]),
        ("x", [-1, -1, -1, 7]),
        ("y", [-1, -1, -1, 1_000_000]),
        ("target", ["", "", "", "a"]),
        ("salt_local", [False, False, False, True]),
        ("across", [-1, -1, -1, -1]),
        ("down", [-1, -1, -1, 99]),
        ("width", [0, 0, 0, 390]),
    ],
)
def test_columns(name: str, expected: list) -> None:
    assert table_of(EVENTS)[name].to_pylist() == expected


def test_one_column_for_each_field() -> None:
    assert [name.rstrip("_") for name in Event.__struct_fields__] == RAW.names
    texts = [field.name for field in RAW if pa.types.is_dictionary(field.type)]
    assert texts == ["type", "class", "page", "hostname", *VISIT_DIMENSIONS, "title", "currency", "target"]


def test_nothing_is_a_table_too() -> None:
    assert table_of([]).schema == RAW
    assert events_of(table_of([])) == []


def test_days_apart() -> None:
    table = table_of(EVENTS).append_column("day", pa.array([7, 5, 7, 6], pa.int32()))
    found = by_day(raw_of(table), table["day"])
    assert {day: events_of(part) for day, part in found.items()} == {
        day: events_of(raw_of(rows_on(table, [day]))) for day in (5, 6, 7)
    }
    assert [item.visitor for item in events_of(found[7])] == [1, 1]
    assert rows_on(table, [9, 6])["day"].to_pylist() == [6]
    assert by_day(raw_of(rows_on(table, [])), rows_on(table, [])["day"]) == {}


TEXTS = st.text(max_size=3)
EVENT = st.builds(
    lambda dimensions, **fields: Event(**dimensions, **fields),
    dimensions=st.fixed_dictionaries(dict.fromkeys(VISIT_DIMENSIONS, TEXTS)),
    time=st.integers(0, 1 << 42),
    seq=st.integers(0, 1 << 40),
    **dict.fromkeys(("visitor", "before"), st.integers(0, LARGE)),
    **dict.fromkeys(("type", "class_", "page", "hostname", "title", "currency", "target"), TEXTS),
    **dict.fromkeys(("interactive", "salt_local"), st.booleans()),
    props=st.none() | st.dictionaries(TEXTS, TEXTS, max_size=3),
    engaged=st.integers(0, 86_400_000),
    scroll=st.integers(-1, 100),
    amount=st.integers(-(10**12), 10**12),
    **dict.fromkeys(("x", "y"), st.integers(-1, 1_000_000)),
)
MANY = st.lists(EVENT, max_size=8)


@given(events=MANY, more=MANY, start=st.integers(0, 4))
def test_there_and_back(events: list[Event], more: list[Event], start: int) -> None:
    """Whole, cut, and put together from tables that hold other texts."""
    table = table_of(events)
    assert table.schema == RAW
    assert events_of(table) == events
    assert events_of(table.slice(start, 3)) == events[start : start + 3]
    assert events_of(pa.concat_tables([table.slice(start), table_of(more)])) == events[start:] + more


def test_more_events_than_are_read_at_once() -> None:
    events = [event(at, at, f"/{at % 7}", title=f"{at}") for at in range(2_500)]
    assert events_of(table_of(events)) == events


def test_derived_rows_are_raw_ones_again() -> None:
    derived = table_of(EVENTS).drop_columns("before").append_column("day", pa.array([1, 1, 1, 1]))
    raw = raw_of(derived)
    assert raw.schema == RAW
    assert [item.before for item in events_of(raw)] == [0, 0, 0, 0]
    assert [item.visitor for item in events_of(raw)] == [1, LARGE, 1, 3]


def test_own_dimensions_are_told_once() -> None:
    """What the visit says already is null; what only looks like it stays."""
    rows = [
        ("Bing", "Bing"),
        ("", "(none)"),
        ("(none)", "(none)"),
        ("Bing", "(none)"),
        ("", "Bing"),
        ("(none)", "Bing"),
    ]
    events = [event(1, 5, source=own) for own, _ in rows]
    table = table_of(events)
    for name in VISIT_DIMENSIONS:
        values = [
            visit if name == "source" else getattr(item, name) or "(none)"
            for item, (_, visit) in zip(events, rows, strict=True)
        ]
        table = table.append_column(f"visit_{name}", pa.array(values).dictionary_encode())
    small = slim(table)
    assert small["source"].to_pylist() == [None, None, "(none)", "Bing", "", "(none)"]
    assert small["country"].null_count == len(events)
    assert raw_of(small).equals(raw_of(table))
    assert slim(small).equals(small)
    assert events_of(raw_of(small)) == events


def test_a_table_of_before_a_column_was_there() -> None:
    older = table_of(EVENTS).drop_columns(list(LATER))
    assert completed(older).schema == RAW
    assert events_of(completed(older)) == [replace(item, across=-1, down=-1, width=0) for item in EVENTS]
    assert raw_of(older.append_column("day", pa.array([7, 5, 7, 6]))).schema == RAW
