"""Buckets of what browsers measure: 5 % wide at most, with the official limits as edges."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.vitals import EDGES, MOST, VITALS_METRICS, WITHIN, bucket, measured


def test_edges() -> None:
    assert EDGES[:20] == tuple(range(20))
    assert EDGES[20:24] == (21, 23, 25, 27)  # 20 and 21, 22 and 23: within 5 %
    assert EDGES[-1] == MOST
    assert len(EDGES) < 256
    for edge, following in pairwise(EDGES):
        assert following <= (edge + 1) * (1 + WITHIN)


def test_limits_are_edges() -> None:
    limits = {name: (metric.good, metric.poor) for name, metric in VITALS_METRICS.items()}
    assert limits == {
        "lcp": (2_500, 4_000),
        "inp": (200, 500),
        "cls": (1_000, 2_500),  # 0.1 and 0.25
        "fcp": (1_800, 3_000),
        "ttfb": (800, 1_800),
    }
    assert {limit for pair in limits.values() for limit in pair} <= set(EDGES)


@pytest.mark.parametrize(
    ("key", "text", "name"),
    [
        ("lcp", "0", "LCP.0"),
        ("lcp", "2500", "LCP.2500"),
        ("lcp", "2501", "LCP.2626"),
        ("inp", "16", "INP.16"),
        ("cls", "0.1", "CLS.1000"),
        ("cls", "0.1001", "CLS.1051"),
        ("cls", "0.0", "CLS.0"),
        ("ttfb", "1e99", "TTFB.600000"),
        ("lcp", "-1", ""),
        ("lcp", "nan", ""),
        ("lcp", "fast", ""),
        ("plan", "7", ""),
    ],
)
def test_buckets(key: str, text: str, name: str) -> None:
    assert bucket(key, text) == name


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        ({"lcp": 1234.6, "cls": 0.01234, "fcp": 0}, {"lcp": "1235", "cls": "0.0123", "fcp": "0"}),
        ({"lcp": -1, "inp": "12", "fcp": True, "ttfb": float("inf"), "cls": float("nan")}, {}),
        ({"lcp": 10**400, "cls": 1e9, "other": 1}, {"lcp": "600000", "cls": "60.0"}),
        ({}, {}),
    ],
)
def test_what_is_kept(props: dict[str, Any], expected: dict[str, str]) -> None:
    assert measured(props) == expected


@given(st.floats(0, 700_000), st.sampled_from(list(VITALS_METRICS)))
def test_a_kept_value_lies_in_its_bucket(value: float, key: str) -> None:
    scale, text = VITALS_METRICS[key].scale, measured({key: value})[key]
    edge = int(bucket(key, text).partition(".")[2])
    assert edge == min(each for each in EDGES if each >= round(float(text) * scale))
    assert abs(float(text) - min(value, MOST / scale)) <= 0.5 / scale + 1e-9
