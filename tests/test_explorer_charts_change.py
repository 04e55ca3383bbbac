"""The waterfall: its bars end where the figure ends, and texts of visitors stay texts."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer import labels
from explorer.charts_change import Step, bounds, steps, waterfall

ROWS = pd.DataFrame({"value": ["a", "b", "c", "d"], "contribution": [5.0, -3.0, 2.0, 1.0]})


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (4, [("A", 5), ("B", -3), ("C", 2), ("D", 1)]),
        (3, [("A", 5), ("B", -3), ("C", 2), ("D", 1)]),  # one other takes no more room than its own name
        (2, [("A", 5), ("B", -3), ("2 others", 3)]),
    ],
)
def test_steps(most: int, expected: list[tuple[str, float]]) -> None:
    found = steps(ROWS, str.upper, most)
    assert found == expected
    assert sum(step.change for step in found) == 5


@pytest.mark.parametrize(
    ("before", "changes", "first"),
    [
        (0, [5, -3], -0.5),
        (10, [-8, 20], 0),
        (1000, [-10, 5], 978),  # what moves is far above zero
        (0, [], -0.1),
    ],
)
def test_bounds(before: float, changes: list[float], first: float) -> None:
    low, high = bounds(before, changes)
    path = [before + sum(changes[:place]) for place in range(len(changes) + 1)]
    assert low == pytest.approx(first)
    assert low <= min(path)
    assert high > max(path)


def test_waterfall() -> None:
    name = "/<a href='http://evil.test'>%{y}</a>"
    for dark in (False, True):
        figure = waterfall(10, 15, [Step(name, 8), Step("b", -3)], labels.count, "{:+.0f}".format, dark)
        (bars,) = figure.data
        assert list(bars.x) == [10, 8, -3, 15]
        assert list(bars.measure) == ["absolute", "relative", "relative", "total"]
        assert list(bars.text) == ["10", "+8", "-3", "15"]
        assert "<a" not in figure.to_json()
        assert bars.increasing.marker.color != bars.decreasing.marker.color
