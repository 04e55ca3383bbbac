"""The change a tile shows."""

from __future__ import annotations

import pytest

from explorer.tiles import TILES, change, shown

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


@pytest.mark.parametrize(
    ("metric", "now", "before", "told"),
    [
        ("visitors", 12_345, 10_000, ("12,345", "12,345", "+23%", "good", "up")),
        ("visitors", 9_500, 10_000, ("9,500", "9,500", "-5.0%", "bad", "down")),
        ("visitors", 5, 5, ("5", "5", "+0.0%", "off", "")),
        ("visitors", 5, None, ("5", "5", "", "off", "")),
        ("bounce_rate", 0.45, 0.40, ("45.0%", "0.45", "+5.0 pp", "bad", "up")),
        ("bounce_rate", 0.40, 0.45, ("40.0%", "0.4", "-5.0 pp", "good", "down")),
        ("visit_duration", NAN, 60, ("–", "", "", "off", "")),
    ],
)
def test_shown(metric: str, now: float, before: float | None, told: tuple[str, ...]) -> None:
    tile = shown(next(tile for tile in TILES if tile.metric == metric), now, before)
    assert tuple(tile[name] for name in ("value", "full", "change", "tone", "arrow")) == told
