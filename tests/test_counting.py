"""What one visitor's events add to the rows of a day, and that nothing is added twice."""

from __future__ import annotations

from made import event, ms

from collector.folding import fold_visitors
from common.calendars import calendar
from common.counting import values_of
from common.events import VISIT_DIMENSIONS, Event
from common.keys import ordinal
from common.rollups import METRICS
from common.states import folded, order_of

START = ms("2026-05-05 12:00")
MINUTE = 60_000
DAY = ordinal("2026-05-05")


def counted(*events: Event, zone: str = "UTC") -> dict[str, dict[str, int]]:
    """Rows of the first event's day, each with the metrics that are not zero."""
    out = folded()
    fold_visitors({1: [(order_of(item), item) for item in events]}, {}, calendar(zone), out)
    rows = out.increments[calendar(zone).day(events[0].time)]
    return {name: {m: v for m, v in zip(METRICS, row, strict=True) if v} for name, row in rows.items() if any(row)}


def test_one_pageview() -> None:
    rows = counted(event(1, START, "/a", source="Google"))
    whole = {"pageviews": 1, "events": 1, "visits": 1, "visitors": 1, "bounces": 1}
    assert rows["class=human"] == rows["source=Google"] == rows["exit_page=/a"] == rows["city=(none)"] == whole
    assert rows["page=/a"] == rows["event=pageview"] == {"pageviews": 1, "events": 1, "visits": 1, "visitors": 1}
    assert rows["step=human.48"] == whole
    assert rows["hour=human.48"] == {"visitors": 1}
    assert rows["shape=1.<1.n"] == {"visits": 1}
    assert not [name for name in rows if name.startswith(("revenue", "dropped", "prop"))]


def test_bots_have_totals_only() -> None:
    assert sorted(counted(event(1, START, class_="bot"))) == ["class=bot", "hour=bot.48", "step=bot.48"]


def test_two_visits_of_one_visitor() -> None:
    """Visits add up; the visitor is one a day, an hour, a quarter and a value."""
    rows = counted(event(1, START, "/a"), event(1, START + 31 * MINUTE, "/b"), event(1, START + 62 * MINUTE, "/a"))
    assert rows["class=human"] == {"pageviews": 3, "events": 3, "visits": 3, "visitors": 1, "bounces": 3}
    assert rows["page=/a"] == {"pageviews": 2, "events": 2, "visits": 2, "visitors": 1}
    assert rows["hour=human.48"] == rows["hour=human.52"] == {"visitors": 1}
    assert [rows[f"step=human.{step}"]["visitors"] for step in (48, 50, 52)] == [1, 1, 1]


def test_depth_is_the_greatest_of_a_visit_and_page() -> None:
    def read(minute: int, scroll: int, page: str = "/a") -> Event:
        return event(1, START + minute * MINUTE, page, type="engagement", engaged=1_000, scroll=scroll)

    rows = counted(event(1, START, "/a"), read(1, 0), read(2, 60), read(3, 40), read(4, -1), read(5, 30, "/b"))
    assert rows["page=/a"] | {"scroll": 60, "scrolled": 1, "engaged": 4_000} == rows["page=/a"]
    assert rows["page=/b"] == {"engaged": 1_000, "scroll": 30, "scrolled": 1}
    assert rows["class=human"]["engaged"] == rows["hostname=example.com"]["engaged"] == 5_000
    assert rows["shape=1.<10.n"] == {"visits": 1}


def test_money_and_properties() -> None:
    paid = event(1, START, type="Buy", props={"plan": "pro", "none": ""}, amount=999, currency="EUR")
    back = event(1, START + 1, type="Buy", props={"plan": "free"}, amount=-500, currency="EUR")
    rows = counted(paid, back)
    assert rows["revenue=EUR.Buy"] == {"events": 2, "revenue": 499}
    assert [rows[f"prop:{name}"]["events"] for name in ("plan=pro", "plan=free", "none=(none)")] == [1, 1, 1]
    assert rows["class=human"] == {"events": 2, "visits": 1, "visitors": 1, "duration": 1}  # no pageview: no bounce


def test_a_days_last_step_is_remembered() -> None:
    """Troll's clock goes back by two hours: a day of 26 hours, whose last quarter counts its visitor once."""
    last = calendar("Antarctica/Troll").start(ordinal("2026-10-26")) - 1
    rows = counted(event(1, last - 1_000), event(1, last), zone="Antarctica/Troll")
    assert rows["step=human.103"]["visitors"] == 1


def test_a_day_of_27_hours() -> None:
    """Casey has set its clocks back by three hours, which logs of that day show."""
    last = calendar("Antarctica/Casey").start(ordinal("2022-03-13")) - 1
    assert counted(event(1, last), zone="Antarctica/Casey")["class=human"]["visitors"] == 1


def test_values_of() -> None:
    values = dict(zip(VISIT_DIMENSIONS, values_of(event(1, START, source="Google", city="Bonn")), strict=True))
    assert {name: value for name, value in values.items() if value} == {"source": "Google", "city": "Bonn"}
