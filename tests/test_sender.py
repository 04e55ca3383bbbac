"""What the events of a request share is looked up once, and never lent to another request, day, site or place."""

from __future__ import annotations

from collections import Counter

import pytest

from collector.sender import Identity, Request, Sender
from common.bodies import RawEvent
from common.calendars import calendar
from common.enrich.geo import Geo
from common.enrich.user_agent import Agent

DAY = calendar("UTC").day(1_764_000_000_000)
MIDNIGHT = calendar("UTC").start(DAY)
HOUR = 3_600_000
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


class Salts:
    """A salt for each site and day; counts who asks."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, int]] = Counter()

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        self.asked[site, day] += 1
        if day < DAY - 1:
            raise KeyError(site)
        return f"{site} {day}".encode(), site == "local.example", 0

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        return f"{site} {day - 1}".encode(), False, 0


@pytest.fixture
def salts() -> Salts:
    return Salts()


@pytest.fixture
def sender(salts: Salts) -> Sender:
    return Sender(salts, Geo(), calendar("UTC"))


def at(hours: float, sender: Sender, request: Request, site: str = "a.example", class_: str = "human") -> Identity:
    time = MIDNIGHT + int(hours * HOUR)
    return sender.identity(request, site, time, calendar("UTC").day(time), class_)


def request(**facts: str) -> Request:
    return Request(MIDNIGHT + 12 * HOUR, facts.pop("address", "192.0.2.1"), facts.pop("user_agent", CHROME), **facts)


def test_one_visitor_is_hashed_once(sender: Sender, salts: Salts) -> None:
    asking = request()
    assert len({at(hours, sender, asking) for hours in (1, 2, 3)}) == 1
    assert salts.asked == {("a.example", DAY): 1}


def test_who_differs_in_anything_is_another(sender: Sender) -> None:
    asking = request()
    ids = [
        at(9, sender, asking).visitor,
        at(9, sender, request(address="192.0.2.2")).visitor,
        at(9, sender, request(user_agent="Firefox")).visitor,
        at(9, sender, asking, "b.example").visitor,
        at(-9, sender, asking).visitor,
    ]
    assert len(set(ids)) == 5
    assert at(9, sender, request()).visitor == ids[0]


def test_only_the_first_half_hour_names_the_id_before(sender: Sender) -> None:
    asking = request()
    early, late = at(0.4, sender, asking), at(0.6, sender, asking)
    assert early.visitor == late.visitor
    assert early.before == at(-1, sender, asking).visitor
    assert late.before == 0
    assert at(0.4, sender, asking).before == early.before


def test_a_bot_is_another_every_day_and_has_no_before(sender: Sender) -> None:
    asking = request()
    assert at(0.1, sender, asking, class_="bot").before == 0
    assert at(1, sender, asking, class_="bot") != at(25, sender, asking, class_="bot")


def test_a_day_without_salt_raises_each_time(sender: Sender) -> None:
    asking = request()
    for _ in range(2):
        with pytest.raises(KeyError):
            at(-30, sender, asking)


def test_origin_follows_what_the_event_says(sender: Sender) -> None:
    asking = request(language="fr-FR")
    first = sender.origin(asking, "a.example", RawEvent(timezone="Europe/Berlin", screen=(1440, 900)), "", None)
    assert (first.hostname, first.came.source) == ("a.example", "(direct)")
    assert first.visitor == ("DE", "", "", "Desktop", "Chrome", "Windows", "fr-FR", "XL (>=1440 px)")
    tagged = sender.origin(asking, "a.example", RawEvent(hostname="www.b.example"), "utm_source=news", None)
    assert (tagged.hostname, tagged.came.source, tagged.visitor.country) == ("b.example", "news", "")
    told = sender.origin(asking, "a.example", RawEvent(language="it"), "", Agent("ai", "Other", "GPTBot", ""))
    assert (told.agent.class_, told.visitor.browser, told.visitor.language) == ("ai", "GPTBot", "it")


def test_two_equal_requests_are_not_taken_for_one(sender: Sender) -> None:
    """A later request may find another salt or another place under the same address."""
    raw = RawEvent(timezone="Europe/Berlin")
    assert sender.origin(request(), "a.example", raw, "", None).visitor.country == "DE"
    assert sender.origin(request(country="FR"), "a.example", raw, "", None).visitor.country == "FR"


def test_a_host_name_that_is_too_long_is_none(sender: Sender) -> None:
    assert sender.origin(request(), "a.example", RawEvent(hostname="a" * 301), "", None).hostname == ""
