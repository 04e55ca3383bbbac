"""`where` as callers write it, and the checked lists it becomes."""

from __future__ import annotations

import pandas as pd
import pytest

from common.filters import chooses_events, is_plain, normalise, split
from common.filters import holds_of as says


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, {"class": ["human"]}),
        ({}, {"class": ["human"]}),
        ({"country": "DE"}, {"country": ["DE"], "class": ["human"]}),
        ({"country": ("DE", "NP"), "class": "bot"}, {"country": ["DE", "NP"], "class": ["bot"]}),
        ({"page": pd.Index(["/", "/a"])}, {"page": ["/", "/a"], "class": ["human"]}),
        ({"prop:plan": "pro"}, {"prop:plan": ["pro"], "class": ["human"]}),
        ({"source": []}, {"source": [], "class": ["human"]}),
        ({"page__contains": "/blog"}, {"page__contains": ["/blog"], "class": ["human"]}),
        ({"prop:a__b__not": ["x"]}, {"prop:a__b__not": ["x"], "class": ["human"]}),
    ],
)
def test_normalise(where: dict | None, expected: dict) -> None:
    assert normalise(where) == expected


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"planet": "Mars"}, "where: unknown dimension 'planet', expected one of browser, "),
        ({"class": ["human", "robot"]}, "where: class='robot', expected one of human, bot, ai"),
        ({"country": None}, "where: country=None, expected text or a list of texts"),
        ({"prop:size": [5]}, "where: prop:size=5, expected text or a list of texts"),
        ({"page__like": "/"}, "where: unknown dimension 'page__like', expected one of browser, "),
        ({"class__not": "bot"}, "where: class__not: a class is named as it is"),
        ({"page__matches": "("}, r"where: page__matches='\(' is no regular expression: "),
        ({"page__not_matches": "(?=x)"}, "look-around and back-references are not known here"),
    ],
)
def test_bad_filters_are_named(where: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        normalise(where)


def test_only_the_class_is_plain() -> None:
    assert is_plain(normalise(None)) == ["human"]
    assert is_plain(normalise({"class": ["bot", "ai"]})) == ["bot", "ai"]
    assert is_plain(normalise({"country": "DE"})) is None


def test_what_chooses_events() -> None:
    assert [name for name in ("page", "hostname", "event", "prop:x") if not chooses_events(name)] == []
    assert [name for name in ("entry_page", "exit_page", "source", "class", "prop") if chooses_events(name)] == []


@pytest.mark.parametrize(
    ("key", "dimension", "operator"),
    [
        ("page", "page", ""),
        ("page__not", "page", "not"),
        ("page__not_contains", "page", "not_contains"),
        ("prop:a__b", "prop:a__b", ""),
        ("prop:a__b__matches", "prop:a__b", "matches"),
        ("__not", "__not", ""),
    ],
)
def test_an_operator_stands_behind_the_dimension(key: str, dimension: str, operator: str) -> None:
    assert split(key) == (dimension, operator)


@pytest.mark.parametrize(
    ("key", "values", "chosen"),
    [
        ("page", ["/", "/Blog/a"], ["/", "/Blog/a"]),
        ("page__not", ["/", "/b"], ["/Blog/a", "(none)"]),
        ("page__contains", ["blog", "/b"], ["/Blog/a", "/b"]),
        ("page__not_contains", ["blog"], ["/", "/b", "(none)"]),
        ("page__matches", ["^/$", "a$"], ["/", "/Blog/a"]),
        ("page__not_matches", ["/"], ["(none)"]),
        ("page", [], []),
        ("page__not", [], ["/", "/Blog/a", "/b", "(none)"]),
        ("page__contains", [], []),
    ],
)
def test_what_an_operator_says(key: str, values: list[str], chosen: list[str]) -> None:
    holds = says(key, values)
    assert [text for text in ("/", "/Blog/a", "/b", "(none)") if holds(text)] == chosen
