"""What a shared link says: encoded, decoded, and what is left out because it cannot be read."""

from __future__ import annotations

from datetime import date

import pytest

from explorer.view import (
    MOST_FILTERS,
    View,
    decode,
    decode_filter,
    encode,
    encode_filter,
    grains,
    overlapping,
    pick_grain,
)

TODAY = date(2026, 11, 25)


def as_lists(params: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else value for name, value in params.items()}


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        (("page", "/pricing"), "page:/pricing"),
        (("page", "/a:b?c&d=e%20"), "page:/a:b?c&d=e%20"),
        (("country", "(none)"), "country:(none)"),
        (("prop:plan", "pro"), "prop:plan:pro"),
        (("prop:a:b%", "c:d"), "prop:a%3Ab%25:c:d"),
        (("prop:![x](http://y)", "=1"), "prop:%21%5Bx%5D%28http%3A//y%29:=1"),
        (("class", "bot"), "class:bot"),
    ],
)
def test_a_filter_reads_well_and_comes_back(chosen: tuple[str, str], text: str) -> None:
    assert encode_filter(chosen) == text
    assert decode_filter(text) == chosen


@pytest.mark.parametrize("text", ["", "page", "page:", "colour:red", "class:alien", "prop:", "prop::x", ":x", "prop:k"])
def test_a_filter_that_names_nothing_is_left_out(text: str) -> None:
    assert decode_filter(text) is None


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("today", "2026-11-25", "2026-11-25"),
        ("yesterday", "2026-11-24", "2026-11-24"),
        ("7d", "2026-11-19", "2026-11-25"),
        ("28d", "2026-10-29", "2026-11-25"),
        ("90d", "2026-08-28", "2026-11-25"),
        ("month", "2026-11-01", "2026-11-25"),
    ],
)
def test_periods_are_days_of_the_site(period: str, start: str, end: str) -> None:
    view = decode({"period": [period]}, "a.com", TODAY)
    assert (view.start.isoformat(), view.end.isoformat(), view.period) == (start, end, period)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"from": ["2026-11-01"], "to": ["2026-11-03"]}, ("custom", "2026-11-01", "2026-11-03")),
        ({"from": ["2026-11-03"], "to": ["2026-11-01"]}, ("custom", "2026-11-01", "2026-11-03")),
        ({"from": ["2026-11-03"]}, ("custom", "2026-11-03", "2026-11-03")),
        ({"from": ["2026-11-20"], "to": ["2031-01-01"]}, ("custom", "2026-11-20", "2026-11-25")),
        ({"from": ["0001-01-01"], "to": ["2026-11-01"]}, ("custom", "2000-01-01", "2026-11-01")),
        ({"from": ["nonsense"], "to": ["2026-13-45"]}, ("28d", "2026-10-29", "2026-11-25")),
        ({"period": ["forever"]}, ("28d", "2026-10-29", "2026-11-25")),
        ({"period": ["custom"]}, ("28d", "2026-10-29", "2026-11-25")),
        ({}, ("28d", "2026-10-29", "2026-11-25")),
    ],
)
def test_days_of_an_url(params: dict[str, list[str]], expected: tuple[str, str, str]) -> None:
    view = decode(params, "a.com", TODAY)
    assert (view.period, view.start.isoformat(), view.end.isoformat()) == expected


def test_a_view_survives_the_url() -> None:
    view = View(
        "a.com",
        "custom",
        date(2026, 11, 1),
        date(2026, 11, 9),
        (("page", "/a"), ("page", "/b"), ("prop:k:1", "v"), ("class", "ai")),
        "hour",
    )
    assert decode(as_lists(encode(view)), "a.com", TODAY) == view
    assert view.where == {"page": ["/a", "/b"], "prop:k:1": ["v"], "class": ["ai"]}
    relative = view.during("7d", TODAY)
    assert decode(as_lists(encode(relative)), "a.com", TODAY) == relative
    assert encode(relative) == {"site": "a.com", "period": "7d", "f": encode(view)["f"]}


def test_drill_down_and_back() -> None:
    view = decode({"f": ["country:DE"]}, "a.com", TODAY)
    deeper = view.adding("page", "/x").adding("page", "/x")
    assert deeper.filters == (("country", "DE"), ("page", "/x"))
    assert deeper.without(("country", "DE")).filters == (("page", "/x"),)
    assert deeper.of_class("bot").of_class("ai").filters[-1] == ("class", "ai")
    assert deeper.of_class("bot").of_class("human") == deeper
    many = decode({"f": [f"page:/{n}" for n in range(50)]}, "a.com", TODAY)
    assert len(many.filters) == MOST_FILTERS
    assert many.adding("page", "/one-more") == many


def test_the_period_before_is_as_long_and_touches() -> None:
    view = decode({"from": ["2026-11-10"], "to": ["2026-11-12"]}, "a.com", TODAY)
    assert view.previous == (date(2026, 11, 7), date(2026, 11, 9))


@pytest.mark.parametrize(
    ("days", "picked", "offered"),
    [
        (1, "hour", ["15min", "hour"]),
        (2, "hour", ["15min", "hour", "day"]),
        (7, "day", ["15min", "hour", "day"]),
        (28, "day", ["hour", "day", "week"]),
        (90, "day", ["day", "week", "month"]),
        (365, "week", ["day", "week", "month"]),
        (1500, "month", ["week", "month"]),
    ],
)
def test_grains(days: int, picked: str, offered: list[str]) -> None:
    assert (pick_grain(days), grains(days)) == (picked, offered)
    assert picked in offered


def test_a_grain_that_does_not_fit_gives_way() -> None:
    view = decode({"period": ["90d"], "grain": ["15min"]}, "a.com", TODAY)
    assert (view.grain, view.bars) == ("15min", "day")
    assert decode({"period": ["90d"], "grain": ["week"]}, "a.com", TODAY).bars == "week"


@pytest.mark.parametrize(
    ("dimension", "overlaps"), [("page", 1), ("event", 1), ("prop:x", 1), ("entry_page", 0), ("os", 0)]
)
def test_overlaps(dimension: str, overlaps: int) -> None:
    assert overlapping(dimension) == bool(overlaps)
