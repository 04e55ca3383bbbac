"""Items in; whether Umami would take them, and how it would say what is wrong, out."""

from __future__ import annotations

from typing import Any

import pytest

from collector.adapters.umami_form import Invalid, checked

ID = "0c1f4a52-3f5a-4d68-9f3c-5f8b8f1f2a10"
ONE = "Exactly one of website, link, or pixel must be provided"
OPTION = 'Invalid option: expected one of "event"|"identify"|"performance"|"engagement"'


@pytest.mark.parametrize("kind", ["event", "identify", "performance", "engagement"])
def test_what_is_taken(kind: str) -> None:
    payload = {"website": ID, "name": "n" * 50, "timestamp": "1770000000", "lcp": 60_000, "cls": 0.1, "more": [1]}
    assert checked({"type": kind, "payload": payload}) == (kind, payload)


#: Field and value -> what is wrong with it.
@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("website", "example.com", "Invalid UUID"),
        ("website", 7, "Invalid input: expected string, received number"),
        ("website", "", "Invalid UUID"),
        ("link", ID, ONE),  # beside a website
        ("name", "n" * 51, "Too big: expected string to have <=50 characters"),
        ("name", "=1+1", "Value must not start with =, +, -, @, tab, or carriage return"),
        ("tag", "t" * 51, "Too big: expected string to have <=50 characters"),
        ("hostname", "h" * 101, "Too big: expected string to have <=100 characters"),
        ("language", "l" * 36, "Too big: expected string to have <=35 characters"),
        ("screen", "100000x100000", "Too big: expected string to have <=11 characters"),
        ("title", None, "Invalid input: expected string, received null"),
        ("url", "https://[", "Invalid URL"),
        ("url", ["/"], "Invalid input: expected string, received array"),
        ("data", "text", "Invalid input: expected object, received string"),
        ("timestamp", "soon", "Invalid input: expected number, received string"),
        ("timestamp", 1.5, "Invalid input: expected int, received number"),
        ("timestamp", True, "Invalid input: expected number, received boolean"),
        ("lcp", 60_001, "Too big: expected number to be <=60000"),
        ("cls", -0.1, "Too small: expected number to be >=0"),
        ("inp", "12", "Invalid input: expected number, received string"),
    ],
)
def test_fields(field: str, value: Any, problem: str) -> None:
    with pytest.raises(Invalid) as raised:
        checked({"type": "event", "payload": {"website": ID} | {field: value}})
    at = "website" if problem == ONE else field
    assert raised.value.tree == {
        "errors": [],
        "properties": {"payload": {"errors": [], "properties": {at: {"errors": [problem]}}}},
    }


@pytest.mark.parametrize(
    ("item", "tree"),
    [
        (None, {"errors": ["Invalid input: expected object, received null"]}),
        ([], {"errors": ["Invalid input: expected object, received array"]}),
        (
            {"type": "view"},
            {
                "errors": [],
                "properties": {
                    "type": {"errors": [OPTION]},
                    "payload": {"errors": ["Invalid input: expected object, received null"]},
                },
            },
        ),
        (
            {"type": "event", "payload": {}},
            {"errors": [], "properties": {"payload": {"errors": [], "properties": {"website": {"errors": [ONE]}}}}},
        ),
    ],
)
def test_items(item: object, tree: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as raised:
        checked(item)
    assert raised.value.tree == tree
