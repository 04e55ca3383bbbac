"""Steps as the URL, people and filters write them."""

from __future__ import annotations

import re

import pytest

from explorer import steps


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        ([], ""),
        (["page:/"], "page:/"),
        (["page:/a", "event:Sign up"], "page:/a>event:Sign up"),
        (["page:/a>b%3E", "page:"], "page:/a%3Eb%253E>page:"),
    ],
)
def test_there_and_back(listed: list[str], text: str) -> None:
    assert steps.encode(listed) == text
    assert steps.decode(text) == listed


def test_what_is_no_step_is_left_out() -> None:
    assert steps.decode("country:DE>page:/a>nonsense>event:") == ["page:/a", "event:"]
    assert len(steps.decode(">".join(["page:/"] * 30))) == 10
    assert steps.taken(["page:", "event:Signup"]) == ["event:Signup"]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("/a*", "page:/a*"),
        (" Signup ", "event:Signup"),
        ("event:/x", "event:/x"),
        ("*thanks", "page:*thanks"),
        ("", ""),
    ],
)
def test_typed(text: str, step: str) -> None:
    assert steps.typed(text) == step


@pytest.mark.parametrize(
    ("step", "chosen"),
    [
        ("page:/a", ("page", "/a")),
        ("event:Signup", ("event", "Signup")),
        ("page:/a.b/*", ("page__matches", r"^/a\.b/.*$")),
        ("page:", None),
        ({"page": "/a"}, None),
    ],
)
def test_filter_of(step: object, chosen: object) -> None:
    assert steps.filter_of(step) == chosen  # type: ignore[arg-type]


def test_a_pattern_matches_what_its_step_takes() -> None:
    _, pattern = steps.filter_of("page:/blog/*/x") or ("", "")
    assert re.search(pattern, "/blog/2026/x")
    assert not re.search(pattern, "/en/blog/2026/x")


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [("90", 90, "90 s"), ("30 min", 1_800, "30 minutes"), ("1h", 3_600, "1 hour"), ("7 days", 604_800, "7 days")],
)
def test_seconds(text: str, number: int, shown: str) -> None:
    assert steps.seconds(text) == number
    assert steps.span(number) == shown


@pytest.mark.parametrize("text", ["", "soon", "0", "-5", "401 d", "1 year"])
def test_no_span(text: str) -> None:
    assert steps.seconds(text) is None


def test_reads() -> None:
    assert steps.reads("event:Signup") == "Signup · event"
    assert steps.reads("page:/a") == "/a"
