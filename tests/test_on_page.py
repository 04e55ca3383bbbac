"""What `Traffic` says of single pages: who answered, and what is cut."""

from __future__ import annotations

from datetime import UTC, datetime

import explorer_site as site
import redis as redis_py

from common.frames import Traffic

NOON = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
DAY = datetime.fromtimestamp(NOON / 1000, UTC).date()


def test_scroll_and_clicks(redis: redis_py.Redis) -> None:
    site.feed(
        redis,
        [
            *site.visit(1, NOON, "/", "/b"),
            *site.visit(2, NOON, "/"),
            site.custom(1, NOON + 1_000, "engagement", page="/", scroll=50, engaged=100),
            site.custom(1, NOON + 2_000, "click", page="/", x=1, y=1, target="h1"),
            site.custom(2, NOON + 3_000, "click", page="/", x=1, y=1, target="a"),
            site.custom(1, NOON + 12_000, "click", page="/b", x=1, y=1, target="a"),
        ],
    )
    traffic = Traffic(site=site.SITE, client=redis)
    depths = traffic.scroll("/", DAY, DAY)
    assert depths["visits"].tolist() == [1] * 6 + [0] * 5
    assert (depths.attrs["viewed"], depths.attrs["answered_by"], depths.attrs["complete"]) == (2, "raw events", True)
    pages = traffic.clicks(DAY, DAY, limit=1)
    assert pages.to_numpy().tolist() == [["/", 2, 2, 2 / 3]]
    assert pages.attrs["answered_by"] == "raw events"
    assert traffic.clicks(DAY, DAY, {"page": "/"}, by="target")["target"].tolist() == ["a", "h1"]
