"""A request's facts in; visitor ids and dimensions out, looked up once for all its events that share them.

Most events of a request are of one visitor, day, place and source, and what is the same is not looked up again: this is
what an event of a batch costs beyond its path and time. Only the latest answer is remembered, with its request.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

from common.bodies import RawEvent
from common.calendars import PAUSE, Calendar
from common.enrich import client
from common.enrich.acquisition import Acquisition, acquisition, own_hosts
from common.enrich.geo import Geo
from common.enrich.user_agent import Agent, agent
from common.visitors import network_of, visitor_id


class Salted(Protocol):
    """Where the salt of a site's day comes from."""

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        """Salt, whether it is local, when it expires; raises KeyError once it is gone."""

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        """The salt of the day before, if another and still known."""


class Request(NamedTuple):
    """What is known of the sender. Address and user agent end here: no event carries them."""

    now: int
    address: str
    user_agent: str | None  #: None: the source records none, which proves nothing
    language: str = ""
    country: str = ""
    visitor: str = ""  #: an id that the source gives a visitor, instead of address and user agent
    stated: bool = False  #: by a back end that has a key: no rate applies


def told_by(request: Request) -> tuple[str, str]:
    """What tells one visitor from another: address and user agent, or the id that the source gives."""
    if request.visitor:
        return "", request.visitor
    return network_of(request.address), request.user_agent or ""


class Identity(NamedTuple):
    """A visitor's id, the one under the salt before where that may matter (else 0), and whether the salt is local."""

    visitor: int
    before: int
    local: bool


class Traits(NamedTuple):
    """Dimensions of the visitor, in their order."""

    country: str
    region: str
    city: str
    device: str
    browser: str
    os: str
    language: str
    screen: str


class Origin(NamedTuple):
    """An event's own dimensions, in their order from `hostname` to `screen`, and what sent it."""

    hostname: str
    came: Acquisition
    visitor: Traits
    agent: Agent


_BLANK = Agent("human", "", "", "")
_own_hosts = lru_cache(4_096)(own_hosts)
_hostname = lru_cache(4_096)(client.hostname)


def hostname(text: str) -> str:
    """A host as events keep it; a name that is too long for one takes no room in the cache."""
    return _hostname(text) if len(text) <= 300 else ""


class Sender:
    """Answers for the events of one request after another."""

    def __init__(self, salts: Salted, geo: Geo, calendar: Calendar) -> None:
        self._salts, self._geo, self._calendar = salts, geo, calendar
        self._identified: Request | None = None
        self._about = ("", 0, False)
        self._identity = Identity(0, 0, False)
        self._placed: Request | None = None
        self._said: tuple[object, ...] = ()
        self._visitor: tuple[Traits, Agent] | None = None
        self._asked: tuple[object, ...] = ()
        self._origin: Origin | None = None

    def identity(self, request: Request, site: str, time: int, day: int, class_: str) -> Identity:
        """The id under the salt of the event's own day, and in its first half hour under the salt before.

        Raises KeyError where that day's salt is gone. A bot is another visitor every day: monitors never pause, and a
        visit without end could not be counted again.
        """
        about = (site, day, time - self._calendar.start(day) < PAUSE)
        if self._identified is not request or self._about != about:
            self._identity = self._identify(request, site, day, class_, early=about[2])
            self._identified, self._about = request, about
        return self._identity

    def origin(self, request: Request, site: str, raw: RawEvent, query: str, who: Agent | None) -> Origin:
        """Where an event came from: the same object for all that say the same. `who`: where the source says it."""
        asked = (raw.timezone, raw.language, raw.screen, who, raw.hostname, raw.referrer, query, site)
        found, again = self._origin, self._placed is request
        if found is None or not again or self._asked != asked:
            said, visitor = asked[:4], self._visitor
            if visitor is None or not again or self._said != said:
                visitor = self._visitor = self._look(request, raw, who)
                self._placed, self._said = request, said
            host = hostname(raw.hostname) if raw.hostname else site
            came = acquisition(raw.referrer or "", query, _own_hosts(site, host))
            found = self._origin = Origin(host, came, visitor[0], visitor[1])
            self._asked = asked
        return found

    def _identify(self, request: Request, site: str, day: int, class_: str, early: bool) -> Identity:
        address, name = told_by(request)
        salt, local, _ = self._salts.of(site, day)
        if class_ != "human":
            return Identity(visitor_id(salt, site, address, f"{name}\0{day}"), 0, local)
        earlier = self._salts.before(site, day) if early else None
        before = visitor_id(earlier[0], site, address, name) if earlier else 0
        return Identity(visitor_id(salt, site, address, name), before, local)

    def _look(self, request: Request, raw: RawEvent, who: Agent | None) -> tuple[Traits, Agent]:
        if who is None:
            who = agent(request.user_agent) if request.user_agent is not None else _BLANK
        place = self._geo.place(request.address, request.country, raw.timezone or "")
        language, screen = client.language(raw.language or request.language), client.screen(raw.screen)
        return Traits(*place, who.device, who.browser, who.os, language, screen), who
