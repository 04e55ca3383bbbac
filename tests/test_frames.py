"""One readable day through a real flush: every answer of `Traffic` equals a table written by hand."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common import keys
from common.frames import Traffic, sites
from common.known import Known, encode
from common.settings import Settings

ZONE = "Europe/Berlin"
DAY = "2026-05-05"
METRICS = ["visitors", "visits", "pageviews", "events", "views_per_visit", "bounce_rate", "visit_duration"]


def at(clock: str, day: str = DAY) -> int:
    return ms(f"{day} {clock}", ZONE)


@pytest.fixture
def traffic(redis: redis_py.Redis) -> Traffic:
    """Ann visits twice and signs up, Ben bounces, a bot looks in; the next day Ann is there again."""
    ann = {"source": "Google", "country": "DE", "device": "Mobile"}
    signed = {"type": "Signup", "props": {"plan": "pro"}, "amount": 999, "currency": "EUR"}
    read = {"type": "engagement", "engaged": 12_000, "scroll": 80}
    apply(
        redis,
        [
            event(1, at("09:00"), "/", **ann),
            event(1, at("09:05"), "/pricing", **ann),
            event(1, at("09:06"), "/pricing", **(ann | signed)),
            event(2, at("09:10"), "/", country="NP", device="Desktop"),
            event(2, at("09:10:20"), "/", country="NP", device="Desktop", **read),
            event(3, at("10:00"), "/", class_="bot"),
            event(1, at("14:00"), "/docs", **(ann | {"source": "(direct)"})),
            event(4, at("00:30", "2026-05-06"), "/pricing", **ann),
        ],
        ZONE,
    )
    redis.hset(keys.sites(), SITE.site, encode(Known(ZONE, at("09:00"))))
    return Traffic(site="www.Example.com", client=redis, settings=Settings())


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    """The named columns as tuples; a missing number is None."""
    plain = frame[list(columns)].astype(object)
    return [tuple(plain.where(plain.notna(), None).loc[place]) for place in plain.index]


def test_totals(traffic: Traffic) -> None:
    assert traffic.zone == ZONE
    found = traffic.totals(DAY, DAY)
    assert found[METRICS].tolist() == pytest.approx([2, 3, 4, 5, 4 / 3, 2 / 3, 120])
    assert found["engagement"] == 4
    # Days are inclusive, and visitors of two days their sum.
    assert traffic.totals(DAY, date(2026, 5, 6))[METRICS[:4]].tolist() == [3, 4, 5, 6]


def test_no_traffic(traffic: Traffic) -> None:
    for where in (None, {"country": "DE"}, {"country": "ZZ"}, {"country": []}, {"class": []}, {"class": "ai"}):
        day = DAY if where and where != {"country": "DE"} else "2026-05-01"
        found = traffic.totals(day, day, where)
        assert found[METRICS[:4]].tolist() == [0, 0, 0, 0], where
        assert all(map(math.isnan, found[METRICS[4:]])), where
        assert traffic.breakdown("page", day, day, where).empty
        assert traffic.breakdown("prop:plan", day, day, where).empty
        assert traffic.events(day, day, where).empty
        assert traffic.visits(day, day, where).empty
        assert len(traffic.series(day, day, "hour", where)) == 24
    assert traffic.shapes("2026-05-01", "2026-05-01").empty
    assert traffic.revenue("2026-05-01", "2026-05-01").empty
    assert traffic.dropped("2026-05-01", "2026-05-01").empty


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"class": "bot"}, [1, 1, 1, 1, 1, 1, 0]),
        ({"class": ["human", "bot"]}, [3, 4, 5, 6, 5 / 4, 3 / 4, 90]),
        ({"country": "DE"}, [1, 2, 3, 4, 3 / 2, 1 / 2, 180]),
        ({"source": "(direct)"}, [2, 2, 2, 2, 1, 1, 0]),
        ({"page": "/"}, [2, 2, 2, 2, 1, 1 / 2, 180]),
        ({"page": "/pricing", "event": "Signup"}, [1, 1, 0, 1, 0, 0, 360]),
        ({"prop:plan": "pro", "country": ["DE", "NP"]}, [1, 1, 0, 1, 0, 0, 360]),
        ({"exit_page": "/pricing", "page": "/"}, [1, 1, 1, 1, 1, 0, 360]),
    ],
)
def test_where(traffic: Traffic, where: dict, expected: list[float]) -> None:
    assert traffic.totals(DAY, DAY, where)[METRICS].tolist() == pytest.approx(expected)


def test_breakdowns(traffic: Traffic) -> None:
    columns = ("page", "visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "scroll")
    assert rows(traffic.breakdown("page", DAY, DAY), *columns) == [
        ("/", 2, 2, 2, 2, 0.5, 180, 80),
        ("/pricing", 1, 1, 1, 2, None, None, None),
        ("/docs", 1, 1, 1, 1, 1, 0, None),
    ]
    assert rows(traffic.breakdown("exit_page", DAY, DAY, sort="visits"), "exit_page", "visits", "bounce_rate") == [
        ("/pricing", 1, 0),
        ("/", 1, 1),
        ("/docs", 1, 1),
    ]
    assert rows(traffic.breakdown("event", DAY, DAY), "event", "visitors", "visits", "events", "bounce_rate") == [
        ("pageview", 2, 3, 4, None),
        ("Signup", 1, 1, 1, None),
    ]
    assert rows(traffic.breakdown("prop:plan", DAY, DAY), "prop:plan", "visitors", "events") == [("pro", 1, 1)]
    assert rows(traffic.breakdown("city", DAY, DAY), "city", "visits") == [("(none)", 3)]
    assert rows(traffic.breakdown("source", DAY, DAY, limit=1), "source", "visits") == [("(direct)", 2)]
    assert rows(traffic.breakdown("class", DAY, DAY), "class", "visits") == [("human", 3), ("bot", 1)]
    assert rows(traffic.breakdown("class", DAY, DAY, {"page": "/"}), "class", "visits") == [("human", 2), ("bot", 1)]
    assert rows(traffic.breakdown("class", DAY, DAY, {"class": "bot"}), "class", "visits") == [("bot", 1)]


def test_series(traffic: Traffic) -> None:
    hours = traffic.series(DAY, DAY, "hour")
    busy = hours[hours["events"] > 0]
    assert rows(busy.assign(hour=busy["time"].dt.hour), "hour", "visitors", "visits", "pageviews", "events") == [
        (9, 2, 2, 3, 4),
        (14, 1, 1, 1, 1),
    ]
    assert str(hours["time"].dt.tz) == ZONE
    assert len(traffic.series(DAY, DAY, "15min")) == 96
    weeks = traffic.series("2026-05-01", "2026-05-12", "week")
    assert rows(weeks.assign(day=weeks["time"].dt.date.astype(str)), "day", "visitors", "bounce_rate") == [
        ("2026-05-01", 0, None),
        ("2026-05-04", 3, 0.75),
        ("2026-05-11", 0, None),
    ]
    months = traffic.series("2026-04-30", DAY, "month", {"country": "NP"})
    assert rows(months.assign(day=months["time"].dt.date.astype(str)), "day", "visits") == [
        ("2026-04-30", 0),
        ("2026-05-01", 1),
    ]


def test_lists(traffic: Traffic) -> None:
    columns = ("event", "page", "source", "entry_page", "visit")
    first = keys.ordinal(DAY) << 24  # numbers of visits go by the day they began, and their place in it
    assert rows(traffic.events(DAY, DAY, {"country": "DE"}), *columns) == [
        ("pageview", "/", "Google", "/", first),
        ("pageview", "/pricing", "Google", "/", first),
        ("Signup", "/pricing", "Google", "/", first),
        ("pageview", "/docs", "(direct)", "/docs", first + 3),
    ]
    visits = traffic.visits(DAY, DAY, limit=2)
    assert rows(visits, "duration", "pageviews", "bounce", "engagement", "country", "exit_page") == [
        (0, 1, True, 12, "NP", "/"),
        (0, 1, True, 0, "DE", "/docs"),
    ]
    assert visits["start"].dt.strftime("%H:%M").tolist() == ["09:10", "14:00"]


def test_the_rest(traffic: Traffic) -> None:
    assert rows(traffic.revenue(DAY, DAY), "event", "currency", "events", "amount") == [("Signup", "EUR", 1, 999)]
    assert rows(traffic.shapes(DAY, DAY), "pageviews", "engaged", "interactive", "visits") == [
        ("1", "<1", "n", 1),
        ("1", "<30", "n", 1),
        ("2", "<1", "y", 1),
    ]
    assert traffic.properties(DAY, DAY) == ["prop:plan"]
    assert traffic.first_day() == date(2026, 5, 5)
    assert traffic.today(at("23:59") / 1000) == date(2026, 5, 5)
    last = at("00:30", "2026-05-06") / 1000
    assert [traffic.live(last), traffic.live(last + 300), traffic.live(last + 301)] == [1, 1, 0]
    assert rows(sites(traffic.client), "site", "zone") == [(SITE.site, ZONE)]


def test_revenue_beyond_the_cap(redis: redis_py.Redis, traffic: Traffic) -> None:
    redis.hset(SITE.daily(keys.ordinal(DAY)), mapping={"revenue=(other)": b"\x9a\x00\x02" + b"\x00" * 7 + b"\x05"})
    fresh = Traffic(site=SITE.site, client=redis, settings=Settings())
    assert rows(fresh.revenue(DAY, DAY), "event", "currency", "events", "amount") == [
        ("Signup", "EUR", 1, 999),
        ("(other)", "(other)", 2, 5),
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.totals("yesterday", DAY), "start='yesterday'"),
        (lambda t: t.totals(DAY, None), "end=None"),
        (lambda t: t.totals("2026-05-06", DAY), "start=2026-05-06 lies after end=2026-05-05"),
        (lambda t: t.totals(DAY, DAY, {"planet": "Mars"}), "unknown dimension 'planet'"),
        (lambda t: t.totals(DAY, DAY, {"class": "robot"}), "class='robot'"),
        (lambda t: t.totals(DAY, DAY, {"prop:plan": 5}), "prop:plan=5, expected text"),
        (lambda t: t.series(DAY, DAY, "minute"), "grain='minute'"),
        (lambda t: t.breakdown("planet", DAY, DAY), "dimension='planet'"),
        (lambda t: t.breakdown("page", DAY, DAY, sort="luck"), "sort='luck'"),
    ],
)
def test_bad_arguments_are_named(traffic: Traffic, call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call(traffic)


def test_a_visit_over_a_day_of_23_hours(redis: redis_py.Redis) -> None:
    """It begins on Saturday and ends on Monday, and raw events know it as rollups do."""
    zone, half_hour = "America/New_York", 1_800_000
    begin = ms("2026-03-07 23:50", zone)
    pages = [begin + number * half_hour for number in range(49)]
    assert pages[-1] == ms("2026-03-09 00:50", zone)
    days = [f"2026-03-0{day}" for day in (7, 8, 9)]
    events = []
    for time in pages:
        day = max(number for number, text in enumerate(days) if ms(text, zone) <= time)
        early = day and time - ms(days[day], zone) < half_hour
        events.append(event(day + 1, time, before=day if early else 0, country="DE"))
    apply(redis, events, zone)
    traffic = Traffic(site=SITE.site, client=redis, settings=Settings(sites={SITE.site: zone}))
    for where in (None, {"country": "DE"}):
        found = traffic.totals(days[0], days[0], where)
        assert found[["visits", "pageviews", "visit_duration"]].tolist() == [1, 1, 86_400]


def test_events_under_a_collectors_own_salt_are_told(redis: redis_py.Redis, settings: Settings) -> None:
    apply(redis, [event(1, ms("2026-05-05 12:00")), event(2, ms("2026-05-05 12:00"), salt_local=True)])
    traffic = Traffic(site=SITE.site, client=redis, settings=settings)
    assert traffic.over_counted("2026-05-05", "2026-05-05") == 1
    assert traffic.over_counted("2026-05-04", "2026-05-04") == 0
