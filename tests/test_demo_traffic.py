"""Made-up days: the same every time, with the rhythm of weeks and nights, a launch, a letter and nobody's address."""

from __future__ import annotations

import ipaddress
from collections import Counter
from datetime import date

import pytest

from collector import demo_traffic
from collector.demo_traffic import Plan, expected, hits
from collector.demo_visit import Hit
from common.calendars import calendar
from common.enrich.user_agent import agent
from common.events import SIGNALS

MONDAY = date(2026, 8, 31).toordinal()
PLAN = Plan("demo", "UTC", 7, MONDAY)
WEEKS = range(MONDAY + 7, MONDAY + 28)


def people(plan: Plan, day: int) -> list[Hit]:
    """What people do on a day."""
    return [hit for hit in hits(plan, day) if agent(hit.request.user_agent or "").class_ == "human"]


def views(found: list[Hit]) -> int:
    return sum(hit.raw.type == "pageview" for hit in found)


@pytest.fixture(scope="module")
def weeks() -> dict[int, list[Hit]]:
    """Three ordinary weeks."""
    return {day: people(PLAN, day) for day in WEEKS}


def test_the_same_seed_gives_the_same_day() -> None:
    first = hits(PLAN, MONDAY)
    demo_traffic._begun.cache_clear()
    assert hits(PLAN, MONDAY) == first
    assert hits(PLAN._replace(seed=8), MONDAY) != first


def test_a_day_does_not_depend_on_the_days_asked_before() -> None:
    demo_traffic._begun.cache_clear()
    late = hits(PLAN, MONDAY + 1)
    demo_traffic._begun.cache_clear()
    hits(PLAN, MONDAY)
    assert hits(PLAN, MONDAY + 1) == late


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
def test_events_are_of_their_day_and_in_order(zone: str) -> None:
    plan, local = PLAN._replace(zone=zone), calendar(zone)
    times = [hit.request.now for hit in hits(plan, MONDAY + 1)]
    assert times == sorted(times)
    assert {local.day(time) for time in times} == {MONDAY + 1}


def test_some_visits_go_on_after_midnight(weeks: dict[int, list[Hit]]) -> None:
    def near(day: int, edge: int) -> set[tuple[str, str | None]]:
        return {hit.request[1:3] for hit in weeks[day] if abs(hit.request.now - edge) < 1_800_000}

    edges = {day: calendar("UTC").start(day + 1) for day in WEEKS[:-1]}
    assert sum(bool(near(day, edge) & near(day + 1, edge)) for day, edge in edges.items()) >= 3


def test_weekdays_hold_more_than_weekends(weeks: dict[int, list[Hit]]) -> None:
    counts = {day: views(found) for day, found in weeks.items()}
    assert all(400 < count < 1_300 for count in counts.values())
    weekend = [count for day, count in counts.items() if date.fromordinal(day).weekday() >= 5]
    week = [count for day, count in counts.items() if date.fromordinal(day).weekday() < 5]
    assert 0.5 < (sum(weekend) / len(weekend)) / (sum(week) / len(week)) < 0.8


def test_nights_are_quiet(weeks: dict[int, list[Hit]]) -> None:
    hours = Counter(hit.request.now // 3_600_000 % 24 for found in weeks.values() for hit in found)
    assert sum(hours[hour] for hour in range(0, 6)) * 1.8 < sum(hours[hour] for hour in range(9, 15))


def test_traffic_grows_slowly() -> None:
    assert 1.3 < expected(PLAN, MONDAY + 84) / expected(PLAN, MONDAY) < 1.4


def test_bounces_and_visitors(weeks: dict[int, list[Hit]]) -> None:
    """By person and day, which is a little less than by visit."""
    single = everyone = 0
    for found in weeks.values():
        by_person: dict[tuple[str, str | None], list[Hit]] = {}
        for hit in found:
            by_person.setdefault(hit.request[1:3], []).append(hit)
        custom = {"pageview", "404", *SIGNALS}
        everyone += len(by_person)
        single += sum(views(some) == 1 and {h.raw.type for h in some} <= custom for some in by_person.values())
    assert 0.5 < single / everyone < 0.6


def test_the_launch_and_the_letter_stand_out(weeks: dict[int, list[Hit]]) -> None:
    ordinary = max(map(views, weeks.values()))
    launch, letter = MONDAY + PLAN.launch, MONDAY + PLAN.letter
    assert (date.fromordinal(launch).weekday(), date.fromordinal(letter).weekday()) == (1, 3)
    assert 2.5 < views(people(PLAN, launch)) / ordinary < 6
    assert 1.15 < views(people(PLAN, letter)) / ordinary < 2
    top = Counter(hit.raw.referrer for hit in people(PLAN, launch) if hit.raw.type == "pageview")
    assert top.most_common(1)[0][0] == "https://news.ycombinator.com/"
    assert sum("utm_campaign=2026-11" in (hit.raw.pathname or "") for hit in people(PLAN, letter)) > 150


def test_addresses_are_nobodys(weeks: dict[int, list[Hit]]) -> None:
    ranges = [
        ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    ]
    found = {ipaddress.ip_address(hit.request.address) for hit in (*hits(PLAN, MONDAY), *weeks[WEEKS[0]])}
    assert all(any(address in network for network in ranges) for address in found)
    assert {address.version for address in found} == {4, 6}


def test_posts_are_read_from_the_day_they_appear() -> None:
    def reads(day: int) -> int:
        return sum("/hyperloglog" in (hit.raw.pathname or "") for hit in hits(PLAN, day))

    assert [reads(MONDAY + 4), reads(MONDAY + 5)] == [0, 0]
    assert reads(MONDAY + 7) > 20


def test_programs_come_by() -> None:
    programs = Counter(agent(hit.request.user_agent or "")[::2] for hit in hits(PLAN, MONDAY))
    assert programs["bot", "UptimeRobot"] == 96
    assert programs["bot", "Googlebot"] > 50
    assert programs["ai", "GPTBot"] > 25
