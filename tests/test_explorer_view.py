"""What a shared link says: encoded, decoded, and what is left out because it cannot be read."""

from __future__ import annotations

from datetime import date

import pytest

from explorer.view import (
    MOST_CHOICES,
    MOST_FILTERS,
    View,
    decode,
    decode_filter,
    encode,
    encode_filter,
    grains,
    opposite,
    overlapping,
    pick_grain,
    span_of,
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


@pytest.mark.parametrize(
    ("compare", "period", "expected"),
    [
        ("", "7d", ("2026-11-12", "2026-11-18")),
        ("previous", "7d", ("2026-11-12", "2026-11-18")),
        ("nonsense", "7d", ("2026-11-12", "2026-11-18")),
        ("none", "7d", None),
        ("year", "7d", ("2025-11-20", "2025-11-26")),  # 364 days before: the same weekdays
        ("2026-10-01..2026-10-07", "28d", ("2026-10-01", "2026-10-07")),
        ("2026-10-07..2026-10-01", "28d", ("2026-10-01", "2026-10-07")),
    ],
)
def test_compared(compare: str, period: str, expected: tuple[str, str] | None) -> None:
    view = decode({"period": [period], "compare": [compare]}, "a.com", TODAY)
    found = view.compared
    assert (found and tuple(day.isoformat() for day in found)) == expected
    assert decode(as_lists(encode(view)), "a.com", TODAY) == view


def test_a_year_before_several_years_does_not_overlap_them() -> None:
    view = decode({"from": ["2025-01-01"], "to": ["2026-06-30"], "compare": ["year"]}, "a.com", TODAY)
    assert view.compared is not None
    assert view.compared[1] < view.start
    assert view.compared[0].weekday() == view.start.weekday()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-01..2026-10-28", (date(2026, 10, 1), date(2026, 10, 28))),
        ("2026-10-28..2026-10-01", (date(2026, 10, 1), date(2026, 10, 28))),
        ("2026-10-01", None),
        ("2026-10-01..", None),
        ("..", None),
        ("a..b", None),
        ("", None),
    ],
)
def test_span_of(text: str, expected: tuple[date, date] | None) -> None:
    assert span_of(text) == expected


@pytest.mark.parametrize(
    ("chosen", "turned"),
    [
        (("page", "/"), ("page__not", "/")),
        (("page__contains", "a"), ("page__not_contains", "a")),
        (("prop:a__b__matches", "^x"), ("prop:a__b__not_matches", "^x")),
        (("prop:a__b", "x"), ("prop:a__b__not", "x")),
    ],
)
def test_opposite_and_back(chosen: tuple[str, str], turned: tuple[str, str]) -> None:
    assert opposite(chosen) == turned
    assert opposite(turned) == chosen


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        (("page__contains", "/a:b"), "page__contains:/a:b"),
        (("country__not", "(none)"), "country__not:(none)"),
        (("page__not_matches", "^/(a|b)$"), "page__not_matches:^/(a|b)$"),
        (("prop:a:b__contains", "x"), "prop:a%3Ab__contains:x"),
    ],
)
def test_operators_stand_in_the_url(chosen: tuple[str, str], text: str) -> None:
    assert encode_filter(chosen) == text
    assert decode_filter(text) == chosen


@pytest.mark.parametrize("text", ["page__matches:(", "page__matches:(?=a)", "colour__not:red", "page__almost:x"])
def test_what_no_operator_can_do_is_left_out(text: str) -> None:
    assert decode_filter(text) is None


def test_choices_of_pages_stay_in_the_url() -> None:
    view = decode({"technology": ["os"], "content_q": ["a b", "c/d"], "Bad": ["x"], "empty": [""]}, "a.com", TODAY)
    assert view.choices == (("technology", "os"), ("content_q", "c/d"))
    assert (view.choice("technology"), view.choice("nothing", "else")) == ("os", "else")
    assert encode(view) == {"site": "a.com", "period": "28d", "technology": "os", "content_q": "c/d"}
    assert view.choosing("technology", "").choosing("content_q", "e").choices == (("content_q", "e"),)
    many = decode({f"name{number}": ["x"] for number in range(100)}, "a.com", TODAY)
    assert len(many.choices) == MOST_CHOICES
