"""Filters become conditions whose every value is a parameter."""

from __future__ import annotations

import pytest
from derived import relation_of
from made import event, ms

from common.depth import where as sql
from common.filters import normalise

NOON = ms("2026-05-05 12:00")
#: What people write when they try their luck; each is only ever a value or a key.
ODD = ["'; DROP TABLE part0; --", '" OR 1=1', "$first", "{rows}", "%", "\\", "(none)", "日本 🎉"]


@pytest.mark.parametrize(
    ("where", "events", "visits", "params"),
    [
        ({}, None, "class IN ($w0_0)", {"w0_0": "human"}),
        ({"class": ["human", "bot", "ai"]}, None, "true", {}),
        ({"country": ["DE", "NP"], "class": ["human", "ai", "bot"]}, None,
         "visit_country IN ($w0_0, $w0_1)", {"w0_0": "DE", "w0_1": "NP"}),
        ({"exit_page": "/", "class": []}, None, "exit_page IN ($w0_0) AND false", {"w0_0": "/"}),
        # An unset value is stored as an empty text; an empty text that is asked for is nobody's.
        ({"hostname": ["(none)", ""], "class": "bot"}, "(hostname IS NULL OR hostname IN ($w0_0, $w0_1))",
         "class IN ($w1_0)", {"w0_0": "(none)", "w0_1": "", "w1_0": "bot"}),
        ({"page": "", "class": "bot"}, "false", "class IN ($w1_0)", {"w1_0": "bot"}),
        ({"prop:a'b": "x", "class": "bot"}, "props[$w0_key] IN ($w0_0)", "class IN ($w1_0)",
         {"w0_key": "a'b", "w0_0": "x", "w1_0": "bot"}),
    ],
)  # fmt: skip
def test_conditions(where: dict, events: str | None, visits: str, params: dict) -> None:
    found = sql.conditions(normalise(where))
    assert (found.events, found.visits, found.params) == (events, visits, params)


def test_span() -> None:
    assert sql.span([2, 3]) == {"first": 2, "last": 3, "first_visit": 2 << 24, "last_visit": (4 << 24) - 1}


def test_a_column_is_never_a_callers_text() -> None:
    with pytest.raises(KeyError):
        sql.column_of("page; DROP TABLE part0")


@pytest.mark.parametrize("text", ODD)
def test_odd_values_and_keys_choose_what_they_say(text: str) -> None:
    events = [
        event(1, NOON, f"/{text}", country=text, props={text: text}),
        event(2, NOON, "/", country="DE", props={"plan": "pro"}),
    ]
    relation = relation_of(events)
    for where in ({"page": f"/{text}"}, {"country": text}, {f"prop:{text}": text}):
        found = sql.conditions(normalise(where))
        statement = f"SELECT visitor FROM {{rows}} WHERE {found.both} ORDER BY visitor"  # noqa: S608
        rows = relation.ask(statement, found.params)
        nobody = text == "(none)" and "prop:(none)" in where
        assert rows["visitor"].tolist() == ([1, 2] if nobody else [1]), where


@pytest.mark.parametrize(
    ("where", "live"),
    [
        ({}, "visit >= 0"),
        ({"page": ["/"]}, "visit >= 0"),
        ({"country": ["DE"]}, "true"),
        ({"country": ["DE", "(none)"]}, "visit >= 0"),
    ],
)
def test_a_value_of_a_visit_tells_that_there_is_one(where: dict[str, list[str]], live: str) -> None:
    assert sql.conditions(where).live == live
