"""A request's events and facts in, enriched events or drop reasons out: the list of named steps every event takes.

Live requests and imported files go through the same steps; only where the visitor's salt comes from differs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, Protocol

from common.bodies import RawEvent
from common.calendars import PAUSE, Calendar
from common.enrich import client
from common.enrich.acquisition import acquisition, own_hosts
from common.enrich.geo import Geo
from common.enrich.spam import is_spam
from common.enrich.text import clean
from common.enrich.user_agent import Agent, agent
from common.events import CLICK, ENGAGEMENT, PAGEVIEW, Event
from common.visitors import network_of, visitor_id

MOST_PATH = 512
MOST_NAME = 120
MOST_PROPS = 30
#: In main units: the sum of any day stays a whole number that all parts can hold.
MOST_MONEY = 10**7
_MOST_MS = 86_400_000


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


_NOWHERE = acquisition("", "", frozenset())


class Draft:
    """An event on its way through the steps."""

    __slots__ = (
        "agent",
        "came",
        "day",
        "event",
        "host",
        "path",
        "props",
        "query",
        "raw",
        "request",
        "seq",
        "site",
        "time",
        "type",
    )

    def __init__(self, raw: RawEvent, request: Request, site: str, seq: int) -> None:
        self.raw, self.request, self.site, self.seq = raw, request, site, seq
        self.type = self.path = self.query = self.host = ""
        self.came = _NOWHERE
        self.time = self.day = 0
        self.agent = agent(request.user_agent) if request.user_agent is not None else _BLANK
        self.props: dict[str, str] | None = None
        self.event: Event | None = None


class Dropped(NamedTuple):
    """Why an event is not counted: a reason of DROP_REASONS, and the field where one is to blame."""

    reason: str
    problem: str = ""


class Steps:
    """The steps with what they need: a calendar, salts, a place for addresses. With `past` no event is too old."""

    def __init__(
        self,
        salts: Salted,
        geo: Geo,
        calendar: Calendar,
        past: bool = False,
        hostnames: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> None:
        self._salts, self._geo, self._calendar, self._past = salts, geo, calendar, past
        self._hostnames = hostnames
        self._steps: tuple[Callable[[Draft], Dropped | None], ...] = (
            self.what,
            self.where,
            self.when,
            self.whence,
            self.properties,
            self.enrich,
        )

    def take(self, draft: Draft) -> Event | Dropped:
        """Run all steps; the first one that drops ends it."""
        for step in self._steps:
            if dropped := step(draft):
                return dropped
        assert draft.event is not None  # noqa: S101 - the last step made it
        return draft.event

    def what(self, draft: Draft) -> Dropped | None:
        """The event's type: pageview, engagement, click or a name of the sender's own."""
        draft.type = clean(draft.raw.type, MOST_NAME)
        return None if draft.type else Dropped("invalid", "type: expected a name")

    def where(self, draft: Draft) -> Dropped | None:
        """Split the path from its query, which is read here and not kept: it carries addresses and tokens."""
        text = draft.raw.pathname
        if text is None or not text.startswith("/"):
            return Dropped("invalid", "pathname: expected a path that begins with /")
        path, _, query = text.partition("#")[0].partition("?")
        draft.path, draft.query = clean(path, MOST_PATH), query[:4_000]
        return None

    def when(self, draft: Draft) -> Dropped | None:
        """Receipt less `age`, else `timestamp`, never ahead of receipt, never before the site's yesterday."""
        now, raw = draft.request.now, draft.raw
        if raw.age is not None:
            draft.time = now - int(max(0.0, min(raw.age, 1e13)))
        elif raw.timestamp:
            try:
                moment = datetime.fromisoformat(raw.timestamp)
                draft.time = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
            except (ValueError, OverflowError):
                return Dropped("invalid", "timestamp: expected ISO 8601 such as 2026-11-24T09:30:00Z")
        else:
            draft.time = now
        draft.time = min(draft.time, now)
        if not self._past and draft.time < self._calendar.start(self._calendar.day(now) - 1):
            return Dropped("old")
        draft.day = self._calendar.day(draft.time)
        return None

    def whence(self, draft: Draft) -> Dropped | None:
        """Host, source and channel; a host the site does not list, or a spam referrer, ends here.

        A log is a record of what was served: its spam is counted.
        """
        draft.host = client.hostname(draft.raw.hostname) if draft.raw.hostname else draft.site
        allowed = self._hostnames.get(draft.site)
        if allowed and draft.host not in allowed:
            return Dropped("hostname")
        draft.came = acquisition(draft.raw.referrer or "", draft.query, _own_hosts(draft.site, draft.host))
        if draft.came.referrer and not self._past and is_spam(draft.came.referrer):
            return Dropped("spam")
        return None

    def properties(self, draft: Draft) -> Dropped | None:
        """Flat properties as text; nested ones are left out."""
        if draft.raw.props:
            kept = {}
            for key, value in list(draft.raw.props.items())[:MOST_PROPS]:
                name = clean(str(key), 100).replace("=", "_")
                if name and isinstance(value, str | int | float | bool) and value != "":
                    kept[name] = clean(_text(value), 500)
            draft.props = kept or None
        return None

    def enrich(self, draft: Draft) -> Dropped | None:
        """Visitor, source, place, device and the rest: the finished event."""
        raw, request, who = draft.raw, draft.request, draft.agent
        try:
            visitor, before, local = self._visitor(draft)
        except KeyError:  # yesterday's salt is 48 h old an hour before today's end, where today has 25 hours
            return Dropped("old")
        host, came = draft.host, draft.came
        place = self._geo.place(request.address, request.country, raw.timezone or "")
        signal, at_click = draft.type == ENGAGEMENT, draft.type == CLICK
        money = _revenue(raw) if raw.revenue else None
        draft.event = Event(
            draft.time,
            draft.seq,
            visitor,
            before,
            draft.type,
            who.class_,
            draft.path,
            host,
            came.source,
            came.referrer,
            came.channel,
            came.utm_source,
            came.utm_medium,
            came.utm_campaign,
            came.utm_content,
            came.utm_term,
            place.country,
            place.region,
            place.city,
            who.device,
            who.browser,
            who.os,
            client.language(raw.language or request.language),
            client.screen(raw.screen),
            title=clean(raw.title, 200) if raw.title else "",
            interactive=raw.interactive or draft.type == PAGEVIEW,
            props=draft.props,
            engaged=_whole(raw.engaged, _MOST_MS) if signal else 0,
            scroll=_whole(raw.scroll, 100) if signal and raw.scroll is not None else -1,
            amount=money[0] if money else 0,
            currency=money[1] if money else "",
            x=_whole(raw.x, 100_000) if at_click and raw.x is not None else -1,
            y=_whole(raw.y, 1_000_000) if at_click and raw.y is not None else -1,
            target=clean(raw.target, 120) if at_click and raw.target else "",
            salt_local=local,
        )
        return None

    def _visitor(self, draft: Draft) -> tuple[int, int, bool]:
        """The id under the salt of the event's own day, and in its first half hour under the salt before.

        A bot is another one every day: monitors never pause, and a visit without end could not be counted again.
        """
        given = draft.request.visitor
        address = "" if given else network_of(draft.request.address)
        name = given or draft.request.user_agent or ""
        salt, local, _ = self._salts.of(draft.site, draft.day)
        before = 0
        if draft.agent.class_ != "human":
            return visitor_id(salt, draft.site, address, f"{name}\0{draft.day}"), before, local
        if draft.time - self._calendar.start(draft.day) < PAUSE:
            earlier = self._salts.before(draft.site, draft.day)
            if earlier:
                before = visitor_id(earlier[0], draft.site, address, name)
        return visitor_id(salt, draft.site, address, name), before, local


_own_hosts = lru_cache(4_096)(own_hosts)
_BLANK = Agent("human", "", "", "")

#: Minor units that are not hundredths: ISO 4217.
_EXPONENTS = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], 0
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


def _revenue(raw: RawEvent) -> tuple[int, str] | None:
    """Minor units and currency; None for what is no money."""
    if raw.revenue is None:
        return None
    currency, text = raw.revenue.currency.strip().upper(), str(raw.revenue.amount)
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()) or len(text) > 40:
        return None
    try:
        amount = Decimal(text)
        # Compared before it becomes an int: 1e999999 would be one of a million digits.
        if not abs(amount) < MOST_MONEY:
            return None
        return int(amount.scaleb(_EXPONENTS.get(currency, 2)).to_integral_value()), currency
    except ArithmeticError:
        return None


def _whole(value: float | None, most: int) -> int:
    return 0 if value is None or math.isnan(value) else int(max(0, min(value, most)))


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
