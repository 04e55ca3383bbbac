"""A request's bytes in, an answer out: parse, admit the site, run the steps, journal, wait until it is durable."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from collector import batches
from collector.batches import Batch
from collector.commit import GroupCommit
from collector.ingest import Draft, Dropped, Request, Steps
from collector.journal import Journal, JournalFull
from collector.metrics import Counts
from collector.rates import Rates
from collector.salts import Salts
from collector.sharing import Sharing
from collector.sites import Sites
from common.bodies import BadBody, Body, RawEvent, parse
from common.calendars import calendar
from common.enrich.geo import Geo
from common.events import Event
from common.settings import Settings, site_name
from common.visitors import network_of

_log = logging.getLogger("footfall")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: Country headers that well-known CDNs set on the way in.
COUNTRY_HEADERS = (
    b"cf-ipcountry",
    b"x-vercel-ip-country",
    b"cloudfront-viewer-country",
    b"fastly-country-code",
)


class Answer(NamedTuple):
    """Status, JSON body and extra headers."""

    status: int
    body: dict[str, Any]
    headers: tuple[tuple[bytes, bytes], ...] = ()


_BUSY = ((b"retry-after", b"5"),)


class Acceptor:
    """Turns request bodies into durable records."""

    def __init__(
        self,
        settings: Settings,
        sites: Sites,
        salts: Salts,
        geo: Geo,
        journal: Journal,
        commit: GroupCommit,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._settings, self._sites, self._salts, self._geo = settings, sites, salts, geo
        self._journal, self._commit, self._clock = journal, commit, clock
        self._steps: dict[str, Steps] = {}
        self._proxies = settings.trusted_proxies
        self._rates, self._sharing = Rates(), Sharing()
        self.counts = Counts()

    async def accept(self, data: bytes, headers: Iterable[tuple[bytes, bytes]], peer: str) -> Answer:
        """Answer a body of events: 202 once what was accepted is durable."""
        try:
            body = parse(data)
        except BadBody as error:
            self.counts.add(400, 0, {})
            return Answer(400, {"error": str(error)})
        answer = await self.take(body, self.request_of(headers, peer))
        self.counts.add(answer.status, answer.body.get("accepted", 0), answer.body.get("dropped", {}))
        return answer

    async def take(self, body: Body, request: Request) -> Answer:
        """Answer parsed events."""
        household = network_of(request.address)
        sites = Counter(_site_of(body, raw) for raw in body.events)
        wait = max(self._rates.take(household, site, count, request.now) for site, count in sites.items())
        if wait:
            return Answer(429, {"error": "too many events from this address"}, ((b"retry-after", str(wait).encode()),))
        made, dropped, problem = await self._batches(body, request)
        accepted = sum(len(batch.events) for batch in made)
        if accepted and (warning := self._sharing.see(made[0].site, household, request.user_agent or "")):
            _log.warning("%s", warning)
        if made:
            try:
                self._journal.check_room()
                for batch in made:
                    self._journal.append(batches.encode(batch))
                durable = self._commit.durable()
                if accepted:
                    await durable
            except (JournalFull, OSError):
                return Answer(503, {"error": "the journal is full, try again later"}, _BUSY)
        if not accepted and problem and dropped.keys() <= {"invalid", "too_many"}:
            return Answer(400, {"error": problem})
        return Answer(202, {"accepted": accepted, "dropped": dropped})

    def request_of(self, headers: Iterable[tuple[bytes, bytes]], peer: str) -> Request:
        """The sender's facts. A forwarded address is believed only from a trusted proxy."""
        agent = language = country = forwarded = ""
        for name, value in headers:
            if name == b"user-agent":
                agent = value.decode("latin-1")[:1_000]
            elif name == b"accept-language":
                language = value.decode("latin-1")[:200]
            elif name == b"x-forwarded-for":
                forwarded = f"{forwarded},{value.decode('latin-1')}"
            elif name in COUNTRY_HEADERS:
                country = value.decode("latin-1")[:8]
        trusted = _within(peer, self._proxies)
        if forwarded and trusted:
            peer = client_address(peer, forwarded, self._proxies)
        return Request(self._clock(), peer, agent, language, country if trusted or not self._proxies else "")

    async def _batches(self, body: Body, request: Request) -> tuple[list[Batch], dict[str, int], str]:
        """One batch per site that is admitted, all drops by reason, and the first field that was to blame."""
        dropped, problem = dict(body.dropped), ""
        made: dict[str, Batch] = {}
        for seq, raw in enumerate(body.events):
            site = _site_of(body, raw)
            batch = made.get(site)
            if batch is None:
                if not await self._admitted(site, request.now):
                    dropped["site"] = dropped.get("site", 0) + 1
                    continue
                number = _id(body.batch) if body.batch else 0
                batch = made[site] = Batch(
                    site, self._sites.zone_of(site), request.now, number, [], {}, self._place(site, request)
                )
                if len(made) == 1:
                    batch.dropped = dict(body.dropped)
            taken = self._take(raw, request, batch, seq)
            if isinstance(taken, Event):
                batch.events.append(taken)
            else:
                for counts in (dropped, batch.dropped):
                    counts[taken.reason] = counts.get(taken.reason, 0) + 1
                problem = problem or taken.problem
        return list(made.values()), dropped, problem

    def _place(self, site: str, request: Request) -> int:
        return self._salts.place(site, network_of(request.address), request.user_agent or "")

    async def _admitted(self, site: str, now: int) -> bool:
        zone = self._sites.zone(site)
        if zone is None:
            if not site or not await self._sites.admit(site, now):
                return False
            zone = self._sites.zone_of(site)
        if not self._salts.is_ready(site, calendar(zone).day(now), now):
            begun, zone = zone, await self._sites.zone_again(site, now)
            if zone != begun:
                self._salts.drop(site)
            await self._salts.prepare(site, zone, now)
        return True

    def _take(self, raw: RawEvent, request: Request, batch: Batch, seq: int) -> Event | Dropped:
        steps = self._steps.get(batch.zone)
        if steps is None:
            steps = self._steps[batch.zone] = Steps(
                self._salts, self._geo, calendar(batch.zone), hostnames=self._settings.hostnames
            )
        return steps.take(Draft(raw, request, batch.site, seq))


def client_address(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """The nearest address that is no trusted proxy, read from the right; junk is never an address."""
    address = peer
    for part in reversed(forwarded.split(",")):
        text = part.strip().strip('"')
        if not text:
            continue
        try:
            ipaddress.ip_address(text)
        except ValueError:
            break
        address = text
        if not _within(text, proxies):
            break
    return address


def encode_answer(answer: Answer) -> bytes:
    """An answer's body as JSON."""
    return msgspec.json.encode(answer.body)


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    if not networks:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in networks)


def _site_of(body: Body, raw: RawEvent) -> str:
    return site_name(body.site or raw.site or raw.hostname or "")


def _id(batch: str) -> int:
    """64 bits of a batch id, whatever its form; never 0, which means none."""
    digest = blake2b(batch.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) or 1
