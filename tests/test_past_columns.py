"""Page views enriched at once: the same events as those that take the steps one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from logged import NAMES, piece_of, pieces
from made import ms

from collector.distinct import Distinct
from collector.found import Views, by_line
from collector.log_columns import by_column
from collector.logs import LogReader
from collector.past import Past
from collector.past_columns import PastColumns
from common.calendars import calendar
from common.columns import events_of
from common.enrich.geo import Geo, Place
from common.events import Event
from common.visitors import visitor_id

ZONE = "Asia/Kathmandu"
DAYS = calendar(ZONE)
NOW = ms("2025-05-18 23:45", ZONE)
SITE = "a.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Salts:
    """A salt for every day, made of its number; those of odd days are local, and a tenth day shares that before."""

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        return b"%032d" % (day - (day % 10 == 0)), day % 2 == 1, 0

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        return self.of(site, day - 1) if day % 10 else None


class Atlas(Geo):
    """Knows where addresses are that end in 1."""

    def place(self, address: str, country_header: str, timezone: str) -> Place:
        return Place("DE", "BY", address) if address.endswith("1") else Place("", "", "")


def views(*rows: tuple[str, str, str, str, str]) -> Views:
    """Time, address, target, referrer and user agent."""
    columns = [Distinct(list(column), np.arange(len(rows), dtype=np.int32)) for column in zip(*rows, strict=True)]
    times = np.array([ms(row[0], ZONE) for row in rows])
    host = Distinct([""], np.zeros(len(rows), dtype=np.int32))
    return Views(np.arange(len(rows)), times, host, *columns[1:])


def taken(*rows: tuple[str, str, str, str, str]) -> list[Event]:
    return events_of(PastColumns(Salts(), Atlas(), DAYS).table(SITE, views(*rows), NOW))


def test_what_becomes_of_a_view() -> None:
    [event] = taken(("2025-05-17 12:00", "192.0.2.1", "/p?utm_source=news#x", "https://t.co/", FIREFOX))
    day = DAYS.day(event.time)
    assert (event.type, event.class_, event.page, event.hostname) == ("pageview", "human", "/p", SITE)
    assert (event.source, event.referrer, event.utm_source) == ("news", "t.co", "news")
    assert (event.country, event.city, event.device, event.browser) == ("DE", "192.0.2.1", "Desktop", "Firefox")
    assert event.visitor == visitor_id(b"%032d" % day, SITE, "192.0.2.1", FIREFOX)
    assert (event.before, event.props, event.scroll, event.language) == (0, None, -1, "")


@pytest.mark.parametrize(
    ("time", "agent", "has_before"),
    [
        ("2025-05-17 00:29:59", FIREFOX, True),
        ("2025-05-17 00:30:00", FIREFOX, False),
        ("2025-05-17 00:10:00", "Googlebot/2.1", False),
    ],
)
def test_the_id_under_the_salt_before(time: str, agent: str, has_before: bool) -> None:
    [event] = taken((time, "192.0.2.2", "/", "", agent))
    day = DAYS.day(event.time)
    assert event.before == (visitor_id(b"%032d" % (day - 1), SITE, "192.0.2.2", agent) if has_before else 0)


def test_one_household_is_one_visitor_and_a_bot_another_every_day() -> None:
    rows = [("2025-05-16 12:00", f"2001:db8::{n}", "/", "", FIREFOX) for n in (1, 2)]
    rows += [(f"2025-05-{day} 12:00", "192.0.2.2", "/", "", "Googlebot/2.1") for day in (16, 17)]
    one, same, bot, later = (event.visitor for event in taken(*rows))
    assert one == same
    assert bot != later


def test_a_time_to_come_becomes_now() -> None:
    assert [event.time for event in taken(("2025-05-19 12:00", "192.0.2.2", "/", "", FIREFOX))] == [NOW]


@examples(max_examples=300, deadline=None)
@given(
    st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), pieces(name))), st.sampled_from([None, SITE])
)
def test_columns_become_what_lines_become(drawn: tuple[str, bytes], site: str | None) -> None:
    name, data = drawn
    past, reader = Past(Salts(), Atlas(), DAYS), LogReader(name)
    columns = by_column(reader, data, 1).by_site(site)
    lines = by_line(reader, piece_of(data).lines()).by_site(site)
    for where, found in lines.items():
        (events, dropped), (wanted, whole) = (past.events(where, some, NOW) for some in (columns[where], found))
        assert events_of(events) == events_of(wanted)
        assert dropped == whole
