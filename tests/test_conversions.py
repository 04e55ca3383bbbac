"""Goals, money, properties and paths asked of `Traffic`: a readable day, rollups and raw events alike."""

from __future__ import annotations

from typing import Any

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common.frames import Traffic
from common.settings import Settings

DAY = "2026-05-05"
NOON = ms(f"{DAY} 12:00")
EUR = {"type": "Order", "amount": 990, "currency": "EUR", "props": {"plan": "pro"}}
USD = {"type": "Order", "amount": 500, "currency": "USD", "props": {"size": "L"}}


@pytest.fixture
def traffic(redis: redis_py.Redis) -> Traffic:
    """Ann orders for euros, Ben for dollars, Cem looks, a bot orders too."""
    apply(
        redis,
        [
            event(1, NOON, "/", country="DE"),
            event(1, NOON + 1_000, "/thanks", country="DE"),
            event(1, NOON + 2_000, "/thanks", country="DE", **EUR),
            event(2, NOON, "/", country="NP"),
            event(2, NOON + 1_000, "/", country="NP", **USD),
            event(3, NOON, "/", country="DE"),
            event(4, NOON, "/", class_="bot", **EUR),
        ],
    )
    return Traffic(site=SITE.site, client=redis, settings=Settings())


def rows(frame: Any, *columns: str) -> list[tuple]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_revenue_under_filters(traffic: Traffic) -> None:
    columns = ("event", "currency", "events", "amount")
    plain = traffic.revenue(DAY, DAY)
    assert plain.attrs["answered_by"] == "rollups"
    assert rows(plain, *columns) == [("Order", "EUR", 1, 990), ("Order", "USD", 1, 500)]
    raw = traffic.revenue(DAY, DAY, where={"country": ["DE", "NP"]})
    assert raw.attrs["answered_by"] == "raw events"
    assert rows(raw, *columns) == rows(plain, *columns)
    assert rows(traffic.revenue(DAY, DAY, where={"country": "NP"}), *columns) == [("Order", "USD", 1, 500)]
    assert rows(traffic.revenue(DAY, DAY, where={"class": "bot"}), *columns) == [("Order", "EUR", 1, 990)]
    by = traffic.revenue(DAY, DAY, by="country")
    assert rows(by, "country", "currency", "amount") == [("DE", "EUR", 990), ("NP", "USD", 500)]
    assert traffic.revenue(DAY, DAY, where={"page": "/nowhere"}).empty


def test_properties_of_an_event(traffic: Traffic) -> None:
    assert traffic.properties(DAY, DAY) == ["prop:plan", "prop:size"]
    assert traffic.properties(DAY, DAY, where={"event": "Order", "country": "NP"}) == ["prop:size"]


def test_conversions(traffic: Traffic) -> None:
    columns = ("goal", "visitors", "converters", "conversions", "rate")
    assert rows(traffic.conversions("event:Order", DAY, DAY), *columns) == [("Order", 3, 2, 2, 2 / 3)]
    both = traffic.conversions(["event:Order", "page:/thanks*"], DAY, DAY, where={"country": "DE"})
    assert rows(both, *columns) == [("Order", 2, 1, 1, 0.5), ("/thanks*", 2, 1, 2, 0.5)]
    found = traffic.conversions("event:Order", DAY, DAY, by="class")
    assert rows(found, "class", "visitors", "converters") == [("human", 3, 2), ("bot", 1, 1)]
    # The visitors are those of totals and breakdowns under the same filters.
    by = traffic.conversions("event:Order", DAY, DAY, by="country").set_index("country")["visitors"]
    assert by.to_dict() == traffic.breakdown("country", DAY, DAY).set_index("country")["visitors"].to_dict()
    series = traffic.conversions("event:Order", DAY, DAY, grain="hour")
    assert len(series) == 24
    assert rows(series[series["visitors"] > 0], "visitors", "converters") == [(3, 2)]
    assert str(series["time"].dt.tz) == "UTC"


def test_paths(traffic: Traffic) -> None:
    found = traffic.paths(DAY, DAY, self_transitions=False)
    assert rows(found, "step", "from", "to", "visits") == [
        (1, "/", "(exit)", 2),
        (1, "/", "/thanks", 1),
        (2, "/thanks", "(exit)", 1),
    ]
    led = traffic.paths(DAY, DAY, at="event:Order", back=True, steps=1)
    assert rows(led, "from", "to", "visits") == [("/", "Order", 1), ("/thanks", "Order", 1)]
    assert led.attrs["answered_by"] == "raw events"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.conversions("Order", DAY, DAY), "step 1 is 'Order'"),
        (lambda t: t.conversions([], DAY, DAY), "1 to 20 steps"),
        (lambda t: t.conversions("event:Order", DAY, DAY, by="colour"), "by='colour'"),
        (lambda t: t.conversions("event:Order", DAY, DAY, grain="year"), "grain='year'"),
        (lambda t: t.conversions("event:Order", DAY, DAY, by="page", grain="day"), "no `by`"),
        (lambda t: t.revenue(DAY, DAY, by="colour"), "by='colour'"),
        (lambda t: t.paths(DAY, DAY, at="/"), "step 1 is '/'"),
        (lambda t: t.paths(DAY, DAY, steps=11), "steps=11"),
    ],
)
def test_what_cannot_be_is_named(traffic: Traffic, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        call(traffic)
