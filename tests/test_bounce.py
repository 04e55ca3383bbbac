"""Definitions of a bounce, each applied to one histogram that can be counted by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from common import bounce
from common.bounce import GA4, PLAUSIBLE, UMAMI, counted, is_stored, own, rule_of

#: pageviews, engaged, interactive, visits
CELLS = [
    ("0", "<1", "n", 1),  # a custom event that is not interactive, alone
    ("0", "<1", "y", 2),
    ("1", "<1", "n", 10),
    ("1", "<10", "n", 20),
    ("1", "<30", "n", 5),
    ("1", "30+", "n", 4),
    ("1", "<10", "y", 3),
    ("2", "<1", "n", 6),
    ("3+", "30+", "y", 7),
]
SHAPES = pd.DataFrame(CELLS, columns=["pageviews", "engaged", "interactive", "visits"])


@pytest.mark.parametrize(
    ("rule", "bounces", "visits"),
    [
        (PLAUSIBLE, 10 + 20 + 5 + 4, 58),
        (UMAMI, 10 + 20 + 5 + 4 + 3, 55),  # the visit with an event bounces too; three without a pageview are none
        (GA4, 1 + 10 + 20, 58),
        (own(30, 2, True), 1 + 10 + 20 + 5, 58),
        (own(30, 0, False), 58 - 4 - 7, 58),
        (own(1, 0, False), 1 + 2 + 10 + 6, 58),
        (own(0, 3, False), 58 - 7, 58),
        (own(0, 1, False), 3, 58),
        (own(0, 0, True), 58 - 2 - 3 - 7, 58),
        (own(0, 0, False), 58, 58),
    ],
    ids=lambda value: value.name if isinstance(value, bounce.Rule) else None,
)
def test_counted(rule: bounce.Rule, bounces: int, visits: int) -> None:
    found = counted(rule, SHAPES)
    assert found[["bounces", "visits"]].to_numpy().tolist() == [[bounces, visits]]
    assert found["bounce_rate"].iloc[0] == pytest.approx(bounces / visits)


def test_by_bars_and_without_visits() -> None:
    days = pd.to_datetime(["2026-05-05"] * 2 + ["2026-05-06"] * 3 + ["2026-05-07"] * 4)
    found = counted(UMAMI, SHAPES.assign(time=days))
    assert found["visits"].tolist() == [0, 35, 20]  # the first day has no visit with a pageview
    assert math.isnan(found["bounce_rate"].iloc[0])
    assert found["bounces"].tolist() == [0, 35, 7]
    assert math.isnan(counted(GA4, SHAPES.head(0))["bounce_rate"].iloc[0])


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        (PLAUSIBLE, True),
        (UMAMI, True),
        (GA4, True),
        (own(1, 3, True), True),
        (own(30, 0, False), True),
        (own(15, 2, True), False),
        (own(31, 2, True), False),
        (own(10, 4, True), False),
    ],
    ids=lambda value: value.name if isinstance(value, bounce.Rule) else None,
)
def test_what_the_histogram_tells(rule: bounce.Rule, stored: bool) -> None:
    assert is_stored(rule) == stored
    if not stored:
        with pytest.raises(ValueError, match=f"^{rule.name}: "):
            counted(rule, SHAPES)


def test_other_edges() -> None:
    shapes = pd.DataFrame(
        [("1", "<15", "n", 3), ("4", "<15", "n", 2), ("5+", "<15", "n", 1), ("1", "15+", "n", 9)],
        columns=SHAPES.columns,
    )
    shapes.attrs.update(seconds=(15.0,), pages=5)
    assert counted(own(15, 5, True), shapes)["bounces"].tolist() == [5]
    assert counted(own(0, 4, True), shapes)["bounces"].tolist() == [12]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", PLAUSIBLE),
        ("nobody", PLAUSIBLE),
        ("ga4", GA4),
        ("umami", UMAMI),
        ("own:15:2:1", own(15, 2, True)),
        ("own:2.5:0:0", own(2.5, 0, False)),
        ("own:9999:99:1", own(3_600, 20, True)),
        ("own:-1:2:1", PLAUSIBLE),
        ("own:nan:2:1", PLAUSIBLE),
    ],
)
def test_names(name: str, rule: bounce.Rule) -> None:
    assert rule_of(name) == rule
    assert rule_of(rule.name) == rule


def test_every_definition_says_whose_it_is() -> None:
    assert all(rule.source.startswith("https://") and rule.about for rule in bounce.RULES.values())
    docs = (Path(__file__).resolve().parent.parent / "docs" / "explorer.md").read_text()
    assert all(f"| {rule.title}" in docs and f"| {rule.source} |" in docs for rule in bounce.RULES.values())
    assert own(10, 0, True).about == "Under 10 s engaged, no interactive custom event."
