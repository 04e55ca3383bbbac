"""`where` as callers write it, and the checked lists it becomes."""

from __future__ import annotations

import pandas as pd
import pytest

from common.filters import chooses_events, is_plain, normalise


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
