"""A batch posted over HTTP is in the frames within two seconds of its 202, and equals a table written by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis as redis_py
from collectors import CHROME, environ_of, serving

from common.frames import Traffic
from common.settings import Settings

MINUTE = 60_000

#: Minutes before sending, type, path, and what else.
BATCH = [
    (9, "pageview", "/?utm_source=letter&utm_medium=email", {"title": "Home", "screen": [1920, 1080]}),
    (8, "engagement", "/", {"engaged": 20_000, "scroll": 80}),
    (7, "pageview", "/pricing?mail=a@b.example", {}),
    (6, "Signup", "/pricing", {"props": {"plan": "pro"}, "revenue": {"amount": "9.90", "currency": "EUR"}}),
    (6, "click", "/pricing", {"x": 10, "y": 20, "target": "#buy"}),
    (4, "pageview", "/docs", {}),
]
OTHER = [(5, "pageview", "/docs", {"referrer": "https://www.google.com/"})]

TOTALS = {
    "visitors": 2,
    "visits": 2,
    "pageviews": 4,
    "events": 5,
    "views_per_visit": 2.0,
    "bounce_rate": 0.5,
    "visit_duration": 150.0,  # five minutes, and none
    "engagement": 10.0,
}
#        value: visitors, visits, pageviews, events
PAGES = {"/": (1, 1, 1, 1), "/docs": (2, 2, 2, 2), "/pricing": (1, 1, 1, 2)}
SOURCES = {"letter": (1, 1, 3, 4), "Google": (1, 1, 1, 1)}
EVENTS = {"pageview": (2, 2, 4, 4), "Signup": (1, 1, 0, 1)}
#         entry, exit, pageviews, events, duration, bounce, engagement
VISITS = [("/", "/docs", 3, 4, 300.0, False, 20.0), ("/docs", "/docs", 1, 1, 0.0, True, 0.0)]


def zone_at_midday() -> str:
    """A zone in which it is neither near midnight nor near a change of the clock."""
    return next(f"Etc/GMT{hours:+d}" for hours in range(12) if 6 <= (datetime.now(UTC).hour - hours) % 24 <= 18)


def body(rows: list[tuple[int, str, str, dict[str, object]]], batch: str) -> dict[str, object]:
    events = [{"type": kind, "pathname": path, "age": age * MINUTE, **more} for age, kind, path, more in rows]
    return {"site": "example.com", "batch": batch, "events": [{"hostname": "example.com", **e} for e in events]}


def table(traffic: Traffic, dimension: str) -> dict[str, tuple[int, ...]]:
    frame = traffic.breakdown(dimension, traffic.today(), traffic.today())
    figures = frame[["visitors", "visits", "pageviews", "events"]].itertuples(index=False, name=None)
    return dict(zip(frame[dimension], figures, strict=True))


def test_batch_posted_frame_equals_hand_written_table(
    settings: Settings, redis: redis_py.Redis, free_port: Callable[[], int], tmp_path: Path
) -> None:
    settings = replace(settings, sites={"example.com": zone_at_midday()})
    with serving(environ_of(settings), free_port(), tmp_path / "log") as served:
        traffic = Traffic(site="example.com", client=redis, settings=settings)
        assert served.post(body(OTHER, "b1"), **{"user-agent": CHROME}).json() == {"accepted": 1, "dropped": {}}
        answer = served.post(body(BATCH, "b2"))
        answered = time.monotonic()
        assert (answer.status_code, answer.json()) == (202, {"accepted": 6, "dropped": {}})
        assert served.post(body(BATCH, "b2")).status_code == 202  # the same batch again adds nothing
        while (totals := traffic.totals(traffic.today(), traffic.today())).to_dict() != TOTALS:
            assert time.monotonic() - answered < 2.0, totals
            time.sleep(0.01)
        day = traffic.today()
        assert {name: table(traffic, name) for name in ("page", "source", "event")} == {
            "page": PAGES,
            "source": SOURCES,
            "event": EVENTS,
        }
        columns = ["entry_page", "exit_page", "pageviews", "events", "duration", "bounce", "engagement"]
        rows = list(traffic.visits(day, day)[columns].itertuples(index=False, name=None))
        assert rows == VISITS
        assert table(traffic, "prop:plan")["pro"] == (1, 1, 0, 1)
        money = traffic.revenue(day, day)
        assert money.iloc[0].to_dict() == {"event": "Signup", "currency": "EUR", "events": 1, "amount": 990}
        assert traffic.live() == 1  # of the last five minutes: /docs, four minutes ago
        assert traffic.totals(day - timedelta(days=1), day - timedelta(days=1))["events"] == 0
        filtered = traffic.totals(day, day, {"source": "letter"})
        assert filtered[["visitors", "visits", "pageviews", "events"]].tolist() == [1, 1, 3, 4]
