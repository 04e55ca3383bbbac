"""Differences as people read them."""

from __future__ import annotations

import math

import pytest

from common.changes import MEASURES as MADE
from explorer.measures import MEASURES, difference, relative


@pytest.mark.parametrize(
    ("metric", "number", "text"),
    [
        ("visitors", 1234, "+1,234"),
        ("visits", -5, "-5"),
        ("bounce_rate", -0.0213, "-2.13 pp"),
        ("visit_duration", 3.44, "+3.4 s"),
        ("views_per_visit", 0.0312, "+0.031"),
        ("pageviews", math.nan, "–"),
        ("visit_duration", -0.04, "+0.0 s"),
        ("visits", 0, "+0"),
    ],
)
def test_difference(metric: str, number: float, text: str) -> None:
    assert difference(metric, number) == text


@pytest.mark.parametrize(
    ("before", "after", "text"), [(200, 150, "-25.0%"), (0, 5, ""), (math.nan, 5, ""), (5, math.nan, "")]
)
def test_relative(before: float, after: float, text: str) -> None:
    assert relative(before, after) == text


def test_every_metric_that_can_be_taken_apart_has_a_title() -> None:
    assert list(MEASURES) == list(MADE)
