"""An emptied Redis in, the small site of docs/library.md out: two days, six human visits, a bot, and drops."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import redis
from explorer_site import custom, feed, visit

from common import events
from common.events import Event

SITE = "example.com"
#: The days as the page tells them; they are the two before today.
TOLD = (date(2026, 11, 23), date(2026, 11, 24))
_MINUTE = 60_000


def traffic(client: redis.Redis, today: date) -> None:
    """Feed the site. Noon of the first day: two visits; of the second: four, the last one by who came before."""
    first, second = (_noon(today - timedelta(days=ago)) for ago in (2, 1))
    mobile = {"country": "FR", "device": "Mobile", "browser": "Safari", "os": "iOS", "screen": "XS"}
    direct = {"source": "(direct)", "referrer": "", "channel": "Direct"}
    feed(
        client,
        [
            *_here(visit(1, first, "/", "/pricing", "/docs")),
            _signal(1, first + 9_000, "engagement", "/", engaged=9_000, scroll=80),
            _signal(1, first + 15_000, "click", "/pricing", x=130, y=412, target="a.buy"),
            *_here(visit(2, first + _MINUTE, "/", **mobile)),
        ],
        SITE,
        collector="first",
    )
    feed(
        client,
        [
            *_here(visit(3, second, "/", "/pricing")),
            _signal(3, second + 14_000, "click", "/pricing", x=135, y=405, target="a.buy"),
            *_here([custom(3, second + 20_000, "Signup", props={"plan": "pro"})]),
            *_here([custom(3, second + 30_000, "Purchase", amount=4900, currency="EUR")]),
            *_here(visit(4, second + _MINUTE, "/pricing", "/", **mobile, **direct)),
            *_here(visit(5, second + 2 * _MINUTE, "/", "/pricing")),
            *_here([custom(5, second + 3 * _MINUTE, "Signup", props={"plan": "free"})]),
            *_here(visit(3, second + 90 * _MINUTE, "/docs")),
            *_here(visit(6, second, "/", class_="bot")),
            *_measured(second + 5_000),
        ],
        SITE,
        dropped={"no_visit": 2, "old": 1},
        collector="second",
    )


def _here(listed: list[Event]) -> list[Event]:
    for event in listed:
        event.hostname = SITE
    return listed


def _measured(at: int) -> list[Event]:
    """Vitals and an error, where such signals are known: else they would be custom events."""
    if "vitals" not in events.SIGNALS:
        return []
    vitals = [{"lcp": "1800", "cls": "0.05", "inp": "120"}, {"lcp": "4600", "cls": "0.02"}]
    told = [_signal(3 + n, at + n * _MINUTE, "vitals", "/", props=props) for n, props in enumerate(vitals)]
    return [*told, _signal(3, at + 1_000, "error", "/pricing", props={"message": "x is undefined"})]


def _signal(visitor: int, at: int, kind: str, page: str, **facts: Any) -> Event:
    return _here([custom(visitor, at, kind, page=page, **facts)])[0]


def _noon(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000 + 43_200_000
