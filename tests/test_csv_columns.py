"""What `--columns` says of a header."""

from __future__ import annotations

import pytest

from collector.csv_columns import FIELDS, named

HEADER = ["user_id", "session_id", "event", "timestamp", "platform"]


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("event=event", ["user_id", "", "name", "timestamp", ""]),
        ("event=event, device=platform", ["user_id", "", "name", "timestamp", "screen_size"]),
        ("event=name", ["user_id", "", "name", "timestamp", ""]),  # the wrong way round, and clear all the same
        ("name=event,user_id=session_id", ["", "user_id", "name", "timestamp", ""]),
        ("page=event,prop:kind=platform", ["user_id", "", "pathname", "timestamp", "prop:kind"]),
        ("", ["user_id", "", "name", "timestamp", ""]),
    ],
)
def test_named(text: str, held: list[str]) -> None:
    assert named(text, HEADER) == held


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("event", "'event': expected FIELD=COLUMN"),
        ("event=", "'event=': expected FIELD=COLUMN"),
        ("colour=event", "unknown field 'colour': expected one of timestamp, visitor, event"),
        ("prop:=event", "unknown field 'prop:'"),
        ("event=action", "no column 'action'; the first line names user_id, session_id"),
        ("event=event,name=platform", "name is named twice"),
        ("timestamp=user_id", "no column holds visitor"),
    ],
)
def test_what_cannot_be_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\\(")):
        named(text, HEADER)


def test_a_column_that_stands_twice() -> None:
    with pytest.raises(ValueError, match="timestamp is held by two columns"):
        named("", ["user_id", "timestamp", "timestamp"])


def test_fields_are_plain_words() -> None:
    assert all(name.replace("_", "").isalpha() for name in FIELDS)
