"""What is remembered of a sender between its events changes none of them."""

from __future__ import annotations

from itertools import permutations

from test_ingest import DAYS, NOW, TODAY, UA, Known

from collector.ingest import Draft, Dropped, Steps
from collector.sender import Request
from common.bodies import RawEvent
from common.enrich.geo import Geo
from common.events import Event

#: Each differs from the first in one thing that decides a dimension or the visitor.
EVENTS = (
    RawEvent(pathname="/"),
    RawEvent(pathname="/", hostname="docs.example.com"),
    RawEvent(pathname="/", referrer="https://www.google.com/"),
    RawEvent(pathname="/?utm_source=letter"),
    RawEvent(pathname="/", timezone="Europe/Berlin"),
    RawEvent(pathname="/", language="de-DE"),
    RawEvent(pathname="/", screen=(390.0, 800.0)),
    RawEvent(pathname="/", age=float(NOW - DAYS.start(TODAY) + 60_000)),
    RawEvent(pathname="/", age=float(NOW - DAYS.start(TODAY) - 60_000)),
)


class Local(Known):
    """Yesterday's salt is this collector's own."""

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        salt, _, expires = super().of(site, day)
        return salt, day < TODAY, expires


def fresh(raw: RawEvent, request: Request, site: str) -> Event | Dropped:
    return Steps(Local(), Geo(None), DAYS).take(Draft(raw, request, site, 0))


def test_an_event_is_what_it_would_be_alone_whichever_came_before_it() -> None:
    request, steps = Request(NOW, "192.0.2.1", UA), Steps(Local(), Geo(None), DAYS)
    alone = [fresh(raw, request, "example.com") for raw in EVENTS]
    assert len({str(event) for event in alone}) == len(EVENTS)
    assert [isinstance(event, Event) and event.salt_local for event in alone] == [False] * 7 + [True, False]
    for pair in permutations(range(len(EVENTS)), 2):
        for place in pair:
            assert steps.take(Draft(EVENTS[place], request, "example.com", 0)) == alone[place], pair


def test_another_site_or_request_is_another_visitor() -> None:
    steps = Steps(Local(), Geo(None), DAYS)
    requests = [Request(NOW, address, UA) for address in ("192.0.2.1", "192.0.2.2")]
    asked = [(request, site) for request in requests for site in ("a.example", "b.example")]
    for request, site in [*asked, *reversed(asked)]:
        expected = fresh(EVENTS[0], request, site)
        assert steps.take(Draft(EVENTS[0], request, site, 0)) == expected
    assert len({str(fresh(EVENTS[0], *one)) for one in asked}) == 4
