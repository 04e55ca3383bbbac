"""The table of rollups covers every dimension, and the shape of a visit has the edges it says."""

from __future__ import annotations

import pytest

from common.events import EVENT_DIMENSIONS, PATH_DIMENSIONS, VISIT_DIMENSIONS
from common.rollups import BY_DIMENSION, METRICS, ROLLUPS, cap_of, rollup_of, row, shape


def test_every_dimension_is_counted_once() -> None:
    names = [rollup.dimension for rollup in ROLLUPS]
    assert len(names) == len(set(names)) == len(BY_DIMENSION)
    assert {*EVENT_DIMENSIONS, *PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class", "prop"} <= set(names)
    assert not [name for name in names if "=" in name]


def test_rows_hold_known_metrics() -> None:
    for rollup in ROLLUPS:
        assert set(rollup.metrics) <= set(METRICS), rollup.dimension
        assert rollup.about, rollup.dimension


def test_caps() -> None:
    bounded = {rollup.dimension for rollup in ROLLUPS if not rollup.cap}
    assert bounded == {"class", "step", "hour", "shape", "vitals", "salt", "dropped"}
    assert cap_of("prop:plan") == cap_of("prop") == 500
    assert rollup_of("prop:plan") is BY_DIMENSION["prop"]
    with pytest.raises(KeyError):
        rollup_of("planet")


@pytest.mark.parametrize(
    ("pageviews", "engaged", "interactive", "cell"),
    [
        (0, 0, True, "0.<1.y"),
        (1, 999, False, "1.<1.n"),
        (1, 1_000, False, "1.<10.n"),
        (2, 9_999, False, "2.<10.n"),
        (2, 10_000, True, "2.<30.y"),
        (3, 29_999, False, "3+.<30.n"),
        (99, 30_000, False, "3+.30+.n"),
    ],
)
def test_shapes(pageviews: int, engaged: int, interactive: bool, cell: str) -> None:
    assert shape(pageviews, engaged, interactive) == cell


def test_rows_are_made_once() -> None:
    increments: dict = {}
    row(increments, 5, "page=/")[0] += 2
    row(increments, 5, "page=/")[1] += 1
    assert increments == {5: {"page=/": [2, 1] + [0] * (len(METRICS) - 2)}}
