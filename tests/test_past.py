"""Lines of a file as raw events, in their order, by local day."""

from __future__ import annotations

from made import ms

from collector.found import Found, by_line
from collector.log_columns import by_column
from collector.logs import LogReader
from collector.past import Past, by_day
from common.bodies import RawEvent
from common.calendars import calendar
from common.columns import events_of
from common.enrich.geo import Geo
from common.enrich.user_agent import Agent

ZONE = "Asia/Tokyo"
NOW = ms("2025-05-20 12:00", ZONE)
LINE = '192.0.2.1 - - [{}/May/2025:{} +0900] "GET /{} HTTP/1.1" 200 9 "-" "{}"\n'
LOG = LogReader("combined")


class Salts:
    """One salt for ever."""

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        return b"x" * 32, False, 0

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        return None


PAST = Past(Salts(), Geo(), calendar(ZONE))


def test_lines_that_were_read_one_by_one_stand_where_they_stood() -> None:
    escaped = 'a \\"b\\"'
    text = "".join(
        LINE.format(17, f"10:00:0{n}", n, agent) for n, agent in enumerate(["Firefox", escaped, "Firefox", escaped])
    )
    found = by_column(LOG, text.encode(), 1)
    assert found.views
    assert ([hit.number for hit in found.hits], found.views.number.tolist()) == ([2, 4], [1, 3])
    events, dropped = PAST.events("a.example", found, NOW)
    assert [(event.seq, event.page) for event in events_of(events)] == [(1, "/0"), (2, "/1"), (3, "/2"), (4, "/3")]
    assert dropped == {}


def test_what_the_file_says_itself_holds_and_what_is_invalid_is_dropped() -> None:
    [hit] = by_line(LOG, [(1, LINE.format(17, "10:00:00", "", "Firefox"))]).hits
    given = hit._replace(agent=Agent("human", "Tablet", "X", "Y"), given={"region": "BY"})
    nameless = hit._replace(raw=RawEvent(type="", pathname="/"))
    events, dropped = PAST.events("a.example", Found(None, [given, nameless], {}, []), NOW)
    [event] = events_of(events)
    assert (event.device, event.browser, event.os, event.region) == ("Tablet", "X", "Y", "BY")
    assert dropped == {"invalid": 1}


def test_by_local_day_in_the_order_of_lines() -> None:
    clocks = [(17, "23:59:59", "a"), (18, "00:00:00", "b"), (17, "01:00:00", "c"), (18, "10:00:00", "d")]
    text = "".join(LINE.format(day, clock, page, "Firefox") for day, clock, page in clocks)
    events, _ = PAST.events("a.example", by_column(LOG, text.encode(), 1), NOW)
    day = calendar(ZONE).day(ms("2025-05-17 12:00", ZONE))
    pages = {
        number: [event.page for event in events_of(part)] for number, part in by_day(events, calendar(ZONE)).items()
    }
    assert pages == {day: ["/a", "/c"], day + 1: ["/b", "/d"]}
    assert by_day(events.slice(0, 0), calendar(ZONE)) == {}
