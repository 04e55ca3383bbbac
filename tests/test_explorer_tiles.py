"""The change a tile shows."""

from __future__ import annotations

import pytest

from explorer.tiles import TILES, change

NAN = float("nan")


@pytest.mark.parametrize(
    ("metric", "now", "before", "text"),
    [
        ("visitors", 150, 100, "+50%"),
        ("visitors", 95, 100, "-5.0%"),
        ("visitors", 100, 100, "+0.0%"),
        ("visitors", 10, 0, None),
        ("visitors", 0, 10, "-100%"),
        ("bounce_rate", 0.45, 0.40, "+5.0 pp"),
        ("bounce_rate", 0.4, NAN, None),
        ("visit_duration", NAN, 60, None),
        ("views_per_visit", 2.2, 2.0, "+10%"),
    ],
)
def test_change(metric: str, now: float, before: float, text: str | None) -> None:
    tile = next(tile for tile in TILES if tile.metric == metric)
    assert change(tile, now, before) == text
