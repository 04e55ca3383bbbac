"""Requests in by every way there is; the place in their journal records, which decides the visitor's shard, out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from collectors import CHROME, FIREFOX, Collector, collecting
from made import ms

from collector import batches
from collector.accept import Waiting
from collector.batches import Batch
from collector.grouping import Placed, take
from collector.journal import read
from collector.sender import Request
from common.bodies import RawEvent
from common.settings import Settings

SITE, NOW = "example.com", ms("2026-05-05 12:00")
BODY = [{"pathname": f"/{page}", "site": SITE} for page in "ab"]


@pytest.fixture
async def collector(settings: Settings) -> AsyncIterator[Collector]:
    async with collecting(settings, NOW) as found:
        await found.post({"pathname": "/", "site": SITE}, peer="192.0.2.99")  # the site is known from here on
        yield found


def journaled(collector: Collector) -> Iterator[Batch]:
    for record in read(collector.journal.folder, 0, collector.journal.number):
        yield batches.decode(record.body)


def places(collector: Collector) -> list[int]:
    return [batch.place for batch in journaled(collector)][1:]


def at_once(collector: Collector, peer: str, agent: str) -> asyncio.Future[None]:
    """As the protocol hands a body over that came whole."""
    begun = collector.acceptor.accept_now(json.dumps(BODY).encode(), [(b"user-agent", agent.encode())], peer)
    assert isinstance(begun, Waiting)
    return collector.acceptor.commit.durable()


async def test_both_ways_name_the_same_place(collector: Collector) -> None:
    senders = [(f"192.0.2.{number}", agent) for number in range(20) for agent in (FIREFOX, CHROME)]
    for peer, agent in senders:
        await collector.post(BODY, peer=peer, user_agent=agent)
    for peer, agent in senders:
        await at_once(collector, peer, agent)
    found = places(collector)
    assert found[:40] == found[40:]
    assert len(set(found)) > 8, "all visitors of a site would be on few shards"


async def test_a_request_asks_once_however_many_events_it_has(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    real = collector.acceptor._salts.place
    monkeypatch.setattr(collector.acceptor._salts, "place", lambda *who: asked.append(who) or real(*who))
    await at_once(collector, "192.0.2.7", FIREFOX)
    assert asked == [(SITE, "192.0.2.7", FIREFOX)]


async def test_a_household_and_a_stated_visitor_have_one_place(collector: Collector) -> None:
    """A visitor that a back end names is one visitor from everywhere, so that it must be on one shard."""
    home = [Request(NOW, f"2001:db8:1:2::{number}", FIREFOX) for number in range(1, 4)]
    named = [Request(NOW, f"203.0.113.{number}", CHROME, visitor="ann", stated=True) for number in range(12)]
    placed = [Placed(SITE, request, RawEvent(pathname="/")) for request in [*home, *named]]
    await take(collector.acceptor, placed)
    found = list(journaled(collector))[1:]
    assert len(found) == 15
    assert len({batch.place for batch in found[:3]}) == 1
    assert len({batch.place for batch in found[3:]}) == 1
    assert len({event.visitor for batch in found[3:] for event in batch.events}) == 1
