"""A request's bytes in, an answer out: parse, admit the site, run the steps, journal, wait until it is durable."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Container, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from collector import batches
from collector.answers import FULL, Answer
from collector.api_keys import bearer
from collector.batches import Batch
from collector.commit import GroupCommit
from collector.ingest import Draft, Steps
from collector.journal import Journal, JournalFull
from collector.metrics import Counts
from collector.proxies import Proxies
from collector.rates import Rates
from collector.salts import Salts
from collector.sender import Request, told_by
from collector.sharing import Sharing
from collector.sites import Sites
from common.bodies import BadBody, Body, RawEvent, parse
from common.calendars import calendar
from common.enrich.geo import Geo
from common.events import Event
from common.run_ids import batch_id
from common.settings import Settings, site_name
from common.visitors import network_of

_log = logging.getLogger("footfall")
#: Country headers that well-known CDNs set on the way in.
COUNTRY_HEADERS = (
    b"cf-ipcountry",
    b"x-vercel-ip-country",
    b"cloudfront-viewer-country",
    b"fastly-country-code",
)


_READ = frozenset({b"user-agent", b"accept-language", b"x-forwarded-for", *COUNTRY_HEADERS})
#: Events of one site, each with its place in the body.
Placed = list[tuple[int, RawEvent]]


class Waiting(NamedTuple):
    """An answer that becomes true once what is in the journal now is durable: `Acceptor.commit` tells when."""

    answer: Answer


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
        self._journal, self.commit, self._clock = journal, commit, clock
        self._steps: dict[str, Steps] = {}
        self._proxies = Proxies(settings.trusted_proxies)
        self._trusts = lru_cache(1_024)(self._proxies.holds)
        self._rates, self._sharing = Rates(), Sharing()
        self.counts = Counts()

    async def accept(self, data: bytes, headers: Iterable[tuple[bytes, bytes]], peer: str) -> Answer:
        """Answer a body of events: 202 once what was accepted is durable."""
        try:
            body = parse(data)
        except BadBody as error:
            return self.count(Answer(400, {"error": str(error)}))
        return self.count(await self.take(body, self.request_of(headers, peer)))

    def accept_now(self, data: bytes, headers: Iterable[tuple[bytes, bytes]], peer: str) -> Answer | Waiting | None:
        """As `accept`, but for a caller who sees to the waiting, and to `count`; None where a site has to be asked
        about first, or a key looked at, and nothing was done.
        """
        if self._settings.api_keys and bearer(headers) is not None:
            return None
        try:
            body = parse(data)
        except BadBody as error:
            return Answer(400, {"error": str(error)})
        request, by_site = self.request_of(headers, peer), _by_site(body)
        for site in by_site:
            zone = self._sites.zone(site)
            if zone is None or not self._salts.is_ready(site, calendar(zone).day(request.now), request.now):
                return None
        return self._record(body, by_site, request)

    async def take(self, body: Body, request: Request) -> Answer:
        """Answer parsed events."""
        by_site = _by_site(body)
        refused = {site for site in by_site if not await self._admitted(site, request.now)}
        begun = self._record(body, by_site, request, refused)
        if isinstance(begun, Answer):
            return begun
        with contextlib.suppress(Exception):  # logged where it was written
            await asyncio.shield(self.commit.durable())  # others wait for the same
            return begun.answer
        return FULL

    def count(self, answer: Answer) -> Answer:
        """Note an answer to a body of events; the same answer."""
        self.counts.add(answer.status, answer.body.get("accepted", 0), answer.body.get("dropped", {}))
        return answer

    def _record(
        self, body: Body, by_site: Mapping[str, Placed], request: Request, refused: Container[str] = ()
    ) -> Answer | Waiting:
        household = network_of(request.address)
        wait = 0
        for site, raws in by_site.items():
            wait = max(wait, self._rates.take(household, site, len(raws), request.now))
        if wait and not request.stated:
            return Answer(429, {"error": "too many events from this address"}, ((b"retry-after", str(wait).encode()),))
        made, dropped, problem = self._batches(body, by_site, request, refused)
        accepted = 0
        for batch in made:
            accepted += len(batch.events)
        if accepted and (warning := self._sharing.see(made[0].site, household, request.user_agent or "")):
            _log.warning("%s", warning)
        answer = Answer(202, {"accepted": accepted, "dropped": dropped})
        if not accepted and problem and dropped.keys() <= {"invalid", "too_many"}:
            answer = Answer(400, {"error": problem})
        if not made:
            return answer
        try:
            self._journal.check_room()
        except JournalFull:
            return FULL
        for batch in made:
            self._journal.append(batches.encode(batch))
        if accepted:
            return Waiting(answer)
        self.commit.durable()
        return answer

    def request_of(self, headers: Iterable[tuple[bytes, bytes]], peer: str) -> Request:
        """The sender's facts. A forwarded address is believed only from a trusted proxy."""
        agent = language = country = forwarded = ""
        for name, value in headers:
            if name not in _READ:
                continue
            text = value.decode("latin-1")
            if name == b"user-agent":
                agent = text[:1_000]
            elif name == b"accept-language":
                language = text[:200]
            elif name == b"x-forwarded-for":
                forwarded = f"{forwarded},{text}"
            else:
                country = text[:8]
        trusted = self._trusts(peer)
        if forwarded and trusted:
            peer = self._proxies.client(peer, forwarded)
        return Request(self._clock(), peer, agent, language, country if trusted or not self._proxies else "")

    def _batches(
        self, body: Body, by_site: Mapping[str, Placed], request: Request, refused: Container[str]
    ) -> tuple[list[Batch], dict[str, int], str]:
        """One batch per site that is admitted, all drops by reason, and the first field that was to blame."""
        dropped, problem = dict(body.dropped), ""
        made: list[Batch] = []
        for site, raws in by_site.items():
            if site in refused:
                dropped["site"] = dropped.get("site", 0) + len(raws)
                continue
            zone, number = self._sites.zone_of(site), batch_id(body.batch) if body.batch else 0
            place = self._salts.place(site, *told_by(request))
            batch = Batch(site, zone, request.now, number, [], {} if made else dict(body.dropped), place)
            made.append(batch)
            take = self._steps_of(zone).take
            for seq, raw in raws:
                taken = take(Draft(raw, request, site, seq))
                if isinstance(taken, Event):
                    batch.events.append(taken)
                    continue
                for counts in (dropped, batch.dropped):
                    counts[taken.reason] = counts.get(taken.reason, 0) + 1
                problem = problem or taken.problem
        return made, dropped, problem

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

    def _steps_of(self, zone: str) -> Steps:
        steps = self._steps.get(zone)
        if steps is None:
            steps = self._steps[zone] = Steps(
                self._salts, self._geo, calendar(zone), hostnames=self._settings.hostnames
            )
        return steps


def _by_site(body: Body) -> dict[str, Placed]:
    """The events of a body by the site they name, in the order in which sites come first."""
    if body.site:
        return {site_name(body.site): list(enumerate(body.events))}
    found: dict[str, Placed] = {}
    for seq, raw in enumerate(body.events):
        found.setdefault(site_name(raw.site or raw.hostname or ""), []).append((seq, raw))
    return found
