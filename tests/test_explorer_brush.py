"""What was drawn over becomes bars; and in a real browser days, which the back button takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import explorer_resting as resting
import explorer_site as site
import pytest
import redis as redis_py

from explorer.brush import span_of

if TYPE_CHECKING:
    from playwright.sync_api import Page


#: The brush has no look of its own: it is there once its script is.
_LISTENS = """() => performance.getEntriesByType("resource").some(each => each.name.endsWith("/brush.js"))"""


@pytest.mark.parametrize(
    ("ends", "span"),
    [
        (None, None),
        ([1], None),
        (["1", "2"], None),
        ([0.6, 2.4], (1, 2)),
        ([2.4, 0.6], (1, 2)),
        ([1.9, 2.3], (2, 2)),
        ([2.1, 2.3], (2, 2)),  # within a bar
        ([-3.0, 99.0], (0, 6)),
        ([6.6, 6.6], None),
    ],
)
def test_span_of(ends: object, span: tuple[int, int] | None) -> None:
    assert span_of(ends, 7) == span


@pytest.mark.browser
def test_a_brush_chooses_days_and_a_click_one(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    page.goto(f"{explorer}/?site={name}&from=2026-01-05&to=2026-01-14")
    page.goto(f"{explorer}/?site={name}&period=7d")
    # Seven bars between -0.6 and 6.6: from the third's left edge to behind the fourth's middle.
    page.wait_for_function(_LISTENS)
    plot = resting.plot(page, "series", 7)
    page.mouse.move(*plot.at((1.7 + 0.6) / 7.2, 0.5))
    page.mouse.down()
    page.mouse.move(*plot.at((3.3 + 0.6) / 7.2, 0.5), steps=5)
    page.mouse.up()
    page.wait_for_url("**from=**")
    first, last = _days(page.url)
    assert last - first == 1
    page.get_by_text("No traffic in these days").wait_for()
    page.go_back()
    plot = resting.plot(page, "series", 7)
    assert "period=7d" in page.url
    resting.click(page, plot.at(5.6 / 7.2, 0.96), ".st-key-series")
    page.wait_for_url("**from=**")
    first, last = _days(page.url)
    assert first == last == (site.now_ms() - site.DAY) // site.DAY


def _days(url: str) -> tuple[int, int]:
    from datetime import date
    from urllib.parse import parse_qs, urlsplit

    asked = parse_qs(urlsplit(url).query)
    epoch = date(1970, 1, 1)
    first, last = ((date.fromisoformat(asked[name][0]) - epoch).days for name in ("from", "to"))
    return first, last
