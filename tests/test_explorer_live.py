"""How often an open page looks for news, and that it sees them."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis

from explorer.data import Answers
from explorer.live import LIVE_EVERY, pace
from explorer.view import decode


@pytest.mark.parametrize(
    ("drawing", "flush", "every"),
    [(0.0, 0, 1.2), (0.3, 0, 1.2), (0.5, 0, 2.0), (3.0, 0, 12.0), (100.0, 0, 60.0), (0.5, 60, 60.0), (3.0, 5, 12.0)],
)
def test_a_slow_page_looks_less_often_and_none_oftener_than_there_is_news(
    drawing: float, flush: float, every: float
) -> None:
    assert pace(drawing, flush) == every
    assert LIVE_EVERY >= 1


def test_a_flush_of_today_shows_in_the_next_run(
    redis: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    now = site.now_ms()
    site.feed(redis, site.visit(1, now - 15_000, "/", "/a"))
    app = site.opened(site=site.SITE, period="today")
    assert [site.tiles(app)[name][0] for name in ("Pageviews", "Live now")] == ["2", "1"]
    site.feed(redis, site.visit(2, now - 5_000, "/"), collector="other")
    import time

    time.sleep(1.1)  # a revision is trusted for a second
    app.run()
    assert [site.tiles(app)[name][0] for name in ("Pageviews", "Live now")] == ["3", "2"]


def test_the_revision_moves_with_a_flush(redis: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer import data

    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setattr("common.reader._TRUST", 0.0)
    site.forget()
    site.ordinary(redis)
    source = data.source(site.SITE, "UTC")
    view = decode({"period": ["7d"]}, site.SITE, source.today())
    before = Answers(source, view)
    assert (len(before.revisions(view.start, view.end)), before.last_revision()) == (view.days + 4, "")
    site.feed(redis, site.visit(9, site.now_ms() - 60_000, "/"), collector="other")
    after = Answers(source, view)
    assert after.last_revision() == "1"
    assert after.revisions(view.start, view.end) != before.revisions(view.start, view.end)
