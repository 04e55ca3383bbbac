"""What the collector answers, and what of it is counted, for every kind of body and of sender."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import json
import os
import threading
from dataclasses import replace

import pytest
import redis as redis_py
from collectors import CHROME, Collector, collecting
from made import ms

from common import keys
from common.known import Known, encode
from common.settings import Settings

ZONE = "Asia/Kathmandu"
DAY = "2026-05-05"
NOW = ms(f"{DAY} 12:00", ZONE)
GOOD = b'{"pathname":"/good","hostname":"example.com"}'

#: A value in place of BAD in a batch of two good events and BAD -> dropped, accepted.
#: 2026-05-04 00:00 in Kathmandu, the first instant of its yesterday, is 2026-05-03 18:15 UTC.
INSIDE = [
    (b"5", {"invalid": 1}),
    (b"null", {"invalid": 1}),
    (b"[]", {"invalid": 1}),
    (b'"text"', {"invalid": 1}),
    (b"{}", {"invalid": 1}),
    (b'{"pathname":5}', {"invalid": 1}),
    (b'{"pathname":null}', {"invalid": 1}),
    (b'{"pathname":""}', {"invalid": 1}),
    (b'{"pathname":"no/slash"}', {"invalid": 1}),
    (b'{"pathname":"https://example.com/"}', {"invalid": 1}),
    (b'{"pathname":"/","type":7}', {"invalid": 1}),
    (b'{"pathname":"/","type":""}', {"invalid": 1}),
    (b'{"pathname":"/","age":NaN}', {"invalid": 1}),
    (b'{"pathname":"/","age":"soon"}', {"invalid": 1}),
    (b'{"pathname":"/","scroll":-Infinity}', {"invalid": 1}),
    (b'{"pathname":"/","screen":[1]}', {"invalid": 1}),
    (b'{"pathname":"/","props":[1]}', {"invalid": 1}),
    (b'{"pathname":"/","revenue":{"amount":1}}', {"invalid": 1}),
    (b'{"pathname":"/","timestamp":"yesterday"}', {"invalid": 1}),
    (b'{"pathname":"/","timestamp":1777983300}', {"invalid": 1}),
    (b'{"pathname":"/","timestamp":"2026-05-03T18:14:59.999Z"}', {"old": 1}),
    (b'{"pathname":"/","timestamp":"2026-05-03T18:15:00Z"}', {}),
    (b'{"pathname":"/","timestamp":"2026-05-04T00:00:00+05:45"}', {}),
    (b'{"pathname":"/","timestamp":"0001-01-01T00:00:00+14:00"}', {"old": 1}),
    (b'{"pathname":"/","timestamp":"9999-12-31T23:59:59-14:00"}', {}),
    (b'{"pathname":"/","age":1e999}', {"old": 1}),
    (b'{"pathname":"/","age":9e15}', {"old": 1}),
    (b'{"pathname":"/","age":-9e300}', {}),
    (b'{"pathname":"/","revenue":{"amount":"1e999999","currency":"EUR"}}', {}),
    (b'{"pathname":"/","revenue":{"amount":"NaN","currency":"EUR"}}', {}),
    (b'{"pathname":"/","sessionId":{"a":[1,2]},"unknown":[{}]}', {}),
    (b'{"pathname":"/\\ud800\\u202e\\u0000\\u0007"}', {}),
    (b'{"pathname":"/\xff\xfe"}', {}),
    (b'{"pathname":"/' + b"a" * 5_000 + b'"}', {}),
    (b'{"pathname":"/","x":1e308,"props":{"deep":{"a":[1]},"big":' + b"9" * 400 + b"}}", {}),
]


def limited(settings: Settings) -> Settings:
    return replace(settings, sites={"example.com": ZONE})


@pytest.mark.parametrize(("bad", "dropped"), INSIDE, ids=[repr(bad[:60]) for bad, _ in INSIDE])
async def test_a_bad_event_costs_only_itself(settings: Settings, bad: bytes, dropped: dict[str, int]) -> None:
    async with collecting(limited(settings), NOW) as collector:
        answer = await collector.post(b'{"site":"example.com","events":[' + GOOD + b"," + bad + b"," + GOOD + b"]}")
        assert answer[:2] == (202, {"accepted": 3 - sum(dropped.values()), "dropped": dropped})
        assert collector.dropped(DAY) == dropped
        assert collector.traffic().totals("2026-05-04", DAY)["pageviews"] == answer.body["accepted"]
        pages = collector.traffic().breakdown("page", "2026-05-04", DAY)["page"]
        assert pages.str.startswith("/").all()
        assert all(len(page.encode()) <= 512 and (page.isprintable() or "\ufffd" in page) for page in pages)


#: A whole body -> the field its 400 begins with.
USELESS = [
    (b"", "body"),
    (b"hello", "body"),
    (b'{"pathname":"/"', "body"),
    (b"[" * 30_000, "body"),
    (b'{"a":' * 10_000, "body"),
    (b"\xff\xfe\x00", "body"),
    (b"null", "event"),
    (b"17", "event"),
    (b'"text"', "event"),
    (b"[]", "events"),
    (b'{"events":[]}', "events"),
    (b'{"events":{}}', "events"),
    (b'{"events":"x"}', "events"),
    (b"[null]", "event"),
    (b'{"hostname":"example.com"}', "pathname"),
    (b'{"hostname":"example.com","pathname":"x"}', "pathname"),
    (b'{"hostname":"example.com","pathname":["/"]}', "pathname"),
    (b'{"hostname":"example.com","pathname":"/","age":NaN}', "age"),
    (b'{"hostname":"example.com","pathname":"/","timestamp":"soon"}', "timestamp"),
    (b"[" + b",".join([b'{"hostname":"example.com","pathname":"x"}'] * 101) + b"]", "pathname"),
]


@pytest.mark.parametrize(("body", "field"), USELESS, ids=[repr(body[:50]) for body, _ in USELESS])
async def test_what_cannot_be_used_at_all_is_a_400_that_names_the_field(
    settings: Settings, body: bytes, field: str
) -> None:
    async with collecting(limited(settings), NOW) as collector:
        answer = await collector.post(body)
        assert (answer.status, list(answer.body)) == (400, ["error"])
        assert answer.body["error"].startswith(f"{field}: ")
        assert collector.traffic().totals(DAY, DAY)["events"] == 0


async def test_101_events(settings: Settings) -> None:
    async with collecting(limited(settings), NOW) as collector:
        answer = await collector.post({"site": "example.com", "events": [{"pathname": f"/{n}"} for n in range(101)]})
        assert answer.body == {"accepted": 100, "dropped": {"too_many": 1}}
        assert collector.dropped(DAY) == {"too_many": 1}
        assert collector.traffic().totals(DAY, DAY)["pageviews"] == 100


async def test_a_signal_without_a_visit_is_counted_as_such(settings: Settings) -> None:
    async with collecting(limited(settings), NOW) as collector:
        signal = {"pathname": "/", "hostname": "example.com", "type": "engagement", "engaged": 5}
        assert (await collector.post(signal)).body == {"accepted": 1, "dropped": {}}
        assert collector.dropped(DAY) == {"no_visit": 1}
        assert collector.traffic().totals(DAY, DAY)["visits"] == 0


async def test_unknown_sites_are_answered_not_stored(settings: Settings) -> None:
    async with collecting(limited(settings), NOW) as collector:
        mixed = await collector.post(b"[" + GOOD + b',{"pathname":"/","hostname":"else.example"}]')
        assert mixed.body == {"accepted": 1, "dropped": {"site": 1}}
        for body in ({"pathname": "/", "site": "else.example"}, {"pathname": "/"}, {"pathname": "/", "site": "a b{c}"}):
            assert (await collector.post(body))[:2] == (202, {"accepted": 0, "dropped": {"site": 1}})
        collector.flush()
        assert collector.client.hkeys(keys.sites()) == [b"example.com"]
        assert not list(collector.client.scan_iter("*else*"))


async def test_the_site_is_the_batchs_then_the_events_then_the_host(settings: Settings) -> None:
    open_to_all = replace(settings, sites=None)
    async with collecting(open_to_all, NOW) as collector:
        event = {"pathname": "/", "hostname": "www.host.example"}
        await collector.post(event)
        await collector.post(event | {"site": "Event.Example."})
        await collector.post({"site": "batch.example", "events": [event | {"site": "event.example"}]})
        collector.flush()
        for site in ("host.example", "event.example", "batch.example"):
            assert collector.traffic(site).totals(DAY, DAY)["pageviews"] == 1, site
        assert collector.traffic("host.example").breakdown("hostname", DAY, DAY)["hostname"].tolist() == [
            "host.example"
        ]


async def test_one_body_for_two_sites_counts_its_drops_once(settings: Settings) -> None:
    two = replace(settings, sites={"a.example": "UTC", "b.example": "UTC"})
    async with collecting(two, NOW) as collector:
        events = [{"pathname": "/", "site": "a.example"}, {"pathname": "/", "site": "b.example"}, {"pathname": 5}]
        answer = await collector.post(events)
        assert answer.body == {"accepted": 2, "dropped": {"invalid": 1}}
        assert [collector.dropped(DAY, site) for site in two.sites or ()] == [{"invalid": 1}, {}]


async def visitors(collector: Collector, senders: list[tuple[str, dict[str, str]]]) -> int:
    for peer, headers in senders:
        await collector.post(GOOD, peer, **headers)
    collector.flush()
    return int(collector.traffic().totals(DAY, DAY)["visitors"])


async def test_only_trusted_proxies_are_believed(settings: Settings) -> None:
    trusting = replace(limited(settings), trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"),))
    async with collecting(trusting, NOW) as collector:
        one = [(f"10.0.0.{n}", {"x_forwarded_for": f"198.51.100.{n}, 203.0.113.9"}) for n in range(3)]
        assert await visitors(collector, one) == 1
        forged = [("192.0.2.1", {"x_forwarded_for": f"198.51.100.{n}"}) for n in range(3)]
        assert await visitors(collector, forged) == 2


async def test_a_visitor_is_a_network_and_a_user_agent(settings: Settings) -> None:
    async with collecting(limited(settings), NOW) as collector:
        same = [("2001:db8:1:2::1", {}), ("2001:db8:1:2:ffff::9", {}), ("2001:DB8:1:2:0:0:0:1", {})]
        assert await visitors(collector, same) == 1
        assert await visitors(collector, [("2001:db8:1:3::1", {})]) == 2
        assert await visitors(collector, [("192.0.2.1", {}), ("::ffff:192.0.2.1", {})]) == 3
        assert await visitors(collector, [("192.0.2.1", {"user_agent": CHROME}), ("192.0.2.2", {})]) == 5


async def test_a_full_journal_is_503_with_retry_after(settings: Settings) -> None:
    async with collecting(limited(settings), NOW, most_bytes=0) as collector:
        assert (await collector.post(GOOD)).status == 202
        answer = await collector.post(GOOD)
        assert (answer.status, dict(answer.headers)) == (503, {b"retry-after": b"5"})
        collector.flush()
        assert collector.traffic().totals(DAY, DAY)["pageviews"] == 1


@pytest.mark.parametrize("call", ["write", "fdatasync"])
async def test_what_could_not_be_written_is_503_and_never_applied(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with collecting(limited(settings), NOW) as collector:
        assert (await collector.post(GOOD)).status == 202
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            answer = await collector.post(json.dumps({"pathname": "/lost", "hostname": "example.com"}).encode())
            assert (answer.status, dict(answer.headers)) == (503, {b"retry-after": b"5"})
        assert (await collector.post(GOOD)).status == 202
        collector.flush()
        pages = collector.traffic().breakdown("page", DAY, DAY)
        assert dict(zip(pages["page"], pages["pageviews"], strict=True)) == {"/good": 2}


async def test_a_client_that_goes_away_takes_no_other_along(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both wait for the same fsync, which a thread does here."""
    async with collecting(limited(settings), NOW) as collector:
        assert (await collector.post(GOOD)).status == 202  # its salts are at hand from here on
        entered, go, real = threading.Event(), threading.Event(), os.fdatasync

        def slow(file: int) -> None:
            entered.set()
            assert go.wait(5)
            real(file)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", slow)
            collector.commit.left_to_thread = 10
            first = asyncio.create_task(collector.post(GOOD))
            while not entered.is_set():
                await asyncio.sleep(0.001)
            gone, stays = (asyncio.create_task(collector.post(GOOD)) for _ in range(2))
            await asyncio.sleep(0.05)
            gone.cancel()
            await asyncio.sleep(0.01)
            go.set()
            assert [(await first).status, (await stays).status] == [202, 202]


async def test_a_flood_cannot_hide_behind_another_site(settings: Settings) -> None:
    """Each site in a body is charged for its own events, and a /64 is one sender."""
    async with collecting(settings, NOW) as collector:
        answers = []
        for number in range(25):
            events = [{"pathname": "/", "site": f"decoy{number}.example"}]
            events += [{"pathname": "/", "site": "example.com"}] * 99
            answers.append((await collector.post(events, peer=f"2001:db8::{number:x}")).status)
        assert answers[:20] == [202] * 20
        assert 429 in answers[20:]


async def test_a_zone_that_changes_while_it_runs(settings: Settings, redis: redis_py.Redis) -> None:
    """Heard of when a day begins; until then the flush knows it anyway."""
    async with collecting(settings, ms(f"{DAY} 12:00")) as collector:
        assert (await collector.post(GOOD)).body == {"accepted": 1, "dropped": {}}
        collector.flush()
        redis.hset(keys.sites(), "example.com", encode(Known(ZONE, NOW)))
        collector.now = ms(f"{DAY} 23:59")
        await collector.post(GOOD)
        assert collector.sites.zone("example.com") == "UTC"
        collector.now += 60_000
        assert (await collector.post(GOOD)).body == {"accepted": 1, "dropped": {}}
        assert collector.sites.zone("example.com") == ZONE
